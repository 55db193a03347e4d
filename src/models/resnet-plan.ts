/** @file The residual networks of SNGAN, SAGAN and BigGAN by size: their widths, and where self-attention may be. */

import { ConfigError } from "../util/errors.ts";
import { pyramid } from "./pyramid.ts";

/** Widths in multiples of the model's `base`. */
export interface ResnetPlan {
  /** Height and width before the generator's first block, 4 to 7 pixels. */
  readonly smallest: number;
  /** The generator's channels before its first block and after each; every block doubles the resolution. */
  readonly generator: readonly number[];
  /** The discriminator's channels after each block. */
  readonly discriminator: readonly number[];
  /** How many of the discriminator's blocks, the first ones, halve the resolution. */
  readonly halvings: number;
}

/**
 * By doublings from 4..7 pixels. At 32 pixels as SNGAN for CIFAR-10, at 128 as SNGAN and BigGAN for ImageNet. At 64 as the
 * reimplementations do (StudioGAN, mimicry); the papers have no such size.
 */
const WIDTHS: Readonly<Record<number, Omit<ResnetPlan, "smallest">>> = {
  2: { generator: [4, 4, 4], discriminator: [2, 2, 2, 2], halvings: 2 },
  3: { generator: [4, 4, 4, 4], discriminator: [2, 2, 2, 2], halvings: 2 },
  4: { generator: [16, 8, 4, 2, 1], discriminator: [1, 2, 4, 8, 16], halvings: 4 },
  5: { generator: [16, 16, 8, 4, 2, 1], discriminator: [1, 2, 4, 8, 16, 16], halvings: 5 },
};

/** The plan for images of `size`. @throws ConfigError when there is none. */
export function resnetPlan(model: string, size: number): ResnetPlan {
  const found = pyramid(size);
  const widths = found && WIDTHS[found.levels];
  if (!widths || size > 128) {
    throw new ConfigError(`model "${model}" cannot make ${size}x${size} images`, {
      help: "use a size of 4, 5, 6 or 7 times a power of two from 16 to 128, such as 16, 28, 32, 48, 64, 96 or 128 (set data.size)",
    });
  }
  return { smallest: found.smallest, ...widths };
}

/** Resolutions that both networks have between their blocks, ascending: 8 and 16 for images of 32 pixels. */
export function attentionPlaces({ smallest, generator, halvings }: ResnetPlan): number[] {
  const size = smallest * 2 ** (generator.length - 1);
  return Array.from({ length: halvings }, (_, i) => size / 2 ** (halvings - i)).filter((place) => place > smallest);
}

/** @throws ConfigError unless `attention` is 0 or one of {@link attentionPlaces}. */
export function checkAttention(model: string, size: number, attention: number, plan: ResnetPlan): void {
  const places = attentionPlaces(plan);
  if (attention === 0 || places.includes(attention)) return;
  throw new ConfigError(
    `model "${model}" has no ${attention}x${attention} maps to attend to when it makes ${size}x${size} images`,
    { help: `set model.attention to 0 (none), ${places.join(" or ")}` },
  );
}
