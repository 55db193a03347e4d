/** @file DCGAN at any size that halves down to 4..7 pixels. */

import { z } from "zod";
import { leakyRelu, relu, tanh } from "../nn/activation.ts";
import { conv2d, conv2dTranspose } from "../nn/conv.ts";
import { dense } from "../nn/dense.ts";
import { showFeatures } from "../nn/features.ts";
import { normal } from "../nn/init.ts";
import { type Layer, sequential } from "../nn/module.ts";
import { batchNorm, layerNorm } from "../nn/norm.ts";
import { flatten, reshape } from "../nn/shape.ts";
import { ConfigError } from "../util/errors.ts";
import { entry } from "../util/registry.ts";
import { minibatchLayers, minibatchOption } from "./minibatch-option.ts";
import type { Model, ModelBuilder, ModelCondition, SampleShape } from "./model.ts";
import { type Pyramid, pyramid, squareImages } from "./pyramid.ts";

const filters = { init: normal(0.02), bias: false };
const gainInit = normal(0.02, 1);

/** How often `size` is halved, and what is left: 28 -> 7 after 2, 64 -> 4 after 4. */
function levelsOf(size: number): Pyramid {
  const found = pyramid(size);
  if (found === null || found.levels < 1 || size > 256) {
    throw new ConfigError(`model "dcgan" cannot make ${size}x${size} images`, {
      help: "use a size of 4, 5, 6 or 7 times a power of two, such as 16, 28, 32, 48, 64, 96 or 128 (set data.size)",
    });
  }
  return found;
}

function generator(channels: number, size: number, base: number, conditional: boolean): Layer {
  const { levels, smallest } = levelsOf(size);
  const widest = base * 2 ** (levels - 1);
  const norm = () => batchNorm({ gainInit, conditional });
  const layers: Layer[] = [conv2dTranspose(widest, { ...filters, kernel: smallest }), norm(), relu()];
  for (let level = 1; level < levels; level++) {
    layers.push(conv2dTranspose(widest / 2 ** level, { ...filters, kernel: 4, stride: 2, padding: 1 }));
    layers.push(norm(), relu());
  }
  layers.push(conv2dTranspose(channels, { init: normal(0.02), kernel: 4, stride: 2, padding: 1 }), tanh());
  const body = sequential(...layers);
  return { kind: "dcgan", apply: (z, context) => body.apply(reshape(z.shape[1]!, 1, 1).apply(z, context), context) };
}

type Norm = "batch" | "layer" | "spectral" | "none";

/** The discriminator's way down: strided convolutions to `smallest` pixels. */
function down(levels: number, base: number, norm: Norm): Layer[] {
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
  return layers;
}

function discriminator(size: number, base: number, norm: Norm, minibatch: z.output<typeof minibatchOption>): Layer {
  const { levels, smallest } = levelsOf(size);
  const last = { init: normal(0.02), spectral: norm === "spectral" };
  const side = minibatchLayers(minibatch);
  const judgement =
    minibatch === "discrimination"
      ? [flatten(), ...side, dense(1, last)]
      : [...side, conv2d(1, { ...last, kernel: smallest }), flatten()];
  return sequential(...down(levels, base, norm), showFeatures(), ...judgement);
}

/** The discriminator's way down with layer normalisation, so that it needs no batch, to `latent` numbers. */
function encoder(size: number, base: number, latent: number): Layer {
  const { levels, smallest } = levelsOf(size);
  return sequential(
    ...down(levels, base, "layer"),
    conv2d(latent, { init: normal(0.02), kernel: smallest }),
    flatten(),
  );
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
    minibatch: minibatchOption,
  }),
  create:
    ({ latent, base, norm, minibatch }): ModelBuilder =>
    (sample: SampleShape, condition?: ModelCondition): Model => {
      const { channels, size } = squareImages("dcgan", sample);
      const width0 = base ?? (channels === 1 && size <= 32 ? 32 : 64);
      return {
        latent,
        generator: generator(channels, size, width0, condition?.conditionalNorm ?? false),
        discriminator: discriminator(size, width0, norm, minibatch),
        encoder: encoder(size, width0, latent),
        head: { init: normal(0.02), spectral: norm === "spectral", space: "flatten" },
      };
    },
});
