/** @file What a game is: two networks, their optimisers, and what they play for. */

import type { Shape, Tensor } from "../../graph/ops.ts";
import { reshape } from "../../graph/tensor.ts";
import type { Layer } from "../../nn/module.ts";
import type { Scheduled } from "../../optim/schedule.ts";
import type { Transform } from "../../optim/transform.ts";
import type { Augment } from "../augment.ts";
import type { Code } from "../conditioning/code.ts";
import type { Objective } from "../objective.ts";
import type { Penalty, PlayerName } from "../penalty.ts";
import type { Player } from "./player.ts";
import type { Replay } from "./replay.ts";
import type { Updates } from "./updates.ts";

/** The samples a game is about. */
export interface SampleType {
  /** `images` are uint8 0..255 and are normalised to -1..1 in the step; `points` are used as they are. */
  readonly kind: "images" | "points";
  /** Shape of one sample: [C, H, W] or [D]. */
  readonly shape: Shape;
  /** Names of the classes, where they have any and the game is about them. */
  readonly classes?: readonly string[];
}

/** What the generator is asked for. */
export type Condition =
  /** The classes of the data, one-hot. The discriminator is told them too. */
  | { readonly kind: "labels"; readonly classes: number }
  /** A code that is drawn with the latent, and that the discriminator must find in the sample (InfoGAN). */
  | ({ readonly kind: "code" } & Code);

/** Length of a condition vector. */
export const conditionSize = (condition: Condition): number =>
  condition.kind === "labels" ? condition.classes : condition.categories + condition.continuous;

/** How latents are reconstructed. */
export interface Reconstructor {
  /** F: from samples [N, …] to latents [N, latent]. */
  readonly encoder: Layer;
  /** Weight of the reconstruction in the loss of the generator and the reconstructor. */
  readonly weight: Scheduled;
  /** Standard deviation of normal noise on F(x) where reals are judged, so that it need not be one point for each x. */
  readonly noise: number;
}

/** What to play. */
export interface GameOptions {
  readonly sample: SampleType;
  /** Samples per batch. */
  readonly batch: number;
  /** Length of the latent vector, drawn from a standard normal distribution. */
  readonly latent: number;
  readonly generator: { readonly layer: Layer; readonly optimizer: Transform };
  readonly discriminator: { readonly layer: Layer; readonly optimizer: Transform };
  readonly objective: Objective;
  /** By a name that is unique in the game. */
  readonly penalties: Readonly<Record<string, Penalty>>;
  readonly updates: Updates;
  /** Whether an exponential moving average of the generator is kept. */
  readonly ema: boolean;
  /** Standard deviation of normal noise on what the discriminator sees. Default none. */
  readonly instanceNoise?: Scheduled | undefined;
  /** What the generator is asked for beside the latent. Default nothing. */
  readonly condition?: Condition | undefined;
  /** How many samples the discriminator judges together (PacGAN). Default 1. */
  readonly packing?: number;
  /** Share of the fakes that the generator learns from: those that the discriminator likes best. Default all. */
  readonly topK?: Scheduled | undefined;
  /** Old fakes among those that the discriminator learns from. Default none. */
  readonly replay?: Replay | undefined;
  /** Set by `withReconstructor`. Default none. */
  readonly reconstructor?: Reconstructor | undefined;
  /** What is done to samples before the discriminator sees them, in order, by a name that is unique. Default nothing. */
  readonly augments?: Readonly<Record<string, Augment>>;
}

/**
 * [N, C, …] -> [N / count, count C, …]: `count` samples in a row are judged as one.
 * Lin, Khetan, Fanti and Oh, "PacGAN" (2018).
 */
export function packSamples(x: Tensor, count = 1): Tensor {
  const [n, channels, ...rest] = x.shape as [number, number, ...number[]];
  return reshape(x, [n / count, count * channels, ...rest]);
}

/** A checked game. */
export interface Game extends Omit<GameOptions, PlayerName> {
  readonly generator: Player;
  readonly discriminator: Player;
}
