/** @file The two networks of the article that this project grew from. docs/tutorial.md says what had to be mended. */

import { z } from "zod";
import { leakyRelu, relu, tanh } from "../nn/activation.ts";
import { conv2d, conv2dTranspose } from "../nn/conv.ts";
import { dense } from "../nn/dense.ts";
import { dropout } from "../nn/dropout.ts";
import { showFeatures } from "../nn/features.ts";
import { type Layer, sequential } from "../nn/module.ts";
import { batchNorm } from "../nn/norm.ts";
import { flatten, reshape } from "../nn/shape.ts";
import { ConfigError } from "../util/errors.ts";
import { entry } from "../util/registry.ts";
import type { Model, ModelBuilder, ModelCondition, SampleShape } from "./model.ts";

/** As listed (`base` 64) it makes 32x32 images; at 64 its first transposed convolution has stride 2 instead of 1. */
function generator(channels: number, size: 32 | 64, base: number, conditional: boolean): Layer {
  // Keras's epsilon; 0.8 is the share of the old average.
  const norm = () => batchNorm({ momentum: 0.8, epsilon: 1e-3, conditional });
  const up = (width: number, stride: number) => conv2dTranspose(width, { kernel: 4, stride, padding: "same" });
  return sequential(
    ...[4, 8, 16].flatMap((factor) => [dense(factor * base), leakyRelu(0.2), norm()]),
    dense(4 * 4 * 8 * base),
    relu(),
    reshape(8 * base, 4, 4),
    up(4 * base, size === 64 ? 2 : 1),
    relu(),
    norm(),
    ...[2, 1].flatMap((factor) => [up(factor * base, 2), relu(), norm()]),
    up(channels, 2),
    tanh(),
  );
}

function discriminator(base: number): Layer {
  return sequential(
    ...[1, 2].flatMap((factor) => [
      conv2d(factor * base, { kernel: 4, stride: 2, padding: "same" }),
      leakyRelu(0.2),
      dropout(0.3),
    ]),
    flatten(),
    showFeatures(),
    dense(1),
  );
}

/** The article's row in the model registry. */
export const tutorial = entry({
  name: "tutorial",
  summary:
    "The article's networks: a dense stack 256-512-1024 and four transposed convolutions against two strided convolutions with dropout.",
  paper: "the article this project started from; see docs/tutorial.md",
  options: z.strictObject({
    latent: z.int().min(1).default(100).describe("length of the latent vector"),
    base: z
      .int()
      .min(1)
      .default(64)
      .describe("channels at the finest level; the article's 64, all other widths in the article's ratio to it"),
  }),
  create:
    ({ latent, base }): ModelBuilder =>
    (sample: SampleShape, condition?: ModelCondition): Model => {
      const [channels, height, width] = sample.shape as [number, number, number];
      if (sample.kind !== "images" || height !== width || (height !== 32 && height !== 64)) {
        throw new ConfigError(
          `model "tutorial" makes 32x32 or 64x64 images; the data are ${sample.kind} of [${sample.shape}]`,
          { help: "pass --size 32 or --size 64" },
        );
      }
      return {
        latent,
        generator: generator(channels, height, base, condition?.conditionalNorm ?? false),
        discriminator: discriminator(base),
      };
    },
});
