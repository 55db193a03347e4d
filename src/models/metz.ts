/** @file The small networks with which mode collapse is measured on Stacked MNIST. */

import { z } from "zod";
import { leakyRelu, relu, tanh } from "../nn/activation.ts";
import { conv2d, conv2dTranspose, type Padding } from "../nn/conv.ts";
import { dense } from "../nn/dense.ts";
import { showFeatures } from "../nn/features.ts";
import { heNormal, normal } from "../nn/init.ts";
import { type Layer, sequential } from "../nn/module.ts";
import { batchNorm } from "../nn/norm.ts";
import { flatten, reshape } from "../nn/shape.ts";
import { ConfigError } from "../util/errors.ts";
import { entry } from "../util/registry.ts";
import type { Model, ModelBuilder, ModelCondition, SampleShape } from "./model.ts";
import { squareImages } from "./pyramid.ts";

const KERNEL = 3;
const STRIDE = 2;
/** Slope of the discriminator's activations below zero. */
const LEAK = 0.3;
const filters = normal(0.02);
const gainInit = normal(0.02, 1);

type Norm = "batch" | "spectral" | "none";

/** Sides of the maps from the smallest to the images, each half of the next, rounded up: 4, 7, 14, 28. */
function sidesOf(size: number): readonly [number, number, number, number] {
  if (size < 8 || size > 64) {
    throw new ConfigError(`model "metz" cannot make ${size}x${size} images`, {
      help: "use a size from 8 to 64 (set data.size); the published protocol has 28",
    });
  }
  const half = (side: number) => Math.ceil(side / 2);
  return [half(half(half(size))), half(half(size)), half(size), size];
}

/** Padding with which a transposed layer gets from half of `side`, rounded up, to `side` exactly. */
const paddingTo = (side: number): Padding => (side % 2 === 0 ? "same" : 1);

function generator(
  channels: number,
  size: number,
  base: number,
  norm: Exclude<Norm, "spectral">,
  conditional: boolean,
): Layer {
  const [smallest, ...sides] = sidesOf(size);
  const init = norm === "batch" ? filters : heNormal;
  const bias = norm === "none";
  const normalise = () => (norm === "batch" ? [batchNorm({ gainInit, conditional })] : []);
  const up = sides.flatMap((side, level) => [
    conv2dTranspose(base * 2 ** (sides.length - 1 - level), {
      init,
      bias,
      kernel: KERNEL,
      stride: STRIDE,
      padding: paddingTo(side),
    }),
    ...normalise(),
    relu(),
  ]);
  return sequential(
    dense(8 * base * smallest ** 2, { init, bias }),
    reshape(8 * base, smallest, smallest),
    ...normalise(),
    relu(),
    ...up,
    conv2d(channels, { init, kernel: KERNEL, padding: "same" }),
    tanh(),
  );
}

function discriminator(narrowest: number, norm: Norm): Layer {
  const normed = norm === "batch";
  const weights = { init: normed ? filters : heNormal, spectral: norm === "spectral" };
  const down = [1, 2, 4].flatMap((factor) => [
    conv2d(factor * narrowest, { ...weights, bias: !normed, kernel: KERNEL, stride: STRIDE, padding: "same" }),
    ...(normed ? [batchNorm({ gainInit })] : []),
    leakyRelu(LEAK),
  ]);
  return sequential(...down, flatten(), showFeatures(), dense(1, weights));
}

/** The row of these networks in the model registry. */
export const metz = entry({
  name: "metz",
  summary:
    "Three 3x3 convolutions of stride 2 each way, very narrow, the discriminator narrower still: where modes are lost first.",
  paper: "Metz, Poole, Pfau and Sohl-Dickstein, Unrolled Generative Adversarial Networks, 2017",
  options: z.strictObject({
    latent: z.int().min(1).default(256).describe("length of the latent vector"),
    base: z
      .int()
      .min(1)
      .default(8)
      .describe("channels of the generator at the finest level (doubled at each coarser one)"),
    discriminator: z
      .number()
      .positive()
      .max(16)
      .default(1)
      .describe("the discriminator's width as a share of the generator's; published with 0.25 and 0.5"),
    norm: z
      .enum(["batch", "spectral", "none"])
      .default("batch")
      .describe(
        "normalisation in the discriminator: of activations, of weights (`spectral`), or none; with gradient penalties not `batch`",
      ),
    generatorNorm: z.enum(["batch", "none"]).default("batch").describe("normalisation in the generator"),
  }),
  create:
    ({ latent, base, discriminator: share, norm, generatorNorm }): ModelBuilder =>
    (sample: SampleShape, condition?: ModelCondition): Model => {
      const { channels, size } = squareImages("metz", sample);
      const conditional = condition?.conditionalNorm ?? false;
      return {
        latent,
        generator: generator(channels, size, base, generatorNorm, conditional),
        discriminator: discriminator(Math.max(1, Math.round(share * base)), norm),
        head: { init: norm === "batch" ? filters : heNormal, spectral: norm === "spectral" },
      };
    },
});
