/** @file What a diagnosis is: an entry of the catalogue of failures, with a pure function that says whether a history shows it. */

import type { Counterfactual, FailureCode } from "./codes.ts";
import type { History } from "./history.ts";

/** One thing that was seen, and what it is when nothing is wrong. */
export interface EvidenceRow {
  /** Name of the signal, of `signals.ts`. */
  readonly signal: string;
  readonly value: number;
  /** The range in which the signal lies when nothing is wrong; null where it is open, or nobody knows. */
  readonly low: number | null;
  readonly high: number | null;
  /** What this row says, in plain words: "fakes are 0.12 as far from each other as reals are". */
  readonly says: string;
}

/** What a diagnosis found in a history. */
export interface Suspicion {
  readonly code: FailureCode;
  /**
   * `watch`: outside of what is normal, but not for long or not by much; `failing`: enough to act on, once the
   * diagnosis's counterfactual, if it has one, does not speak against it.
   */
  readonly level: "watch" | "failing";
  /** 0..1: how sure, before any counterfactual. */
  readonly confidence: number;
  /** The first point from which on the signals that speak for it stayed outside of their ranges. */
  readonly onset: { readonly step: number; readonly images: number };
  /** Strongest first; at least one row. */
  readonly evidence: readonly EvidenceRow[];
}

/** What a counterfactual's result says about a suspicion: it holds, it does not, or nothing can be said. */
export type Confirmation = "confirmed" | "refuted" | "unclear";

/** An entry of the catalogue. */
export interface Diagnosis {
  readonly code: FailureCode;
  /** Such as "Mode collapse". */
  readonly title: string;
  /** One sentence for a list. */
  readonly summary: string;
  /** What a person sees, in plain words. */
  readonly symptom: string;
  /** Why it happens. */
  readonly cause: string;
  /** How it is told from failures that look alike: code, and the difference. */
  readonly toldFrom: readonly { readonly code: FailureCode; readonly by: string }[];
  /** Signals that it reads, the one it decides by in front. */
  readonly signals: readonly [string, ...string[]];
  /** Those that must be measured for it to speak: of these sets any one, whole. Default the first signal alone. */
  readonly enough?: readonly (readonly string[])[];
  /** Whether figures of metrics, whatever their names, are enough, too. Default no. */
  readonly byFigures?: true;
  /** Names of remedies, the one to try first in front. */
  readonly remedies: readonly string[];
  /** Papers and threads. */
  readonly references: readonly string[];
  /** Whether it may be said before the warm-up is over. Default no. */
  readonly duringWarmUp?: boolean;
  /** Says whether `history` shows it, as of its end. Pure. */
  readonly decide: (history: History) => Suspicion | null;
  /** What must be tried before `failing` is said, and what its result means. Default: the suspicion is enough. */
  readonly confirmation?: {
    readonly trial: Counterfactual;
    readonly read: (history: History, suspicion: Suspicion) => Confirmation;
  };
}
