/** @file What an objective is: the two players' losses as functions of logits. */

import type { Shape, Tensor } from "../graph/ops.ts";
import type { Distribution } from "../nn/module.ts";

/** What a loss may ask for beside the logits. */
export interface LossContext {
  /** Noise of its own stream, for labels that are noisy or flipped. */
  readonly random: (name: string, shape: Shape, distribution: Distribution) => Tensor;
}

/** A GAN's game. Logits are f32[N, 1], before any sigmoid; losses are scalars to be minimised. */
export interface Objective {
  /** The discriminator's loss. */
  readonly discriminator: (real: Tensor, fake: Tensor, context: LossContext) => Tensor;
  /** The generator's loss. Only relativistic objectives look at the reals. */
  readonly generator: (fake: Tensor, real: Tensor, context: LossContext) => Tensor;
}
