/** @file What an objective is: the two players' losses as functions of logits. */

import type { Shape, Tensor } from "../graph/ops.ts";
import type { Distribution } from "../nn/module.ts";

/** What a loss may ask for beside the logits. */
export interface LossContext {
  /** Noise of its own stream, for labels that are noisy or flipped. */
  readonly random: (name: string, shape: Shape, distribution: Distribution) => Tensor;
  /** The mean over a batch of fakes, f32[N, 1] -> scalar, as the generator counts them: where some count less, a weighted one. */
  readonly meanOfFakes: (losses: Tensor) => Tensor;
  /** The discriminator's features of the samples, f32[N, …]: what it shows before its last layer. */
  readonly features: (side: "real" | "fake") => Tensor;
}

/** A GAN's game. Logits are f32[N, 1], before any sigmoid; losses are scalars to be minimised. */
export interface Objective {
  /** Whether adding one constant to all logits changes nothing, so that their sign says nothing. Default no. */
  readonly shiftFree?: boolean;
  /** The discriminator's loss. */
  readonly discriminator: (real: Tensor, fake: Tensor, context: LossContext) => Tensor;
  /** The generator's loss. Only relativistic objectives look at the reals. Means over fakes are those of the context. */
  readonly generator: (fake: Tensor, real: Tensor, context: LossContext) => Tensor;
}
