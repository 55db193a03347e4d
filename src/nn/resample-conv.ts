/**
 * @file Convolutions together with a change of resolution by two, computed as one convolution of stride 2.
 *
 * Repeating pixels, averaging them and convolving are linear, so both steps are one convolution with a kernel one larger:
 * the sum of the four kernels that one output sees. A 3x3 kernel becomes 4x4, which costs 4/9 of the two steps (16 taps for
 * 4 pixels instead of 9 for each). A 1x1 kernel is applied on the smaller side. Parameters are those of the plain
 * convolution. Karras et al., "Progressive Growing of GANs" (2018), whose code calls it a fused scale.
 */

import { type ConvGeometry, type Tensor, typeText } from "../graph/ops.ts";
import * as t from "../graph/tensor.ts";
import { ConfigError, ShapeError } from "../util/errors.ts";
import { type ConvOptions, conv2d } from "./conv.ts";
import { glorotUniform, zeros } from "./init.ts";
import type { Context, Layer } from "./module.ts";
import { averagePool, upsampleNearest } from "./resample.ts";
import { spectralNorm } from "./spectral-norm.ts";

/** Options of both layers: those of a `same` convolution of stride 1. */
export interface ResampledConvOptions extends Pick<ConvOptions, "bias" | "spectral" | "init" | "biasInit"> {
  /** Odd. */
  readonly kernel: number;
}

/**
 * The linear map from kernels [k·k] to [(k+1)·(k+1)]: the sum of the kernel at its four places. `flip` turns it round, as a
 * transposed convolution needs it.
 */
function spread(kernel: number, weight: number, flip: boolean): Tensor {
  const size = kernel + 1;
  const map = new Float32Array(kernel ** 2 * size ** 2);
  const place = (i: number, shift: number) => (flip ? kernel - 1 - i : i) + shift;
  for (let i = 0; i < kernel; i++) {
    for (let j = 0; j < kernel; j++) {
      for (const [a, b] of [
        [0, 0],
        [0, 1],
        [1, 0],
        [1, 1],
      ] as const) {
        map[(i * kernel + j) * size ** 2 + place(i, a) * size + place(j, b)] = weight;
      }
    }
  }
  return t.constant(map, [kernel ** 2, size ** 2]);
}

/** The filter as it is used: [out, in, k+1, k+1]. */
function spreadFilter(
  kind: string,
  channels: number,
  x: Tensor,
  context: Context,
  options: ResampledConvOptions,
  map: Tensor,
): Tensor {
  if (x.shape.length !== 4) throw new ShapeError(`${kind}: x must be [N, C, H, W], got ${typeText(x)}`);
  const { kernel, init = glorotUniform } = options;
  const inputs = x.shape[1]!;
  const stored = context.param("weight", [channels, inputs, kernel, kernel], init);
  const weight = options.spectral ? spectralNorm(stored, context) : stored;
  const flat = t.matmul(t.reshape(weight, [channels * inputs, kernel ** 2]), map);
  return t.reshape(flat, [channels, inputs, kernel + 1, kernel + 1]);
}

function withBias(
  y: Tensor,
  channels: number,
  context: Context,
  { bias = true, biasInit = zeros }: ResampledConvOptions,
) {
  return bias ? t.add(y, t.reshape(context.param("bias", [channels], biasInit), [1, channels, 1, 1])) : y;
}

function geometryOf(kind: string, kernel: number): ConvGeometry {
  if (!Number.isInteger(kernel) || kernel < 1 || kernel % 2 === 0) {
    throw new ConfigError(`${kind}: the kernel must be odd, got ${kernel}`);
  }
  const pad = (kernel - 1) / 2;
  return { strides: [2, 2], pads: [pad, pad, pad, pad], dilations: [1, 1], groups: 1 };
}

/**
 * {@link upsampleNearest} by 2, then a `same` convolution to `channels`: f32[N, C, H, W] -> f32[N, channels, 2H, 2W].
 * The filter is stored as [channels, in, k, k].
 */
export function upsampleConv2d(channels: number, options: ResampledConvOptions): Layer {
  const kind = "upsampleConv";
  const { kernel } = options;
  const geometry = geometryOf(kind, kernel);
  if (kernel === 1) {
    return {
      kind,
      apply: (x, context) => upsampleNearest().apply(conv2d(channels, options).apply(x, context), context),
    };
  }
  return {
    kind,
    apply(x, context) {
      const filter = spreadFilter(kind, channels, x, context, options, spread(kernel, 1, true));
      const size = [2 * x.shape[2]!, 2 * x.shape[3]!] as const;
      const y = t.convTranspose(x, t.transpose(filter, [1, 0, 2, 3]), { ...geometry, size });
      return withBias(y, channels, context, options);
    },
  };
}

/**
 * A `same` convolution to `channels`, then {@link averagePool} by 2: f32[N, C, H, W] -> f32[N, channels, H/2, W/2].
 * H and W must be even. The filter is stored as [channels, in, k, k].
 */
export function conv2dAveragePool(channels: number, options: ResampledConvOptions): Layer {
  const kind = "convAveragePool";
  const { kernel } = options;
  const geometry = geometryOf(kind, kernel);
  if (kernel === 1) {
    return { kind, apply: (x, context) => conv2d(channels, options).apply(averagePool().apply(x, context), context) };
  }
  return {
    kind,
    apply(x, context) {
      const filter = spreadFilter(kind, channels, x, context, options, spread(kernel, 1 / 4, false));
      if (x.shape[2]! % 2 !== 0 || x.shape[3]! % 2 !== 0) {
        throw new ShapeError(`${kind}: height and width must be even, got ${typeText(x)}`);
      }
      return withBias(t.conv(x, filter, geometry), channels, context, options);
    },
  };
}
