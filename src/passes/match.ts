/** @file What rewrite rules ask of a node. */

import { type Shape, sizeOf, type Tensor } from "../graph/ops.ts";

/** A rewrite rule: a cheaper equal of the node (same shape and type), or null where the rule does not apply. */
export type Rule = (node: Tensor) => Tensor | null;

/** Constants of at most this many elements are looked into and folded; larger ones are opaque. */
export const SMALL = 64;

/** Whether two shapes (or any two lists of numbers) are equal. */
export function sameList(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i]);
}

/** The number that fills all of `x`, also through reshapes and broadcasts, or null where `x` is not such a constant. */
export function splat(x: Tensor): number | null {
  let source: Tensor = x;
  while (source.op === "broadcastTo" || source.op === "reshape") source = source.inputs[0]!;
  if (source.op !== "constant" || source.dtype !== "f32") return null;
  const { data } = source.attrs;
  if (data.length === 0 || data.length > SMALL) return null;
  const first = data[0]!;
  return data.every((value) => Object.is(value, first)) ? first : null;
}

/** The data of a small constant, or null. */
export function smallData(x: Tensor): ArrayLike<number> | null {
  return x.op === "constant" && x.attrs.data.length <= SMALL ? x.attrs.data : null;
}

/** The shape of `x` with ones prepended up to `rank`. */
export function shapeAtRank(x: Tensor, rank: number): number[] {
  return [...Array.from({ length: rank - x.shape.length }, () => 1), ...x.shape];
}

/** Whether `x` has exactly one element. */
export function isSingle(x: Tensor): boolean {
  return sizeOf(x.shape) === 1;
}
