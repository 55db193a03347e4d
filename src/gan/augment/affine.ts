/** @file Affine maps of the plane, one for each sample, composed in the graph. */

import type { Tensor } from "../../graph/ops.ts";
import { add, full, mul, neg, type Operand, sub } from "../../graph/tensor.ts";

/** (x, y) -> (a x + b y + u, c x + d y + v), in pixels from the middle of an image, x right and y down. Each f32[N, 1, 1, 1]. */
export interface Affine {
  readonly a: Tensor;
  readonly b: Tensor;
  readonly c: Tensor;
  readonly d: Tensor;
  readonly u: Tensor;
  readonly v: Tensor;
}

/** `map` after stretching the plane by (sx, sy). */
export function afterScale(map: Affine, sx: Operand, sy: Operand): Affine {
  return { ...map, a: mul(map.a, sx), c: mul(map.c, sx), b: mul(map.b, sy), d: mul(map.d, sy) };
}

/** `map` after turning the plane: (x, y) -> (cos x - sin y, sin x + cos y). */
export function afterTurn({ a, b, c, d, u, v }: Affine, cos: Tensor, sin: Tensor): Affine {
  return {
    a: add(mul(a, cos), mul(b, sin)),
    b: sub(mul(b, cos), mul(a, sin)),
    c: add(mul(c, cos), mul(d, sin)),
    d: sub(mul(d, cos), mul(c, sin)),
    u,
    v,
  };
}

/** `map` after moving the plane by (x, y). */
export function afterShift(map: Affine, x: Tensor, y: Tensor): Affine {
  const { a, b, c, d, u, v } = map;
  return { ...map, u: add(u, add(mul(a, x), mul(b, y))), v: add(v, add(mul(c, x), mul(d, y))) };
}

/** A turn after a reflection (x, y) -> (side x, y), side 1 or -1, as a map: side applies last. */
export function turnThenFlip(side: Tensor, cos: Tensor, sin: Tensor): Affine {
  const zero = full(side.shape, 0);
  return { a: mul(side, cos), b: neg(mul(side, sin)), c: sin, d: cos, u: zero, v: zero };
}
