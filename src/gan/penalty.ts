/** @file What a penalty is, and what it may look at. */

import type { Shape, Tensor } from "../graph/ops.ts";
import type { Distribution } from "../nn/module.ts";
import type { AskScheduled, Scheduled } from "../optim/schedule.ts";
import type { SlotSpec, Slots } from "../optim/transform.ts";

/** The two players. */
export type PlayerName = "generator" | "discriminator";

/** What a network showed of its inside, by name. */
export type Shown = ReadonlyMap<string, Tensor>;

/** One evaluation of the game, as penalties see it. */
export interface GameView {
  /**
   * Real and generated samples as the discriminator saw them, [N, …]: normalised, augmented, noisy, packed. Penalties on its
   * slope are taken there. (StyleGAN2-ADA takes R1 at the samples before augmentation, and through it.)
   */
  readonly real: Tensor;
  readonly fake: Tensor;
  /** The fakes before anything was done to them, in the same form. */
  readonly plainFake: Tensor;
  /** How many samples are packed into one. */
  readonly packing: number;
  /** The discriminator's logits for them, [N, 1]. */
  readonly realLogits: Tensor;
  readonly fakeLogits: Tensor;
  /** What the discriminator showed of its inside for them, and the generator when it made the fakes. */
  readonly shown: { readonly real: Shown; readonly fake: Shown; readonly generator: Shown };
  /** What the generator was asked for, f32[B, K], such as one-hot labels (those of the reals too); undefined without condition. */
  readonly condition: Tensor | undefined;
  /** A player's objective, without penalties. */
  readonly loss: (player: PlayerName) => Tensor;
  /** Evaluates the discriminator once more, under the same condition. */
  readonly discriminate: (x: Tensor) => Tensor;
  /** Evaluates the generator once more, on other latents [B, latent], under the same condition. */
  readonly generate: (latent: Tensor) => Tensor;
  /** The latents of `fake`, [B, latent]; where the discriminator is shown old fakes too, of the new ones. */
  readonly latent: Tensor;
  /** The learned arrays of a player, by name. */
  readonly parameters: (player: PlayerName) => ReadonlyMap<string, Tensor>;
  /** Noise of its own stream. */
  readonly random: (name: string, shape: Shape, distribution: Distribution) => Tensor;
}

/** What a penalty with memory gives: its term, its carried arrays after the update, and what else it measures. */
export interface TermWithSlots {
  readonly term: Tensor;
  readonly slots: Slots<Tensor>;
  /** Scalars to be measured beside it, by name. */
  readonly measured?: Readonly<Record<string, Tensor>>;
}

/** What the measured term of the penalty called `key` is called: with the player's name where both feel it, each in its way. */
export const termName = (key: string, { player }: Pick<Penalty, "player">, who: PlayerName): string =>
  player === "both" ? `penalty/${key}/${who}` : `penalty/${key}`;

/** A term added to a player's loss. */
export interface Penalty {
  /** Whose loss it is added to. */
  readonly player: PlayerName | "both";
  /**
   * Computed only at every so many updates, and then multiplied by that number, so that its mean effect is unchanged
   * (StyleGAN2's lazy regularisation). 1 is every update.
   */
  readonly every: number;
  /** What the term is multiplied by. */
  readonly weight: Scheduled;
  /** What the generator must show of its inside, by name. Default: nothing. */
  readonly needs?: readonly string[];
  /** Arrays carried between updates, given the lengths of both players' packed parameters. Default: none. */
  readonly slots?: (lengths: Readonly<Record<PlayerName, number>>) => Slots<SlotSpec>;
  /**
   * The scalar term, without its weight, as `player` is to feel it. A term of several parts whose weights may move asks for
   * them by `scheduled`.
   */
  readonly term: (
    view: GameView,
    slots: Slots<Tensor>,
    player: PlayerName,
    scheduled: AskScheduled,
  ) => Tensor | TermWithSlots;
}
