/** @file Layers that change the resolution of f32[N, C, H, W], by whole factors. They have no parameters. */

import { type Tensor, typeText } from "../graph/ops.ts";
import * as t from "../graph/tensor.ts";
import { ConfigError, ShapeError } from "../util/errors.ts";
import type { Layer } from "./module.ts";

function requireImages(layer: string, x: Tensor): void {
  if (x.shape.length !== 4) throw new ShapeError(`${layer}: x must be [N, C, H, W], got ${typeText(x)}`);
}

function requireFactor(layer: string, factor: number): void {
  if (!Number.isInteger(factor) || factor < 1)
    throw new ConfigError(`${layer}: the factor must be a positive integer, got ${factor}`);
}

/** Every pixel becomes `factor` by `factor` pixels of the same value (nearest neighbour). Default factor 2. */
export function upsampleNearest(factor = 2): Layer {
  requireFactor("upsampleNearest", factor);
  return {
    kind: "upsampleNearest",
    apply(x) {
      requireImages("upsampleNearest", x);
      const [n, c, h, w] = x.shape as [number, number, number, number];
      const repeated = t.broadcastTo(t.reshape(x, [n, c, h, 1, w, 1]), [n, c, h, factor, w, factor]);
      return t.reshape(repeated, [n, c, h * factor, w * factor]);
    },
  };
}

/** The axes within windows of x cut into windows: [N, C, H/f, f, W/f, f]. */
const WITHIN = [3, 5];

/** What `pool` makes of each window of `factor` by `factor` pixels; windows do not overlap. */
function pooling(kind: string, factor: number, pool: (windows: Tensor) => Tensor): Layer {
  requireFactor(kind, factor);
  return {
    kind,
    apply(x) {
      requireImages(kind, x);
      const [n, c, h, w] = x.shape as [number, number, number, number];
      if (h % factor !== 0 || w % factor !== 0) {
        throw new ShapeError(`${kind}: windows of ${factor}x${factor} do not divide ${typeText(x)}`);
      }
      const windows = t.reshape(x, [n, c, h / factor, factor, w / factor, factor]);
      return t.reshape(pool(windows), [n, c, h / factor, w / factor]);
    },
  };
}

/** The mean of each window of `factor` by `factor` pixels, which must divide the image. Default factor 2. */
export const averagePool = (factor = 2): Layer =>
  pooling("averagePool", factor, (windows) => t.meanKeep(windows, WITHIN));

/** The largest value of each window of `factor` by `factor` pixels, which must divide the image. Default factor 2. */
export const maxPool = (factor = 2): Layer => pooling("maxPool", factor, (windows) => t.maxKeep(windows, WITHIN));

/** The sum over all pixels: f32[N, C, H, W] -> f32[N, C]. SNGAN and its successors end their discriminators with it. */
export const sumPool = (): Layer => ({
  kind: "sumPool",
  apply(x) {
    requireImages("sumPool", x);
    return t.sum(x, [2, 3]);
  },
});
