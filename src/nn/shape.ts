/** @file Layers that only change the shape. The batch axis is never touched. */

import { sizeOf } from "../graph/ops.ts";
import * as t from "../graph/tensor.ts";
import type { Layer } from "./module.ts";

/** f32[N, …] -> f32[N, elements]. */
export const flatten = (): Layer => ({
  kind: "flatten",
  apply: (x) => t.reshape(x, [x.shape[0]!, sizeOf(x.shape.slice(1))]),
});

/** f32[N, …] -> f32[N, ...shape]. */
export const reshape = (...shape: readonly number[]): Layer => ({
  kind: "reshape",
  apply: (x) => t.reshape(x, [x.shape[0]!, ...shape]),
});
