/**
 * @file The tracing API: functions from tensors to tensors. Nothing is computed here; each call adds a node.
 *
 * Binary functions take numbers in place of tensors and broadcast as numpy does.
 */

import { inferRules, type TensorType } from "./infer.ts";
import {
  type ConstantData,
  type ConvGeometry,
  type DType,
  type NodeOf,
  type OpAttrs,
  type OpName,
  type Shape,
  sizeOf,
  type Tensor,
} from "./ops.ts";
import { currentScope } from "./scope.ts";

/** A tensor, or a number that stands for a scalar constant. */
export type Operand = Tensor | number;

/** Adds a node after its shape rule has accepted the operands. Every function below is this one with a name. */
export function makeNode<K extends OpName>(op: K, inputs: readonly Tensor[], attrs: OpAttrs[K]): Tensor {
  const infer = inferRules[op] as (inputs: readonly Tensor[], attrs: OpAttrs[K]) => TensorType;
  const { shape, dtype } = infer(inputs, attrs);
  const node: NodeOf<K> = { op, attrs, inputs, shape, dtype, scope: currentScope() };
  return node as unknown as Tensor;
}

const NONE = {};

/** A value fed at run time under `name`. */
export function input(name: string, shape: Shape, dtype: DType = "f32"): Tensor {
  return makeNode("input", [], { name, shape, dtype });
}

/** A constant array. Float32Array, Int32Array and Uint8Array become f32, i32 and u8. */
export function constant(data: ConstantData, shape: Shape = [data.length]): Tensor {
  return makeNode("constant", [], { data, shape });
}

/** A scalar f32 constant. */
export function scalar(value: number): Tensor {
  return constant(Float32Array.of(value), []);
}

/** An array of one repeated value. */
export function full(shape: Shape, value: number): Tensor {
  return broadcastTo(scalar(value), shape);
}

function lift(x: Operand): Tensor {
  return typeof x === "number" ? scalar(x) : x;
}

/** -x. */
export const neg = (x: Tensor): Tensor => makeNode("neg", [x], NONE);
/** |x|. */
export const abs = (x: Tensor): Tensor => makeNode("abs", [x], NONE);
/** -1, 0 or 1. */
export const sign = (x: Tensor): Tensor => makeNode("sign", [x], NONE);
/** e^x. */
export const exp = (x: Tensor): Tensor => makeNode("exp", [x], NONE);
/** Natural logarithm. */
export const log = (x: Tensor): Tensor => makeNode("log", [x], NONE);
/** Square root. */
export const sqrt = (x: Tensor): Tensor => makeNode("sqrt", [x], NONE);
/** Hyperbolic tangent. */
export const tanh = (x: Tensor): Tensor => makeNode("tanh", [x], NONE);
/** Logistic function 1 / (1 + e^-x). */
export const sigmoid = (x: Tensor): Tensor => makeNode("sigmoid", [x], NONE);
/** log(1 + e^x), without overflow. */
export const softplus = (x: Tensor): Tensor => makeNode("softplus", [x], NONE);
/** x where x > 0, else slope * x. */
export const leakyRelu = (x: Tensor, slope: number): Tensor => makeNode("leakyRelu", [x], { slope });
/** x where x > 0, else 0. */
export const relu = (x: Tensor): Tensor => leakyRelu(x, 0);
/** ct where x > 0, else slope * ct. */
export const leakyReluGrad = (x: Tensor, ct: Tensor, slope: number): Tensor =>
  makeNode("leakyReluGrad", [x, ct], { slope });
/** x, treated as a constant by differentiation. */
export const stopGradient = (x: Tensor): Tensor => makeNode("stopGradient", [x], NONE);

/** a + b. */
export const add = (a: Operand, b: Operand): Tensor => makeNode("add", [lift(a), lift(b)], NONE);
/** a - b. */
export const sub = (a: Operand, b: Operand): Tensor => makeNode("sub", [lift(a), lift(b)], NONE);
/** a * b. */
export const mul = (a: Operand, b: Operand): Tensor => makeNode("mul", [lift(a), lift(b)], NONE);
/** a / b. */
export const div = (a: Operand, b: Operand): Tensor => makeNode("div", [lift(a), lift(b)], NONE);
/** The larger of a and b. At equality the gradient goes to b. */
export const maximum = (a: Operand, b: Operand): Tensor => makeNode("maximum", [lift(a), lift(b)], NONE);
/** The smaller of a and b. At equality the gradient goes to b. */
export const minimum = (a: Operand, b: Operand): Tensor => makeNode("minimum", [lift(a), lift(b)], NONE);
/** a > b, as bool. */
export const greater = (a: Operand, b: Operand): Tensor => makeNode("greater", [lift(a), lift(b)], NONE);
/** a == b, as bool. */
export const equal = (a: Operand, b: Operand): Tensor => makeNode("equal", [lift(a), lift(b)], NONE);
/** a where `condition` (bool) holds, else b. */
export const select = (condition: Tensor, a: Operand, b: Operand): Tensor =>
  makeNode("select", [condition, lift(a), lift(b)], NONE);
/** x converted to another element type. */
export const cast = (x: Tensor, dtype: DType): Tensor => (x.dtype === dtype ? x : makeNode("cast", [x], { dtype }));
/** x * x. */
export const square = (x: Tensor): Tensor => mul(x, x);

/** The same elements in another shape. At most one entry may be -1 and is then inferred. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const known = shape.reduce((product, n) => (n === -1 ? product : product * n), 1);
  const full = shape.map((n) => (n === -1 ? sizeOf(x.shape) / known : n));
  return full.join() === x.shape.join() ? x : makeNode("reshape", [x], { shape: full });
}
/** Axes in another order. */
export const transpose = (x: Tensor, perm: readonly number[]): Tensor => makeNode("transpose", [x], { perm });
/** x repeated to fill `shape`, by numpy's rule. */
export const broadcastTo = (x: Tensor, shape: Shape): Tensor =>
  x.shape.join() === shape.join() ? x : makeNode("broadcastTo", [x], { shape });
/** The box of `sizes` elements from `starts`. */
export const slice = (x: Tensor, starts: readonly number[], sizes: readonly number[]): Tensor =>
  makeNode("slice", [x], { starts, sizes });
/** Zeros before (`low`) and after (`high`) along each axis. */
export const pad = (x: Tensor, low: readonly number[], high: readonly number[]): Tensor =>
  makeNode("pad", [x], { low, high });
/** Operands joined along `axis`. */
export const concat = (xs: readonly Tensor[], axis: number): Tensor =>
  xs.length === 1 ? xs[0]! : makeNode("concat", xs, { axis });

/** Sum over `axes`, kept as axes of size 1. Default: all axes. */
export function sumKeep(x: Tensor, axes: readonly number[] = x.shape.map((_, i) => i)): Tensor {
  return axes.length === 0 ? x : makeNode("reduceSum", [x], { axes: [...axes].sort((a, b) => a - b) });
}
/** Maximum over `axes`, kept as axes of size 1. Default: all axes. */
export function maxKeep(x: Tensor, axes: readonly number[] = x.shape.map((_, i) => i)): Tensor {
  return axes.length === 0 ? x : makeNode("reduceMax", [x], { axes: [...axes].sort((a, b) => a - b) });
}

function squeeze(x: Tensor, axes: readonly number[]): Tensor {
  return reshape(
    x,
    x.shape.filter((_, i) => !axes.includes(i)),
  );
}

/** Sum over `axes`, which disappear. Default: all axes, giving a scalar. */
export const sum = (x: Tensor, axes: readonly number[] = x.shape.map((_, i) => i)): Tensor =>
  squeeze(sumKeep(x, axes), axes);
/** Mean over `axes`, which disappear. Default: all axes, giving a scalar. */
export const mean = (x: Tensor, axes: readonly number[] = x.shape.map((_, i) => i)): Tensor =>
  mul(sum(x, axes), 1 / axes.reduce((n, axis) => n * x.shape[axis]!, 1));
/** Mean over `axes`, kept as axes of size 1. */
export const meanKeep = (x: Tensor, axes: readonly number[]): Tensor =>
  mul(sumKeep(x, axes), 1 / axes.reduce((n, axis) => n * x.shape[axis]!, 1));

/** Matrix product over the last two axes; leading axes must be equal. */
export function matmul(
  a: Tensor,
  b: Tensor,
  { transposeA = false, transposeB = false }: { transposeA?: boolean; transposeB?: boolean } = {},
): Tensor {
  return makeNode("matmul", [a, b], { transposeA, transposeB });
}

/** Convolution (cross-correlation) of x [N, I, H, W] with w [O, I/groups, kh, kw]. */
export const conv = (x: Tensor, w: Tensor, geometry: ConvGeometry): Tensor => makeNode("conv", [x, w], geometry);
/** Transposed convolution of y [N, O, h, w] with w [O, I/groups, kh, kw] to a `size` [H, W] output. */
export const convTranspose = (
  y: Tensor,
  w: Tensor,
  attrs: ConvGeometry & { readonly size: readonly [number, number] },
): Tensor => makeNode("convTranspose", [y, w], attrs);
/** Filter gradient: x [N, I, H, W], y [N, O, h, w] -> [O, I/groups, kh, kw]. */
export const convFilterGrad = (
  x: Tensor,
  y: Tensor,
  attrs: ConvGeometry & { readonly kernel: readonly [number, number] },
): Tensor => makeNode("convFilterGrad", [x, y], attrs);
