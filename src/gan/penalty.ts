/** @file What a penalty is, and what it may look at. */

import type { Shape, Tensor } from "../graph/ops.ts";
import type { Distribution } from "../nn/module.ts";

/** The two players. */
export type PlayerName = "generator" | "discriminator";

/** One evaluation of the game, as penalties see it. */
export interface GameView {
  /** Real and generated samples, normalised, [N, …]. */
  readonly real: Tensor;
  readonly fake: Tensor;
  /** The discriminator's logits for them, [N, 1]. */
  readonly realLogits: Tensor;
  readonly fakeLogits: Tensor;
  /** Evaluates the discriminator once more. */
  readonly discriminate: (x: Tensor) => Tensor;
  /** The learned arrays of a player, by name. */
  readonly parameters: (player: PlayerName) => ReadonlyMap<string, Tensor>;
  /** Noise of its own stream. */
  readonly random: (name: string, shape: Shape, distribution: Distribution) => Tensor;
}

/** A term added to a player's loss. */
export interface Penalty {
  readonly player: PlayerName;
  /**
   * Computed only at every so many updates, and then multiplied by that number, so that its mean effect is unchanged
   * (StyleGAN2's lazy regularisation). 1 is every update.
   */
  readonly every: number;
  /** The scalar term, weight included. */
  readonly term: (view: GameView) => Tensor;
}
