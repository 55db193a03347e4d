/** @file What an objective is: the two players' losses as functions of logits. */

import type { Tensor } from "../graph/ops.ts";

/** A GAN's game. Logits are f32[N, 1], before any sigmoid; losses are scalars to be minimised. */
export interface Objective {
  /** The discriminator's loss. */
  readonly discriminator: (real: Tensor, fake: Tensor) => Tensor;
  /** The generator's loss. Only relativistic objectives look at the reals. */
  readonly generator: (fake: Tensor, real: Tensor) => Tensor;
}
