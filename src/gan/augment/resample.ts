/**
 * @file Reading images at places between their pixels, with matrix products: the vocabulary has no gather.
 *
 * Value x of a row is the sum over its pixels u of x_u · max(0, 1 - |u - s|), s the place that is read: linear interpolation
 * between two neighbours. The weights of a row are one matrix, built in the graph.
 */

import type { Tensor } from "../../graph/ops.ts";
import * as t from "../../graph/tensor.ts";
import type { Affine } from "./affine.ts";

/** What lies beyond an image: zeros, or its mirror image (the edge pixel is not repeated; zeros beyond one image's length). */
export type Beyond = "zeros" | "reflection";

/** Weights are built for as many samples at a time as need about so many numbers (8 MB), which stay in the caches. */
const AT_A_TIME = 2 ** 21;

/** 0, 1, … length - 1. */
const steps = (length: number, from = 0): Float32Array => Float32Array.from({ length }, (_, i) => from + i);

/** Places of the mirror image become places in the image; beyond it they become negative, where nothing is. */
function reflected(places: Tensor, length: number): Tensor {
  const last = length - 1;
  return t.sub(last, t.abs(t.sub(last, t.abs(places))));
}

function interpolate(x: Tensor, places: Tensor): Tensor {
  const length = x.shape[3]!;
  const pixels = t.constant(steps(length), [1, 1, length, 1]);
  return t.matmul(x, t.relu(t.sub(1, t.abs(t.sub(pixels, places)))));
}

/**
 * Reads rows at other places: x [N, R, C, L] and places [N, R, 1, M] in pixels from the first (0) to the last (L - 1) give
 * [N, R, C, M]. The weights take N·R·L·M numbers; they are built in parts of about 8 MB, but where a gradient passes all
 * parts are kept until it has (R = 1 needs little; a whole warp of 64 images of 128 x 128 keeps 1 GB).
 */
export function resampleRows(x: Tensor, places: Tensor, beyond: Beyond): Tensor {
  const [n, r, c, length] = x.shape as [number, number, number, number];
  const inside = beyond === "reflection" ? reflected(places, length) : places;
  const m = places.shape[3]!;
  const count = Math.max(1, Math.floor(AT_A_TIME / (r * length * m)));
  if (count >= n) return interpolate(x, inside);
  const parts: Tensor[] = [];
  for (let start = 0; start < n; start += count) {
    const size = Math.min(count, n - start);
    const from = [start, 0, 0, 0];
    parts.push(interpolate(t.slice(x, from, [size, r, c, length]), t.slice(inside, from, [size, r, 1, m])));
  }
  return t.concat(parts, 0);
}

/** Moves images [N, C, H, W] by `right` and `down`, f32[N, 1, 1, 1] in pixels, fractions included. */
export function shift(x: Tensor, right: Tensor, down: Tensor, beyond: Beyond): Tensor {
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const places = (length: number, by: Tensor) => t.sub(t.constant(steps(length), [1, 1, 1, length]), by);
  const along = t.reshape(resampleRows(t.reshape(x, [n, 1, c * h, w]), places(w, right), beyond), [n, c, h, w]);
  const turned = t.reshape(t.transpose(along, [0, 1, 3, 2]), [n, 1, c * w, h]);
  return t.transpose(t.reshape(resampleRows(turned, places(h, down), beyond), [n, c, w, h]), [0, 1, 3, 2]);
}

/** Images [N, C, H, W] left to right. */
export function flip(x: Tensor): Tensor {
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const reversal = Float32Array.from({ length: w * w }, (_, i) => ((i % w) + Math.floor(i / w) === w - 1 ? 1 : 0));
  return t.reshape(t.matmul(t.reshape(x, [n * c * h, w]), t.constant(reversal, [w, w])), x.shape);
}

/**
 * Warps square images [N, C, S, S] by one affine map each, which leads from places of the result to places of the source.
 *
 * Two passes, along the rows and then along the columns (Catmull and Smith, "3-D Transformations of Images in Scanline
 * Order", 1980). Where the map turns by more than 45 degrees, the transposed result is computed. Flips, quarter turns, shifts
 * and scales give exactly what bilinear interpolation in the plane gives; other turns nearly. With `reflection` each pass
 * reflects its own rows, so what turned corners show differs from the reflected image.
 */
export function warp(x: Tensor, map: Affine, beyond: Beyond): Tensor {
  const size = x.shape[2]!;
  const middle = (size - 1) / 2;
  const centred = steps(size, -middle);
  const [lines, points] = [t.constant(centred, [1, size, 1, 1]), t.constant(centred, [1, 1, 1, size])];
  const turned = t.greater(t.abs(map.c), t.abs(map.d));
  const [a, b] = [t.select(turned, map.b, map.a), t.select(turned, map.a, map.b)];
  const [c, d] = [t.select(turned, map.d, map.c), t.select(turned, map.c, map.d)];
  // Along row v of the source: the result's y there is (v - c x - map.v) / d.
  const slope = t.div(b, d);
  const u = t.add(t.mul(t.sub(a, t.mul(slope, c)), points), t.add(t.mul(slope, t.sub(lines, map.v)), map.u));
  const rows = resampleRows(t.transpose(x, [0, 2, 1, 3]), t.add(u, middle), beyond);
  // Along column x of what that gave.
  const v = t.add(t.add(t.mul(c, lines), t.mul(d, points)), map.v);
  const columns = resampleRows(t.transpose(rows, [0, 3, 2, 1]), t.add(v, middle), beyond);
  return t.select(turned, t.transpose(columns, [0, 2, 1, 3]), t.transpose(columns, [0, 2, 3, 1]));
}
