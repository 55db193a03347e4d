/** @file Modulated convolution: a filter whose input channels each sample weighs by a style of its own. */

import { type Tensor, typeText } from "../graph/ops.ts";
import * as t from "../graph/tensor.ts";
import { ShapeError } from "../util/errors.ts";
import { firConvUp } from "./fir.ts";

/** Options of {@link modulatedConv}. */
export interface ModulatedOptions {
  /** Doubles the size, through the filter [1, 3, 3, 1]. Default false. */
  readonly up?: boolean;
  /** Divides each output channel of each sample by the norm of its filter. Default true. */
  readonly demodulate?: boolean;
  /** What the result is multiplied by, where it is demodulated. Default 1. */
  readonly gain?: number;
}

/**
 * x f32[N, I, H, W] convolved with sample n's own filter w · style[n, i], demodulated:
 * w'[n, o, i] = w[o, i] s[n, i] / √(Σ_{i, k} (w[o, i, k] s[n, i])² + 10⁻⁸).
 *
 * The filters are never formed. Convolution is linear, so the inputs are scaled by the style, convolved with the one shared
 * filter, and the outputs scaled by the demodulation, whose sum is a product of s² with Σ_k w². Equal to the grouped form
 * with a filter for each sample but for rounding; StyleGAN2-ADA trains in this form too.
 * Karras et al., "Analyzing and Improving the Image Quality of StyleGAN" (2020), equations 1 to 3.
 *
 * @param style f32[N, I].
 * @param w f32[O, I, k, k], k odd; with `up` f32[I, O, 3, 3], the layout of a transposed convolution.
 */
export function modulatedConv(x: Tensor, style: Tensor, w: Tensor, options: ModulatedOptions = {}): Tensor {
  const { up = false, demodulate = true, gain = 1 } = options;
  const [outputs, inputs] = up ? [w.shape[1]!, w.shape[0]!] : [w.shape[0]!, w.shape[1]!];
  if (x.shape.length !== 4 || x.shape[1] !== inputs || style.shape[1] !== inputs) {
    throw new ShapeError(
      `modulatedConv: a filter of ${inputs} channels for x ${typeText(x)} and style ${typeText(style)}`,
    );
  }
  const n = style.shape[0]!;
  const modulated = t.mul(x, t.reshape(style, [n, inputs, 1, 1]));
  const pad = (w.shape[2]! - 1) / 2;
  const geometry = { strides: [1, 1], pads: [pad, pad, pad, pad], dilations: [1, 1], groups: 1 } as const;
  const y = up ? firConvUp(modulated, w) : t.conv(modulated, w, geometry);
  if (!demodulate) return y;
  const energy = t.sum(t.square(w), [2, 3]);
  const power = t.matmul(t.square(style), energy, { transposeB: !up });
  return t.mul(y, t.reshape(t.div(gain, t.sqrt(t.add(power, 1e-8))), [n, outputs, 1, 1]));
}
