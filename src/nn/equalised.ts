/**
 * @file Layers with equalised learning rate: weights are drawn from N(0, 1) and scaled when used, so that Adam moves all
 * layers by alike shares. Karras et al., "Progressive Growing of GANs" (2018), in the form of StyleGAN2-ADA's code.
 */

import { type Tensor, typeText } from "../graph/ops.ts";
import * as t from "../graph/tensor.ts";
import { ShapeError } from "../util/errors.ts";
import { firConvDown, firDownsample } from "./fir.ts";
import { fillWith, normal } from "./init.ts";
import type { Context, Layer } from "./module.ts";

/** Options of both layers. */
export interface EqualisedOptions {
  /** Default true. */
  readonly bias?: boolean;
  /** The bias's first value. Default 0. */
  readonly biasInit?: number;
  /** `leakyRelu`: slope 0.2, and times √2, which keeps the variance. Default `linear`. */
  readonly activation?: "linear" | "leakyRelu";
  /** What the result is multiplied by. Default 1. */
  readonly gain?: number;
}

/** Options of {@link equalisedDense}. */
export interface EqualisedDenseOptions extends EqualisedOptions {
  /** How fast the layer learns beside others: weights start at N(0, 1/rate²) and count `rate` times. Default 1. */
  readonly rate?: number;
}

/** Options of {@link equalisedConv}. */
export interface EqualisedConvOptions extends EqualisedOptions {
  /** Side of the filter; it is padded to keep the size. */
  readonly kernel: 1 | 3;
  /** Halves the size, through the filter [1, 3, 3, 1]. Default false. */
  readonly down?: boolean;
}

/** leakyRelu(x) √2, where x has already been multiplied by {@link gainBefore}. */
const activate = (x: Tensor, activation: EqualisedOptions["activation"]): Tensor =>
  activation === "leakyRelu" ? t.leakyRelu(x, 0.2) : x;

/** What x must be multiplied by before the activation: a positive factor passes through it. */
const gainBefore = ({ activation, gain = 1 }: EqualisedOptions): number =>
  activation === "leakyRelu" ? gain * Math.SQRT2 : gain;

function withBias(y: Tensor, context: Context, options: EqualisedOptions, gain: number): Tensor {
  const { bias = true, biasInit = 0 } = options;
  if (!bias) return y;
  const channels = y.shape[1]!;
  const values = t.mul(context.param("bias", [channels], fillWith(biasInit)), gain);
  return t.add(
    y,
    t.reshape(
      values,
      y.shape.map((_, axis) => (axis === 1 ? channels : 1)),
    ),
  );
}

/** f32[N, in] -> f32[N, features]: activation(rate · (x Wᵀ / √in + b)). */
export function equalisedDense(features: number, options: EqualisedDenseOptions = {}): Layer {
  const { rate = 1 } = options;
  return {
    kind: "dense",
    apply(x, context) {
      if (x.shape.length !== 2) {
        throw new ShapeError(`equalisedDense: x must be [N, features], got ${typeText(x)}`, {
          help: "put flatten() before it",
        });
      }
      const width = x.shape[1]!;
      const gain = rate * gainBefore(options);
      const weight = context.param("weight", [features, width], normal(1 / rate));
      const product = t.mul(t.matmul(x, weight, { transposeB: true }), gain / Math.sqrt(width));
      return activate(withBias(product, context, options, gain), options.activation);
    },
  };
}

/** f32[N, in, H, W] -> f32[N, channels, H, W], or half the size: activation(conv(x, W) / √(in · kernel²) + b). */
export function equalisedConv(channels: number, options: EqualisedConvOptions): Layer {
  const { kernel, down = false } = options;
  return {
    kind: "conv",
    apply(x, context) {
      if (x.shape.length !== 4) throw new ShapeError(`equalisedConv: x must be [N, C, H, W], got ${typeText(x)}`);
      const width = x.shape[1]!;
      const gain = gainBefore(options);
      const scale = gain / Math.sqrt(width * kernel * kernel);
      const weight = context.param("weight", [channels, width, kernel, kernel], normal(1));
      const pad = (kernel - 1) / 2;
      const geometry = { strides: [1, 1], pads: [pad, pad, pad, pad], dilations: [1, 1], groups: 1 } as const;
      const y =
        down && kernel === 3
          ? firConvDown(x, weight, scale)
          : t.conv(down ? firDownsample(x) : x, t.mul(weight, scale), geometry);
      return activate(withBias(y, context, options, gain), options.activation);
    },
  };
}
