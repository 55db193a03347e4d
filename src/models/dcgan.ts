/** @file DCGAN at any size that halves down to 4..7 pixels. */

import { z } from "zod";
import { leakyRelu, relu, tanh } from "../nn/activation.ts";
import { conv2d, conv2dTranspose } from "../nn/conv.ts";
import { showFeatures } from "../nn/features.ts";
import { normal } from "../nn/init.ts";
import { type Layer, sequential } from "../nn/module.ts";
import { batchNorm, layerNorm } from "../nn/norm.ts";
import { flatten, reshape } from "../nn/shape.ts";
import { ConfigError } from "../util/errors.ts";
import { entry } from "../util/registry.ts";
import type { Model, ModelBuilder, SampleShape } from "./model.ts";

const filters = { init: normal(0.02), bias: false };
const gainInit = normal(0.02, 1);

/** How often `size` is halved, and what is left: 28 -> 7 after 2, 64 -> 4 after 4. */
function pyramid(size: number): { levels: number; smallest: number } {
  let [levels, smallest] = [0, size];
  while (smallest > 7 && smallest % 2 === 0) {
    levels++;
    smallest /= 2;
  }
  if (smallest < 4 || smallest > 7 || levels < 1 || size > 256) {
    throw new ConfigError(`model "dcgan" cannot make ${size}x${size} images`, {
      help: "use a size of 4, 5, 6 or 7 times a power of two, such as 16, 28, 32, 48, 64, 96 or 128 (set data.size)",
    });
  }
  return { levels, smallest };
}

function generator(channels: number, size: number, base: number): Layer {
  const { levels, smallest } = pyramid(size);
  const widest = base * 2 ** (levels - 1);
  const layers: Layer[] = [conv2dTranspose(widest, { ...filters, kernel: smallest }), batchNorm({ gainInit }), relu()];
  for (let level = 1; level < levels; level++) {
    layers.push(conv2dTranspose(widest / 2 ** level, { ...filters, kernel: 4, stride: 2, padding: 1 }));
    layers.push(batchNorm({ gainInit }), relu());
  }
  layers.push(conv2dTranspose(channels, { init: normal(0.02), kernel: 4, stride: 2, padding: 1 }), tanh());
  const body = sequential(...layers);
  return { kind: "dcgan", apply: (z, context) => body.apply(reshape(z.shape[1]!, 1, 1).apply(z, context), context) };
}

function discriminator(size: number, base: number, norm: "batch" | "layer" | "spectral" | "none"): Layer {
  const { levels, smallest } = pyramid(size);
  const normalise = {
    batch: () => [batchNorm({ gainInit })],
    layer: () => [layerNorm()],
    spectral: () => [],
    none: () => [],
  }[norm];
  const spectral = norm === "spectral";
  const layers: Layer[] = [];
  for (let level = 0; level < levels; level++) {
    const normed = level > 0 && (norm === "batch" || norm === "layer");
    const bias = !normed;
    layers.push(conv2d(base * 2 ** level, { init: normal(0.02), bias, spectral, kernel: 4, stride: 2, padding: 1 }));
    if (normed) layers.push(...normalise());
    layers.push(leakyRelu(0.2));
  }
  layers.push(showFeatures(), conv2d(1, { init: normal(0.02), spectral, kernel: smallest }), flatten());
  return sequential(...layers);
}

/** DCGAN's row in the model registry. */
export const dcgan = entry({
  name: "dcgan",
  summary:
    "Strided 4x4 convolutions down to 4..7 pixels, batch normalisation, ReLU and tanh in G, LeakyReLU 0.2 in D, weights from N(0, 0.02).",
  paper: "Radford, Metz and Chintala, Unsupervised Representation Learning with DCGANs, 2016",
  options: z.strictObject({
    latent: z.int().min(1).default(100).describe("length of the latent vector"),
    base: z
      .int()
      .min(1)
      .optional()
      .describe(
        "channels at the finest level (doubled at each coarser one); default 64, for grey images up to 32 pixels 32",
      ),
    norm: z
      .enum(["batch", "layer", "spectral", "none"])
      .default("batch")
      .describe(
        "normalisation in the discriminator: of activations, of weights (`spectral`), or none; with gradient penalties not `batch`",
      ),
  }),
  create:
    ({ latent, base, norm }): ModelBuilder =>
    (sample: SampleShape): Model => {
      const [channels, height, width] = sample.shape as [number, number, number];
      if (sample.kind !== "images" || height !== width) {
        throw new ConfigError(`model "dcgan" makes square images; the data are ${sample.kind} of [${sample.shape}]`, {
          help: sample.kind === "images" ? "set data.size to crop them square" : 'use model "mlp" for points',
        });
      }
      const width0 = base ?? (channels === 1 && height <= 32 ? 32 : 64);
      return {
        latent,
        generator: generator(channels, height, width0),
        discriminator: discriminator(height, width0, norm),
      };
    },
});
