/** @file R3GAN: residual networks without normalisation for both players, one the mirror image of the other. */

import { z } from "zod";
import * as t from "../graph/tensor.ts";
import { bilinearDownsample, bilinearUpsample } from "../nn/bilinear.ts";
import { dense } from "../nn/dense.ts";
import { showFeatures } from "../nn/features.ts";
import { fanInNormal } from "../nn/init.ts";
import { applyLayer, type Layer, sequential } from "../nn/module.ts";
import { ConfigError } from "../util/errors.ts";
import { entry } from "../util/registry.ts";
import type { Model, ModelBuilder, SampleShape } from "./model.ts";
import { type Pyramid, pyramid, squareImages } from "./pyramid.ts";
import { discriminativeBasis, generativeBasis, mix, residualBlock } from "./r3gan-blocks.ts";

interface R3ganOptions {
  readonly latent: number;
  readonly base: number;
  readonly width: number;
  readonly blocks: number;
  readonly expansion: number;
  readonly groupSize: number;
}

/** The stages of images of `size` pixels. @throws ConfigError where halving does not lead to 4..7 pixels. */
function stagesOf(size: number): Pyramid {
  const found = pyramid(size);
  if (found === null || found.levels < 1 || size > 256) {
    throw new ConfigError(`model "r3gan" cannot make ${size}x${size} images`, {
      help: "use a size of 4, 5, 6 or 7 times a power of two, such as 16, 28, 32, 48, 64, 96 or 128 (set data.size)",
    });
  }
  return found;
}

/** Channels of each stage, from the smallest picture to the largest. */
function stageWidths({ base, width }: R3ganOptions, levels: number): number[] {
  return Array.from({ length: levels + 1 }, (_, level) => Math.min(width, base * 2 ** (levels - level)));
}

/** The residual blocks of one stage. */
function stageBlocks({ blocks, ...options }: R3ganOptions, stages: number): Layer[] {
  return Array.from({ length: blocks }, () => residualBlock({ ...options, blocks: blocks * stages }));
}

/** Appends an embedding of what is asked for to the latent, as long as the latent itself. */
const joinCondition = (latent: number): Layer => ({
  kind: "joinCondition",
  apply(x, context) {
    if (context.condition === undefined) return x;
    const embedding = dense(latent, { bias: false, init: fanInNormal() });
    return t.concat([x, applyLayer(embedding, "embedding", context.condition, context)], 1);
  },
});

function generator(options: R3ganOptions, channels: number, size: number): Layer {
  const { levels, smallest } = stagesOf(size);
  const widths = stageWidths(options, levels);
  const layers: Layer[] = [joinCondition(options.latent), generativeBasis(widths[0]!, smallest)];
  widths.forEach((width, stage) => {
    if (stage > 0) {
      if (width !== widths[stage - 1]) layers.push(mix(width));
      layers.push(bilinearUpsample());
    }
    layers.push(...stageBlocks(options, widths.length));
  });
  return sequential(...layers, mix(channels));
}

function discriminator(options: R3ganOptions, size: number): Layer {
  const { levels } = stagesOf(size);
  const widths = stageWidths(options, levels).reverse();
  const layers: Layer[] = [mix(widths[0]!)];
  widths.forEach((width, stage) => {
    if (stage > 0) {
      layers.push(bilinearDownsample());
      if (width !== widths[stage - 1]) layers.push(mix(width));
    }
    layers.push(...stageBlocks(options, widths.length));
  });
  return sequential(...layers, discriminativeBasis(), showFeatures(), dense(1, { bias: false, init: fanInNormal() }));
}

/** R3GAN's row in the model registry. */
export const r3gan = entry({
  name: "r3gan",
  summary:
    "Residual blocks 1x1, 3x3 in groups, 1x1 with LeakyReLU 0.2, bilinear resampling, a learned basis at 4..7 pixels; no normalisation, fix-up initialisation.",
  paper: "Huang, Gokaslan, Kuleshov and Tompkin, The GAN Is Dead; Long Live the GAN! A Modern Baseline GAN, 2024",
  options: z.strictObject({
    latent: z.int().min(1).default(64).describe("length of the latent vector"),
    base: z
      .int()
      .min(1)
      .default(32)
      .describe("channels at the finest level, doubled at each coarser one up to `width`; the paper: 96 at 256 pixels"),
    width: z.int().min(1).default(128).describe("most channels of a level; the paper: 768"),
    blocks: z.int().min(1).default(2).describe("residual blocks of each level"),
    expansion: z.int().min(1).default(2).describe("how many times wider the inside of a block is"),
    groupSize: z.int().min(1).default(16).describe("channels in a group of the 3x3 convolutions"),
  }),
  create:
    (options): ModelBuilder =>
    (sample: SampleShape): Model => {
      const { channels, size } = squareImages("r3gan", sample);
      return {
        latent: options.latent,
        generator: generator(options, channels, size),
        discriminator: discriminator(options, size),
      };
    },
});
