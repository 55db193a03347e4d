/** @file What a remedy is: a named change of a config, and why it should help. */

import type { Config } from "../config/schema.ts";
import type { FailureCode } from "./codes.ts";

/** What a remedy may look at beside the config. */
export interface RemedyContext {
  /** The failure that it answers. */
  readonly code: FailureCode;
  readonly sample: { readonly kind: "images" | "points"; readonly shape: readonly number[] };
  /** Samples that are learned from. */
  readonly dataCount: number;
  /** Median sizes of the players' gradients before the failure. Default: not known. */
  readonly gradients?: { readonly generator: number; readonly discriminator: number };
  /** Standard deviation of points that are learned from. Default: of the order of 1, as that of images is. */
  readonly realScale?: number;
}

/** A named change of a config. */
export interface Remedy {
  /** Such as `relativistic-r1-r2`. */
  readonly name: string;
  /** What it does, as an order: "Penalise the discriminator's gradient on reals and fakes". */
  readonly title: string;
  /** Why it helps, and what it costs. */
  readonly why: string;
  /**
   * `hot`: the weights, and all else that has the same name and shape, are kept and training goes on from a checkpoint;
   * `restart`: the networks change, how many images a step shows, or so much that the weights are not worth keeping; training begins again.
   */
  readonly kind: "hot" | "restart";
  /** Papers. */
  readonly references: readonly string[];
  /** Whether it may be used more than once in a run, as each time is another change. Default no. */
  readonly repeats?: boolean;
  /**
   * Whether a config has the very fault that this takes away: it is then tried before what the diagnosis names, whatever the
   * way in which the game failed. Default no.
   */
  readonly mends?: (config: Config) => boolean;
  /**
   * The config with the one change made. Null where it does not apply: it would change nothing, or what it
   * needs is not there. The result passes `parseConfig`. Pure.
   */
  readonly apply: (config: Config, context: RemedyContext) => Config | null;
}
