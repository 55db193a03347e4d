/** @file BigGAN: a residual generator whose normalisations are told the class and a piece of the latent vector. */

import { z } from "zod";
import * as t from "../graph/tensor.ts";
import { tanh } from "../nn/activation.ts";
import { conditionalBatchNorm } from "../nn/conditional-norm.ts";
import { dense } from "../nn/dense.ts";
import { applyLayer, type Layer, sequential } from "../nn/module.ts";
import { batchNorm } from "../nn/norm.ts";
import { orthogonal } from "../nn/orthogonal.ts";
import { reshape } from "../nn/shape.ts";
import { ConfigError } from "../util/errors.ts";
import { entry } from "../util/registry.ts";
import type { Model, ModelBuilder, SampleShape } from "./model.ts";
import { squareImages } from "./pyramid.ts";
import { attend, resnetDiscriminator, toImage, upBlock, type Weights } from "./resnet-blocks.ts";
import { attentionPlaces, checkAttention, type ResnetPlan, resnetPlan } from "./resnet-plan.ts";

const weightsOf = (spectral: boolean): Weights => ({ spectral, inner: orthogonal, outer: orthogonal });

interface GeneratorOptions {
  readonly channels: number;
  readonly base: number;
  readonly attention: number;
  /** Length of a piece of the latent vector. */
  readonly piece: number;
  /** Length of the shared class embedding. */
  readonly shared: number;
  readonly weights: Weights;
}

/**
 * The latent vector is cut into one piece for the first layer and one for each block; what is put beside it (a code, say) goes
 * to the first layer too. The normalisations of a block depend
 * on its piece and, where a class is asked for, on the embedding of the class that all blocks share.
 */
function generator(plan: ResnetPlan, options: GeneratorOptions): Layer {
  const { channels, base, attention, piece: length, shared, weights } = options;
  const { smallest, generator: widths } = plan;
  const [first, ...rest] = widths.map((width) => width * base) as [number, ...number[]];
  const { spectral, outer: init } = weights;
  return {
    kind: "biggan",
    apply(z, context) {
      const [n, latent] = z.shape as [number, number];
      const piece = (i: number) => t.slice(z, [0, i * length], [n, length]);
      const beside = latent - widths.length * length;
      const start = beside === 0 ? piece(0) : t.concat([piece(0), t.slice(z, [0, latent - beside], [n, beside])], 1);
      // Without spectral normalisation even where the rest has it, as in the authors' code.
      const embedded =
        context.condition && applyLayer(dense(shared, { bias: false, init }), "embedding", context.condition, context);
      const layers: Layer[] = [dense(first * smallest ** 2, { spectral, init }), reshape(first, smallest, smallest)];
      rest.forEach((width, i) => {
        const told = embedded === undefined ? piece(i + 1) : t.concat([embedded, piece(i + 1)], 1);
        layers.push(upBlock(width, () => conditionalBatchNorm(told, { spectral, init }), weights));
        if (smallest * 2 ** (i + 1) === attention) layers.push(attend(weights));
      });
      return sequential(...layers, ...toImage(channels, batchNorm, weights), tanh()).apply(start, context);
    },
  };
}

/** The finest resolution up to 16 at which both networks can attend; the papers attend at 64 pixels of 128. */
const usualAttention = (plan: ResnetPlan): number =>
  Math.max(0, ...attentionPlaces(plan).filter((place) => place <= 16));

/** @throws ConfigError when the latent vector cannot be cut into equal pieces. */
function checkLatent(latent: number, pieces: number): void {
  if (latent % pieces === 0) return;
  throw new ConfigError(
    `model "biggan" cuts the latent vector into ${pieces} pieces, which ${latent} numbers do not make`,
    {
      help: `set model.latent to a multiple of ${pieces}, such as ${Math.ceil(latent / pieces) * pieces}`,
    },
  );
}

/** BigGAN's row in the model registry. */
export const biggan = entry({
  name: "biggan",
  summary:
    "Residual blocks whose normalisations are told a shared class embedding and a piece of the latent vector; self-attention, spectral normalisation in both networks, orthogonal initialisation. Works without classes too.",
  paper: "Brock, Donahue and Simonyan, Large Scale GAN Training for High Fidelity Natural Image Synthesis, 2019",
  options: z.strictObject({
    latent: z
      .int()
      .min(1)
      .optional()
      .describe(
        "length of the latent vector; default 20 for the first layer and for each block: 80 at 32 pixels, 120 at 128",
      ),
    base: z
      .int()
      .min(1)
      .default(16)
      .describe(
        "unit of channels: 4 of them throughout G and 2 throughout D up to 56 pixels; at 64 and more 16 at the coarsest level, 1 at the finest. The paper's is 96",
      ),
    shared: z.int().min(1).default(128).describe("length of the class embedding that all blocks share"),
    spectral: z
      .enum(["none", "discriminator", "both"])
      .default("both")
      .describe("whose weights are spectrally normalised"),
    attention: z
      .int()
      .min(0)
      .optional()
      .describe(
        "resolution at which both networks attend to themselves; 0 is nowhere; default the finest up to 16 (the paper: 64 of 128 pixels)",
      ),
  }),
  create:
    ({ latent, base, shared, spectral, ...given }): ModelBuilder =>
    (sample: SampleShape): Model => {
      const { channels, size } = squareImages("biggan", sample);
      const plan = resnetPlan("biggan", size);
      const pieces = plan.generator.length;
      const attention = given.attention ?? usualAttention(plan);
      checkAttention("biggan", size, attention, plan);
      const length = latent ?? 20 * pieces;
      checkLatent(length, pieces);
      const both = { channels, base, attention };
      const judging = weightsOf(spectral !== "none");
      return {
        latent: length,
        generator: generator(plan, {
          ...both,
          piece: length / pieces,
          shared,
          weights: weightsOf(spectral === "both"),
        }),
        discriminator: resnetDiscriminator({
          ...both,
          plan,
          size,
          wide: true,
          weights: judging,
        }),
        head: { spectral: judging.spectral, init: judging.outer },
      };
    },
});
