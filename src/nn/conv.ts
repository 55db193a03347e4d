/** @file Convolution and transposed convolution layers on f32[N, C, H, W]. */

import { type ConvGeometry, type Tensor, typeText } from "../graph/ops.ts";
import * as t from "../graph/tensor.ts";
import { ConfigError, ShapeError } from "../util/errors.ts";
import { glorotUniform, type Initializer, zeros } from "./init.ts";
import type { Layer } from "./module.ts";
import { spectralNorm } from "./spectral-norm.ts";

/** One number for both axes, or [height, width]. */
export type Pair = number | readonly [number, number];

/**
 * Padding: `same` gives ceil(size / stride) outputs (for the transposed layer size * stride) and puts the odd element at
 * the end, as TensorFlow does; a number pads every side; four numbers are [top, left, bottom, right].
 */
export type Padding = "same" | "valid" | number | readonly [number, number, number, number];

/** Options of both layers. */
export interface ConvOptions {
  readonly kernel: Pair;
  /** Default 1. */
  readonly stride?: Pair;
  /** Default `valid`. */
  readonly padding?: Padding;
  /** Default 1. */
  readonly dilation?: Pair;
  /** Channel groups. Default 1. */
  readonly groups?: number;
  /** Default true. */
  readonly bias?: boolean;
  /** Divides the filter by its largest singular value. Default false. */
  readonly spectral?: boolean;
  /** Default Glorot uniform. */
  readonly init?: Initializer;
  /** Default zeros. */
  readonly biasInit?: Initializer;
}

/** Options of the transposed layer. */
export interface ConvTransposeOptions extends ConvOptions {
  /** Rows and columns added at the end of the output, below the stride. Default 0. */
  readonly outputPadding?: Pair;
}

const pair = (x: Pair): readonly [number, number] => (typeof x === "number" ? [x, x] : x);

/** Pads of a `same` convolution along one axis whose larger side measures `size`. */
function samePads(size: number, kernel: number, stride: number, dilation: number): [number, number] {
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + dilation * (kernel - 1) + 1 - size, 0);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

function resolve(
  options: ConvOptions,
  size: readonly [number, number],
): ConvGeometry & { kernel: readonly [number, number] } {
  const { stride = 1, padding = "valid", dilation = 1, groups = 1 } = options;
  const [kernel, strides, dilations] = [pair(options.kernel), pair(stride), pair(dilation)];
  for (const n of [...kernel, ...strides, ...dilations, groups]) {
    if (!Number.isInteger(n) || n < 1)
      throw new ConfigError(`conv: kernel, stride, dilation and groups must be positive integers, got ${n}`);
  }
  const explicit = padding === "valid" ? 0 : padding;
  if (explicit === "same") {
    const [top, bottom] = samePads(size[0], kernel[0], strides[0], dilations[0]);
    const [left, right] = samePads(size[1], kernel[1], strides[1], dilations[1]);
    return { kernel, strides, dilations, groups, pads: [top, left, bottom, right] };
  }
  const pads = typeof explicit === "number" ? ([explicit, explicit, explicit, explicit] as const) : explicit;
  return { kernel, strides, dilations, groups, pads };
}

function requireImages(layer: string, x: Tensor): void {
  if (x.shape.length !== 4) throw new ShapeError(`${layer}: x must be [N, C, H, W], got ${typeText(x)}`);
}

/** Convolution to `channels` output channels. The filter is stored as [channels, in/groups, kh, kw]. */
export function conv2d(channels: number, options: ConvOptions): Layer {
  const { bias = true, init = glorotUniform, biasInit = zeros } = options;
  return {
    kind: "conv",
    apply(x, context) {
      requireImages("conv", x);
      const { kernel, ...geometry } = resolve(options, [x.shape[2]!, x.shape[3]!]);
      const stored = context.param("weight", [channels, x.shape[1]! / geometry.groups, ...kernel], init);
      const weight = options.spectral ? spectralNorm(stored, context) : stored;
      const y = t.conv(x, weight, geometry);
      return bias ? t.add(y, t.reshape(context.param("bias", [channels], biasInit), [1, channels, 1, 1])) : y;
    },
  };
}

/** Transposed convolution to `channels` output channels. The filter is stored as [in, channels/groups, kh, kw]. */
export function conv2dTranspose(channels: number, options: ConvTransposeOptions): Layer {
  const { bias = true, init = glorotUniform, biasInit = zeros } = options;
  return {
    kind: "convTranspose",
    apply(x, context) {
      requireImages("convTranspose", x);
      const input: readonly [number, number] = [x.shape[2]!, x.shape[3]!];
      const stride = pair(options.stride ?? 1);
      const { kernel, ...geometry } = resolve(options, [input[0] * stride[0], input[1] * stride[1]]);
      const extra = pair(options.outputPadding ?? 0);
      const grown = ([0, 1] as const).map((i) => {
        if (options.padding === "same") return input[i] * stride[i];
        const span = stride[i] * (input[i] - 1) + geometry.dilations[i] * (kernel[i] - 1) + 1;
        return span - geometry.pads[i]! - geometry.pads[i + 2]! + extra[i];
      });
      const stored = context.param("weight", [x.shape[1]!, channels / geometry.groups, ...kernel], init);
      const weight = options.spectral ? spectralNorm(stored, context, 1) : stored;
      const y = t.convTranspose(x, weight, { ...geometry, size: [grown[0]!, grown[1]!] });
      return bias ? t.add(y, t.reshape(context.param("bias", [channels], biasInit), [1, channels, 1, 1])) : y;
    },
  };
}
