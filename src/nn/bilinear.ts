/**
 * @file Bilinear resampling of f32[N, C, H, W] by a factor of two, without parameters.
 *
 * Both are the separable filter [1, 3, 3, 1], which is [1, 1] convolved with the low-pass [1, 2, 1], with zeros beyond the edges:
 * in PyTorch `conv_transpose2d` and `conv2d` of stride 2 and padding 1 with one such filter for each channel, as StyleGAN2 and
 * R3GAN resample. A filter along an axis is a matrix, so each is two matrix products.
 */

import { type Tensor, typeText } from "../graph/ops.ts";
import * as t from "../graph/tensor.ts";
import { ShapeError } from "../util/errors.ts";
import type { Layer } from "./module.ts";

const FILTER = [1, 3, 3, 1].map((tap) => tap / 8);

/** f32[n, 2n]: row j holds the filter at columns 2j - 1 to 2j + 2, those beyond the edges left out, times `gain`. */
function taps(n: number, gain: number): Tensor {
  const data = new Float32Array(n * 2 * n);
  for (let j = 0; j < n; j++) {
    FILTER.forEach((tap, k) => {
      const column = 2 * j + k - 1;
      if (column >= 0 && column < 2 * n) data[j * 2 * n + column] = gain * tap;
    });
  }
  return t.constant(data, [n, 2 * n]);
}

/** Applies a matrix along the last axis: [.., in] -> [.., out]. */
function alongLast(x: Tensor, matrix: Tensor, transposed: boolean): Tensor {
  const { shape } = x;
  const rows = t.reshape(x, [-1, shape.at(-1)!]);
  return t.reshape(t.matmul(rows, matrix, { transposeB: transposed }), [
    ...shape.slice(0, -1),
    matrix.shape[transposed ? 0 : 1]!,
  ]);
}

const exchangeAxes = (x: Tensor): Tensor => t.transpose(x, [0, 1, 3, 2]);

function requireImages(layer: string, x: Tensor): void {
  if (x.shape.length !== 4) throw new ShapeError(`${layer}: x must be [N, C, H, W], got ${typeText(x)}`);
}

/** f32[N, C, H, W] -> f32[N, C, 2H, 2W]. Within the edges a constant stays what it is. */
export const bilinearUpsample = (): Layer => ({
  kind: "bilinearUpsample",
  apply(x) {
    requireImages("bilinearUpsample", x);
    const [height, width] = x.shape.slice(2) as [number, number];
    const wide = alongLast(x, taps(width, 2), false);
    return exchangeAxes(alongLast(exchangeAxes(wide), taps(height, 2), false));
  },
});

/** f32[N, C, H, W] -> f32[N, C, H/2, W/2]. @throws ShapeError when a side is odd. */
export const bilinearDownsample = (): Layer => ({
  kind: "bilinearDownsample",
  apply(x) {
    requireImages("bilinearDownsample", x);
    const [height, width] = x.shape.slice(2) as [number, number];
    if (height % 2 !== 0 || width % 2 !== 0) {
      throw new ShapeError(`bilinearDownsample: the sides of x must be even, got ${typeText(x)}`);
    }
    const narrow = alongLast(x, taps(width / 2, 1), true);
    return exchangeAxes(alongLast(exchangeAxes(narrow), taps(height / 2, 1), true));
  },
});
