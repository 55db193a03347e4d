/** @file What an augmentation is: what is done to samples, reals and fakes alike, before the discriminator sees them. */

import type { Shape, Tensor } from "../graph/ops.ts";
import type { Operand } from "../graph/tensor.ts";
import type { Distribution } from "../nn/module.ts";
import type { Scheduled } from "../optim/schedule.ts";

/** Draws noise of a stream of its own: new at each step, each use and each side. */
export type Draw = (name: string, shape: Shape, distribution: Distribution) => Tensor;

/** What an augmentation may ask for. */
export interface AugmentContext {
  readonly random: Draw;
  /** How often it acts now, a scalar of 0 to 1; 1 for an augmentation without {@link Augment.strength}. */
  readonly strength: Operand;
}

/** A strength p that is steered by what the discriminator says of reals: it rises while the signal is above the target. */
export interface Adaptive {
  /** p before the first step. */
  readonly initial: number;
  /** Where the signal is to stay, -1 to 1. */
  readonly target: number;
  /** Discriminator batches between two changes of p. */
  readonly interval: number;
  /** Thousands of images over which p moves by 1. */
  readonly kimg: number;
  /** p never exceeds it. */
  readonly max: number;
  /** `sign`: the mean of sign D(x) over the reals. `pairwise`: of sign(D(x) - D(y)), each real with the fake of its place. */
  readonly signal: "sign" | "pairwise";
}

/** An augmentation. The parameters are drawn anew for each sample at each use, and gradients pass to the generator. */
export interface Augment {
  /** What it can act on. */
  readonly kinds: readonly ("images" | "points")[];
  /** @throws ConfigError when samples of `shape` do not suit it. Default: all do. */
  readonly check?: (shape: Shape) => void;
  /** How often it acts, where that is a number: one that is given, or one that adapts. Default: always. */
  readonly strength?: Scheduled | Adaptive;
  /** What it does to samples [B, …] of either side. Default: nothing. */
  readonly transform?: (x: Tensor, context: AugmentContext) => Tensor;
  /**
   * What stands in for the reals [B, …], before anything is transformed. `pseudo` makes other fakes [B, …] under the same
   * condition, through which no gradient passes. Default: the reals themselves.
   */
  readonly replace?: (real: Tensor, pseudo: () => Tensor, context: AugmentContext) => Tensor;
}
