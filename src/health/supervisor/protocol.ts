/** @file What the supervisor is told, and what it answers. */

import type { Counterfactual, FailureCode, HealthState } from "../codes.ts";
import type { Suspicion } from "../diagnosis.ts";
import type { Facts, Null, Reading } from "../history.ts";

/** Something that happened in a training. */
export type Occurrence =
  | { readonly kind: "baseline"; readonly facts: Facts; readonly nulls: Readonly<Record<string, Null>> }
  | { readonly kind: "scalars" | "metric" | "look"; readonly reading: Reading }
  /** A counterfactual was tried. */
  | { readonly kind: "trial"; readonly of: Counterfactual; readonly reading: Reading }
  /** A value was not finite, so the step did not count. */
  | { readonly kind: "broken"; readonly reading: Reading }
  /** A remedy was applied: what was seen of steps after `backTo` no longer counts. */
  | { readonly kind: "remedy"; readonly name: string; readonly finding: FailureCode; readonly backTo: number };

/** A finding, ready to be written down. */
export interface Finding extends Suspicion {
  /** One or two sentences: what it is, since when, the strongest evidence. */
  readonly message: string;
  /** Whether a counterfactual spoke for it; null where none was asked. */
  readonly confirmed: boolean | null;
}

/** What the supervisor asks for, in this order. */
export type Response =
  | { readonly kind: "finding"; readonly finding: Finding }
  | {
      readonly kind: "health";
      readonly state: HealthState;
      readonly code: FailureCode | null;
      readonly reason: string;
    }
  /** Try this on copies of the players, and report it as an occurrence. */
  | { readonly kind: "try"; readonly trial: Counterfactual }
  /** The run is failing, confirmed: a remedy for this may be applied now. */
  | { readonly kind: "act"; readonly finding: Finding }
  /** Nothing has improved for a fifth of the training, and nothing is wrong. */
  | { readonly kind: "plateau"; readonly reason: string };
