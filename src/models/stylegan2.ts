/** @file StyleGAN2's row: its options, and the sizes it makes. */

import { z } from "zod";
import { ConfigError } from "../util/errors.ts";
import { entry } from "../util/registry.ts";
import type { Model, ModelBuilder, SampleShape } from "./model.ts";
import { stylegan2Discriminator } from "./stylegan2-discriminator.ts";
import { stylegan2Generator } from "./stylegan2-generator.ts";

/** The side of square images of 8, 16, … or 1024 pixels. */
function sideOf({ kind, shape }: SampleShape): number {
  const [, height, width] = shape as [number, number, number];
  if (kind !== "images" || height !== width) {
    throw new ConfigError(`model "stylegan2" makes square images; the data are ${kind} of [${shape}]`, {
      help: kind === "images" ? "set data.size to crop them square" : 'use model "mlp" for points',
    });
  }
  if (height < 8 || height > 1024 || !Number.isInteger(Math.log2(height))) {
    throw new ConfigError(`model "stylegan2" cannot make ${height}x${height} images`, {
      help: "use a power of two from 8 to 1024, such as 32, 64 or 128 (set data.size)",
    });
  }
  return height;
}

/** StyleGAN2's row in the model registry. */
export const stylegan2 = entry({
  name: "stylegan2",
  summary:
    "A mapping network to styles, which modulate the convolutions of G; noise inputs, summed colours; a residual D with minibatch standard deviation; weights N(0, 1) with equalised learning rate. Made for 32 to 128 pixels. Published with Adam (β 0 and 0.99, learning rate 0.0025), R1, and the penalty `path-length`.",
  paper:
    "Karras et al., Analyzing and Improving the Image Quality of StyleGAN, 2020; conventions of the code of Karras et al., Training Generative Adversarial Networks with Limited Data, 2020",
  options: z.strictObject({
    latent: z
      .int()
      .min(1)
      .optional()
      .describe("length of latents and styles; default channelMax (published: 512, and so is channelMax)"),
    channelMax: z.int().min(1).default(128).describe("most feature channels at any resolution (published: 512)"),
    channelBase: z
      .int()
      .min(1)
      .default(2048)
      .describe(
        "a resolution has channelBase / resolution channels, at most channelMax (published: 32768, 16384 below 512 pixels)",
      ),
    mappingDepth: z
      .int()
      .min(1)
      .max(16)
      .optional()
      .describe(
        "layers of the mapping network; default 2 up to 128 pixels (StyleGAN2-ADA's `auto` and `cifar`), else 8",
      ),
    mixing: z
      .number()
      .min(0)
      .max(1)
      .default(0.9)
      .describe("probability that a sample in training has the styles of two latents, from a random layer on"),
    noise: z.boolean().default(true).describe("noise inputs: drawn in training, one fixed array in sampling"),
    truncation: z
      .number()
      .min(0)
      .max(1)
      .default(1)
      .describe("in sampling, styles go this share of the way from their running mean; 1 is off"),
  }),
  create:
    ({ channelMax, channelBase, latent = channelMax, mappingDepth, ...options }): ModelBuilder =>
    (sample: SampleShape): Model => {
      const size = sideOf(sample);
      const channels = (resolution: number) => Math.max(1, Math.min(Math.floor(channelBase / resolution), channelMax));
      return {
        latent,
        generator: stylegan2Generator({
          ...options,
          size,
          imageChannels: sample.shape[0]!,
          width: latent,
          channels,
          mappingDepth: mappingDepth ?? (size <= 128 ? 2 : 8),
        }),
        discriminator: stylegan2Discriminator(size, channels),
      };
    },
});
