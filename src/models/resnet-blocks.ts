/** @file The residual blocks of SNGAN, SAGAN and BigGAN, and the discriminator they share. */

import { relu } from "../nn/activation.ts";
import { selfAttention } from "../nn/attention.ts";
import { conv2d } from "../nn/conv.ts";
import { dense } from "../nn/dense.ts";
import { showFeatures } from "../nn/features.ts";
import type { Initializer } from "../nn/init.ts";
import { type Layer, sequential } from "../nn/module.ts";
import { sumPool } from "../nn/resample.ts";
import { conv2dAveragePool, upsampleConv2d } from "../nn/resample-conv.ts";
import { residual } from "../nn/residual.ts";
import type { ResnetPlan } from "./resnet-plan.ts";

/** How the weights of a network begin and whether they are spectrally normalised. */
export interface Weights {
  readonly spectral: boolean;
  /** Of the 3x3 convolutions within blocks. */
  readonly inner: Initializer;
  /** Of everything else: shortcuts, attention, the first and the last layer. */
  readonly outer: Initializer;
}

/** A 3x3 convolution within a block that keeps the resolution. */
const inner = (channels: number, { spectral, inner: init }: Weights): Layer =>
  conv2d(channels, { kernel: 3, padding: 1, spectral, init });

/**
 * Doubles the resolution: normalisation, ReLU, upsampling, 3x3 convolution, normalisation, ReLU, 3x3 convolution; the
 * shortcut is upsampling and a 1x1 convolution.
 *
 * @param norm Makes a normalisation layer.
 */
export function upBlock(channels: number, norm: () => Layer, weights: Weights): Layer {
  const { spectral, inner: init, outer } = weights;
  return residual(
    sequential(
      norm(),
      relu(),
      upsampleConv2d(channels, { kernel: 3, spectral, init }),
      norm(),
      relu(),
      inner(channels, weights),
    ),
    upsampleConv2d(channels, { kernel: 1, spectral, init: outer }),
  );
}

/** What a discriminator's block does. */
export interface DownBlock {
  readonly inputs: number;
  readonly hidden: number;
  readonly channels: number;
  /** Whether it halves the resolution. */
  readonly halves: boolean;
  /** The first block sees the image itself, so no ReLU comes before its first convolution. */
  readonly first: boolean;
}

/**
 * ReLU (but for the first block), 3x3 convolution, ReLU, 3x3 convolution, average pooling; the shortcut is a 1x1 convolution
 * and average pooling, in either order the same. Without pooling and with equal channels the shortcut is x itself.
 */
export function downBlock({ inputs, hidden, channels, halves, first }: DownBlock, weights: Weights): Layer {
  const { spectral, inner: init, outer } = weights;
  const last = halves ? conv2dAveragePool(channels, { kernel: 3, spectral, init }) : inner(channels, weights);
  const main = sequential(...(first ? [] : [relu()]), inner(hidden, weights), relu(), last);
  if (halves) return residual(main, conv2dAveragePool(channels, { kernel: 1, spectral, init: outer }));
  return residual(main, inputs === channels ? undefined : conv2d(channels, { kernel: 1, spectral, init: outer }));
}

/** What {@link resnetDiscriminator} is made of. */
export interface ResnetDiscriminatorOptions {
  readonly plan: ResnetPlan;
  readonly base: number;
  /** Channels and side of the images. */
  readonly channels: number;
  readonly size: number;
  /** Resolution after which self-attention comes; 0 is none. */
  readonly attention: number;
  /** Whether blocks are as wide inside as at their end (SAGAN, BigGAN), or as at their beginning (SNGAN). */
  readonly wide: boolean;
  readonly weights: Weights;
}

/** Blocks, ReLU, the sum over all pixels, which are the features, and one logit. */
export function resnetDiscriminator(options: ResnetDiscriminatorOptions): Layer {
  const { plan, base, attention, wide, weights } = options;
  const layers: Layer[] = [];
  let [inputs, size] = [options.channels, options.size];
  plan.discriminator.forEach((width, i) => {
    const channels = width * base;
    const [first, halves] = [i === 0, i < plan.halvings];
    layers.push(downBlock({ inputs, hidden: wide || first ? channels : inputs, channels, halves, first }, weights));
    if (halves) {
      size /= 2;
      if (size === attention) layers.push(attend(weights));
    }
    inputs = channels;
  });
  const { spectral, outer: init } = weights;
  return sequential(...layers, relu(), sumPool(), showFeatures(), dense(1, { spectral, init }));
}

/** Self-attention with a network's weights. */
export const attend = ({ spectral, outer: init }: Weights): Layer => selfAttention({ spectral, init });

/** The generator's last layers: normalisation, ReLU, 3x3 convolution to `channels`. Tanh is the caller's. */
export const toImage = (channels: number, norm: () => Layer, { spectral, outer: init }: Weights): Layer[] => [
  norm(),
  relu(),
  conv2d(channels, { kernel: 3, padding: 1, spectral, init }),
];
