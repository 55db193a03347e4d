/**
 * @file The recommended recipe, sized from the data: a pure function of what they are. docs/recipes.md has the reason and our
 * measurements for each number.
 */

import type { Dataset } from "../data/dataset.ts";
import type { ConfigInput } from "./config.ts";

/** What the recipe looks at. */
export interface DataDescription {
  readonly kind: "images" | "points";
  /** Of one sample: [channels, height, width] or [dimensions]. */
  readonly shape: readonly number[];
  /** Number of samples. */
  readonly count: number;
}

/** What the recipe looks at in a data set. */
export const describeData = ({ kind, shape, count }: Dataset): DataDescription => ({ kind, shape, count });

/** γ falls to this share of its start, as in all of R3GAN's trainings. */
const GAMMA_END = 0.1;

/**
 * γ of R1 and R2 for images of `size` pixels: (size / 32)².
 *
 * A discriminator that answers to the same change of a picture has, at twice the size, a quarter of the slope at each of four
 * times as many pixels: ‖∇D‖² falls with the square of the size, and γ makes up for it. StyleGAN3's documentation gives the same
 * rule. The factor goes through the middle of R3GAN's published values, which differ 20-fold at one size: at 32 pixels
 * 0.05 (CIFAR-10), 0.5 (ImageNet) and 1 (Stacked MNIST), at 64 pixels 1 and 2, at 256 pixels 150.
 */
export const gammaOfSize = (size: number): number => Number(((size / 32) ** 2).toPrecision(2));

/** Samples in a batch of the recipe, at most. */
const BATCH = { points: 256, images: 64 } as const;

/**
 * γ of R1 and R2 over a training: 1 for points, {@link gammaOfSize} for images, and of images in smaller batches than the recipe's more, by
 * as much as they are smaller; it falls to a tenth. StyleGAN2-ADA's automatic γ has the batch in the denominator, too. Digits by a DCGAN of
 * 12 channels in batches of 32 kept their kinds with it in four of five trainings, and lost them again in three of three without.
 */
export function recommendedGamma({ kind, shape }: Pick<DataDescription, "kind" | "shape">, batch: number) {
  const usual = kind === "points" ? 1 : gammaOfSize(shape[1] ?? 32) * Math.max(1, BATCH.images / batch);
  const [from, to] = [usual, usual * GAMMA_END].map((gamma) => Number(gamma.toPrecision(2))) as [number, number];
  return { from, to, kind: "cosine" } as const;
}

/** Objective, penalties at every step, and optimisers: the same for all data but for a few numbers. */
function game(ramp: ReturnType<typeof recommendedGamma>, lr: number, final: number) {
  const optimizer = {
    name: "adam",
    lr,
    beta1: 0,
    beta2: { from: 0.9, to: 0.99, kind: "cosine" },
    schedule: { kind: "cosine", final },
  } as const;
  return {
    objective: { name: "relativistic" },
    penalties: [
      { name: "r1", gamma: ramp },
      { name: "r2", gamma: ramp },
    ],
    optimizer: { generator: optimizer, discriminator: optimizer },
  };
}

/** The largest power of two that is at most `wanted` and at most the number of samples. */
const batchOf = (wanted: number, count: number): number => 2 ** Math.floor(Math.log2(Math.min(wanted, count)));

/** A config that says everything but what to learn from. */
export type RecipeConfig = Omit<ConfigInput, "data" | "preset">;

/** As many latent numbers as the data have dimensions, at least two: more put more samples between the modes. */
const LEAST_LATENT = 2;

function forPoints(data: DataDescription, batch = batchOf(BATCH.points, data.count)): RecipeConfig {
  const { shape } = data;
  return {
    model: { name: "mlp", latent: Math.max(LEAST_LATENT, shape[0] ?? 0), width: 128, depth: 3 },
    ...game(recommendedGamma(data, batch), 2e-3, 0.05),
    ema: { halfLife: 10_000 },
    batch,
    steps: 12_000,
    log: { every: 200 },
    samples: { every: 1000, count: 2500 },
    checkpoint: { every: 5000 },
  };
}

function forImages(data: DataDescription, batch = batchOf(BATCH.images, data.count)): RecipeConfig {
  const [channels, height] = data.shape as [number, number, number];
  const small = channels === 1 && height <= 32;
  return {
    model: { name: "dcgan", latent: 64, base: small ? 32 : 64, norm: "none" },
    ...game(recommendedGamma(data, batch), height <= 32 ? 1e-3 : 5e-4, 0.1),
    ema: { halfLife: 10_000 },
    batch,
    images: small ? 350_000 : 1_000_000,
  };
}

/**
 * The recommended config for such data. Pure: the same description gives the same numbers.
 *
 * @param batch Samples that a move learns from, where that is settled. Default 256 for points, 64 for images, at most as many as there are.
 */
export function recommend(data: DataDescription, batch?: number): RecipeConfig {
  return data.kind === "points" ? forPoints(data, batch) : forImages(data, batch);
}
