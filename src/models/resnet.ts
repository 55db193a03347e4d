/** @file SNGAN's residual networks, with SAGAN's self-attention as an option. */

import { z } from "zod";
import { tanh } from "../nn/activation.ts";
import { dense } from "../nn/dense.ts";
import { glorotUniform, scaled } from "../nn/init.ts";
import { type Layer, sequential } from "../nn/module.ts";
import { batchNorm } from "../nn/norm.ts";
import { reshape } from "../nn/shape.ts";
import { entry } from "../util/registry.ts";
import type { Model, ModelBuilder, SampleShape } from "./model.ts";
import { squareImages } from "./pyramid.ts";
import { attend, resnetDiscriminator, toImage, upBlock, type Weights } from "./resnet-blocks.ts";
import { checkAttention, type ResnetPlan, resnetPlan } from "./resnet-plan.ts";

/** SNGAN's: Glorot uniform, within blocks times the square root of two. */
const weightsOf = (spectral: boolean): Weights => ({
  spectral,
  inner: scaled(glorotUniform, Math.SQRT2),
  outer: glorotUniform,
});

interface GeneratorOptions {
  readonly channels: number;
  readonly base: number;
  readonly attention: number;
  readonly conditional: boolean;
  readonly weights: Weights;
}

function generator(plan: ResnetPlan, { channels, base, attention, conditional, weights }: GeneratorOptions): Layer {
  const { smallest, generator: widths } = plan;
  const [first, ...rest] = widths.map((width) => width * base) as [number, ...number[]];
  const { spectral, outer: init } = weights;
  const layers: Layer[] = [dense(first * smallest ** 2, { spectral, init }), reshape(first, smallest, smallest)];
  rest.forEach((width, i) => {
    layers.push(upBlock(width, () => batchNorm({ conditional }), weights));
    if (smallest * 2 ** (i + 1) === attention) layers.push(attend(weights));
  });
  return sequential(...layers, ...toImage(channels, batchNorm, weights), tanh());
}

/** The row of SNGAN's residual networks in the model registry. */
export const resnet = entry({
  name: "resnet",
  summary:
    "Residual blocks: batch normalisation, ReLU and nearest upsampling in G, average pooling, a global sum and spectral normalisation in D; self-attention as an option (SAGAN).",
  paper:
    "Miyato et al., Spectral Normalization for Generative Adversarial Networks, 2018; self-attention: Zhang et al., Self-Attention Generative Adversarial Networks, 2019",
  options: z.strictObject({
    latent: z.int().min(1).default(128).describe("length of the latent vector"),
    base: z
      .int()
      .min(1)
      .default(16)
      .describe(
        "unit of channels: 4 of them throughout G and 2 throughout D up to 56 pixels; at 64 and more 16 at the coarsest level, 1 at the finest. The paper's is 64",
      ),
    spectral: z
      .enum(["none", "discriminator", "both"])
      .default("discriminator")
      .describe("whose weights are spectrally normalised; SAGAN: `both`"),
    attention: z
      .int()
      .min(0)
      .default(0)
      .describe("resolution at which both networks attend to themselves, such as 16 or 32; 0 is nowhere"),
    wide: z
      .boolean()
      .default(false)
      .describe("blocks of D as wide inside as at their end (SAGAN, BigGAN) instead of as at their beginning (SNGAN)"),
    conditional: z
      .boolean()
      .default(true)
      .describe("a gain and a bias for each class in G's blocks, where G is asked for a class; else the plain layer"),
  }),
  create:
    ({ latent, base, spectral, attention, wide, conditional }): ModelBuilder =>
    (sample: SampleShape): Model => {
      const { channels, size } = squareImages("resnet", sample);
      const plan = resnetPlan("resnet", size);
      checkAttention("resnet", size, attention, plan);
      const both = { channels, base, attention };
      const judging = weightsOf(spectral !== "none");
      return {
        latent,
        generator: generator(plan, { ...both, conditional, weights: weightsOf(spectral === "both") }),
        discriminator: resnetDiscriminator({ ...both, plan, size, wide, weights: judging }),
        head: { spectral: judging.spectral, init: judging.outer },
      };
    },
});
