/**
 * @file Resampling images with StyleGAN2's low-pass filter [1, 3, 3, 1], and the halves of it that merge with a convolution.
 *
 * Filters along an axis are products with a banded matrix: their derivatives are products with its transpose, and a matrix
 * product is the fastest thing there is. Zhang, "Making Convolutional Networks Shift-Invariant Again" (2019); Karras et
 * al., "Analyzing and Improving the Image Quality of StyleGAN" (2020).
 */

import { type Tensor, typeText } from "../graph/ops.ts";
import * as t from "../graph/tensor.ts";
import { ShapeError } from "../util/errors.ts";

/** What happens along an axis: zeros between elements, zeros around, correlation with `taps`, every `down`-th kept. */
interface AxisFilter {
  readonly taps: readonly number[];
  readonly up: number;
  readonly down: number;
  readonly pads: readonly [number, number];
}

/** The matrix [size, results] of `filter` on `size` elements: results = elements × matrix. */
function filterMatrix(size: number, { taps, up, down, pads: [low, high] }: AxisFilter): Tensor {
  const results = Math.floor((size * up + low + high - taps.length) / down) + 1;
  const out = new Float32Array(size * results);
  for (let result = 0; result < results; result++) {
    taps.forEach((tap, k) => {
      const place = result * down + k - low;
      const element = place / up;
      if (Number.isInteger(element) && element >= 0 && element < size) out[element * results + result]! += tap;
    });
  }
  return t.constant(out, [size, results]);
}

/** Applies `filter` along both axes of x [N, C, H, W]. */
function alongBoth(x: Tensor, filter: AxisFilter): Tensor {
  if (x.shape.length !== 4) throw new ShapeError(`resampling: x must be [N, C, H, W], got ${typeText(x)}`);
  const [n, c] = x.shape as [number, number];
  /** [N C, a, b] -> [N C, filtered b, a]. */
  const last = (images: Tensor): Tensor => {
    const [count, rows, columns] = images.shape as [number, number, number];
    const product = t.matmul(t.reshape(images, [count * rows, columns]), filterMatrix(columns, filter));
    return t.transpose(t.reshape(product, [count, rows, product.shape[1]!]), [0, 2, 1]);
  };
  const filtered = last(last(t.reshape(x, [n * c, x.shape[2]!, x.shape[3]!])));
  return t.reshape(filtered, [n, c, filtered.shape[1]!, filtered.shape[2]!]);
}

const scaled = (taps: readonly number[], factor: number): number[] => taps.map((tap) => tap * factor);

/** f32[N, C, H, W] -> [N, C, 2H, 2W]: zeros between pixels, then the filter with gain 4 (StyleGAN2's `upsample2d`). */
export const firUpsample = (x: Tensor): Tensor =>
  alongBoth(x, { taps: scaled([1, 3, 3, 1], 1 / 4), up: 2, down: 1, pads: [2, 1] });

/** f32[N, C, H, W] -> [N, C, H/2, W/2]: the filter, then every second pixel (StyleGAN2's `downsample2d`). */
export const firDownsample = (x: Tensor): Tensor =>
  alongBoth(x, { taps: scaled([1, 3, 3, 1], 1 / 8), up: 1, down: 2, pads: [1, 1] });

/**
 * The filter kernel w [A, B, 3, 3] ∗ [1, 1]ᵀ[1, 1] as [A, B, 4, 4], times `gain`.
 *
 * [1, 3, 3, 1] = [1, 1] ∗ [1, 2, 1], so a resampled convolution is this kernel with stride 2 and one blur by [1, 2, 1] at the
 * finer size: 16 products a place instead of 36 with the whole filter merged, and the shape that every backend is fast at.
 */
function widened(w: Tensor, gain: number): Tensor {
  const [a, b, height, width] = w.shape as [number, number, number, number];
  const [tall, wide] = [height + 1, width + 1];
  const spread = new Float32Array(height * width * tall * wide);
  for (let i = 0; i < height * width; i++) {
    const [row, column] = [Math.floor(i / width), i % width];
    for (const corner of [0, 1, wide, wide + 1]) spread[i * tall * wide + row * wide + column + corner] = gain;
  }
  const flat = t.matmul(t.reshape(w, [a * b, height * width]), t.constant(spread, [height * width, tall * wide]));
  return t.reshape(flat, [a, b, tall, wide]);
}

const stride2 = { strides: [2, 2], pads: [0, 0, 0, 0], dilations: [1, 1], groups: 1 } as const;

/**
 * f32[N, I, H, W] with w [I, O, 3, 3] (the layout of a transposed convolution) -> [N, O, 2H, 2W]: transposed convolution of
 * stride 2, then the filter with gain 4. The same as {@link firUpsample} and a convolution with the flipped kernel.
 */
export function firConvUp(x: Tensor, w: Tensor): Tensor {
  const size = [2 * x.shape[2]! + 2, 2 * x.shape[3]! + 2] as const;
  const grown = t.convTranspose(x, widened(w, 1), { ...stride2, size });
  return alongBoth(grown, { taps: scaled([1, 2, 1], 1 / 4), up: 1, down: 1, pads: [0, 0] });
}

/** f32[N, I, H, W] with w [O, I, 3, 3] -> [N, O, H/2, W/2]: the filter, then a convolution of stride 2; all times `gain`. */
export function firConvDown(x: Tensor, w: Tensor, gain = 1): Tensor {
  const blurred = alongBoth(x, { taps: scaled([1, 2, 1], 1 / 4), up: 1, down: 1, pads: [2, 2] });
  return t.conv(blurred, widened(w, gain / 4), stride2);
}
