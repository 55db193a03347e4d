/**
 * @file The parts of R3GAN: the residual block, the basis that begins a generator, and the head that ends a discriminator.
 *
 * Nothing is normalised. What keeps the variance in its place is the initialisation: every convolution keeps it, the last one of
 * a block begins at zero, and the others of a block begin smaller the more blocks there are (fix-up).
 */

import * as t from "../graph/tensor.ts";
import { leakyRelu } from "../nn/activation.ts";
import { conv2d } from "../nn/conv.ts";
import { dense } from "../nn/dense.ts";
import { fanInNormal, normal, zeros } from "../nn/init.ts";
import { applyLayer, type Layer, sequential } from "../nn/module.ts";
import { ConfigError } from "../util/errors.ts";

const SLOPE = 0.2;
/** What a leaky ReLU takes from the variance, given back. */
const ACTIVATION_GAIN = Math.sqrt(2 / (1 + SLOPE ** 2));
/** Convolutions within a block. */
const DEPTH = 3;

/** Options of {@link residualBlock}. */
export interface ResidualBlockOptions {
  /** How many times wider the inside of the block is. */
  readonly expansion: number;
  /** Channels in a group of the 3x3 convolution. */
  readonly groupSize: number;
  /** Residual blocks in the whole network: the more, the smaller the first weights. */
  readonly blocks: number;
}

/**
 * x + W₃ φ(W₂ ∗ φ(W₁ x + b₁) + b₂): f32[N, C, H, W] to the same. W₁ and W₃ are 1x1, W₂ is 3x3 in groups, φ is LeakyReLU 0.2.
 *
 * W₃ begins at zero, so a block begins as the identity; W₁ and W₂ begin normal with standard deviation
 * g · blocks^(-1/4) / sqrt(fan-in), g² = 2 / (1 + 0.2²). Zhang, Dauphin and Ma, "Fixup Initialization" (2019).
 *
 * @throws ConfigError when the groups do not divide the channels inside.
 */
export function residualBlock({ expansion, groupSize, blocks }: ResidualBlockOptions): Layer {
  const init = fanInNormal(ACTIVATION_GAIN * blocks ** (-1 / (2 * DEPTH - 2)));
  return {
    kind: "residualBlock",
    apply(x, context) {
      const channels = x.shape[1]!;
      const inside = channels * expansion;
      if (inside % groupSize !== 0) {
        throw new ConfigError(`groups of ${groupSize} channels do not divide the ${inside} inside a residual block`, {
          help: "make the widths times model.expansion a multiple of model.groupSize",
        });
      }
      const body = sequential(
        conv2d(inside, { kernel: 1, init }),
        leakyRelu(SLOPE),
        conv2d(inside, { kernel: 3, padding: 1, groups: inside / groupSize, init }),
        leakyRelu(SLOPE),
        conv2d(channels, { kernel: 1, bias: false, init: zeros }),
      );
      return t.add(x, body.apply(x, context));
    },
  };
}

/** A 1x1 convolution to `channels`, without bias, that keeps the variance. */
export const mix = (channels: number): Layer => conv2d(channels, { kernel: 1, bias: false, init: fanInNormal() });

/** f32[N, latent] -> f32[N, channels, size, size]: learned maps, each multiplied by a linear function of the latent. */
export const generativeBasis = (channels: number, size: number): Layer => ({
  kind: "generativeBasis",
  apply(z, context) {
    const maps = context.param("basis", [channels, size, size], normal(1));
    const factors = applyLayer(dense(channels, { bias: false, init: fanInNormal() }), "dense", z, context);
    return t.mul(t.reshape(maps, [1, channels, size, size]), t.reshape(factors, [z.shape[0]!, channels, 1, 1]));
  },
});

/** f32[N, C, size, size] -> f32[N, C]: each channel's product with a learned map, a depthwise convolution over the whole picture. */
export const discriminativeBasis = (): Layer => ({
  kind: "discriminativeBasis",
  apply(x, context) {
    const [, channels, height, width] = x.shape as [number, number, number, number];
    const maps = context.param("basis", [channels, 1, height, width], fanInNormal());
    return t.sum(t.mul(x, t.reshape(maps, [1, channels, height, width])), [2, 3]);
  },
});
