/**
 * @file Rules that compute small constants while compiling: element-wise ops, and ops that only move elements.
 *
 * Results are rounded to float32, as they would be at run time. Broadcasts of a constant stay broadcasts: the small form
 * is the one that other rules recognise.
 */

import { type NodeOf, type OpName, type Shape, sizeOf, type Tensor } from "../graph/ops.ts";
import * as t from "../graph/tensor.ts";
import { type Rule, SMALL, smallData } from "./match.ts";

/** Element-wise ops from f32 to f32, as functions of numbers. */
const ARITHMETIC = {
  neg: (x: number) => -x,
  abs: Math.abs,
  sign: Math.sign,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  tanh: Math.tanh,
  sigmoid: (x: number) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x))),
  softplus: (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  add: (a: number, b: number) => a + b,
  sub: (a: number, b: number) => a - b,
  mul: (a: number, b: number) => a * b,
  div: (a: number, b: number) => a / b,
  maximum: (a: number, b: number) => Math.max(a, b),
  minimum: (a: number, b: number) => Math.min(a, b),
} satisfies { readonly [K in OpName]?: (a: number, b: number) => number };

function isArithmetic(op: OpName): op is keyof typeof ARITHMETIC {
  return Object.hasOwn(ARITHMETIC, op);
}

function rowMajor(shape: Shape): number[] {
  const strides = shape.map(() => 1);
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = strides[i + 1]! * shape[i + 1]!;
  return strides;
}

/** Positions `offset + sum(index * strides)` for every multi-index of `shape`, in row-major order. */
function positions(shape: Shape, strides: readonly number[], offset = 0): number[] {
  return shape.reduce(
    (starts, n, axis) => starts.flatMap((at) => Array.from({ length: n }, (_, i) => at + i * strides[axis]!)),
    [offset],
  );
}

/** `x` read at the multi-indices of `shape`, by numpy's broadcasting. */
function broadcastPositions(x: Tensor, shape: Shape): number[] {
  const lead = shape.length - x.shape.length;
  const own = rowMajor(x.shape);
  return positions(
    shape,
    shape.map((_, i) => (i < lead || x.shape[i - lead] === 1 ? 0 : own[i - lead]!)),
  );
}

const elementwise: Rule = (node) => {
  if (!isArithmetic(node.op) || sizeOf(node.shape) > SMALL) return null;
  const data = node.inputs.map(smallData);
  if (data.includes(null)) return null;
  const at = node.inputs.map((x) => broadcastPositions(x, node.shape));
  const f: (a: number, b: number) => number = ARITHMETIC[node.op];
  const [a, b] = [data[0]!, data[1] ?? data[0]!];
  const [i, j] = [at[0]!, at[1] ?? at[0]!];
  return t.constant(
    Float32Array.from(i, (position, k) => f(a[position]!, b[j[k]!]!)),
    node.shape,
  );
};

const castToFloat: Rule = (node) => {
  const data = node.op === "cast" && node.attrs.dtype === "f32" ? smallData(node.inputs[0]!) : null;
  return data === null ? null : t.constant(Float32Array.from(data), node.shape);
};

/** A reshape shares the array, so it is free at any size. */
const reshape: Rule = (node) => {
  const x = node.op === "reshape" ? node.inputs[0]! : node;
  return node.op === "reshape" && x.op === "constant" ? t.constant(x.attrs.data, node.shape) : null;
};

function gathered(x: NodeOf<"constant">, at: readonly number[], shape: Shape): Tensor {
  const { data } = x.attrs;
  const out = data.slice(0, at.length);
  at.forEach((position, k) => {
    out[k] = data[position]!;
  });
  return t.constant(out, shape);
}

const transpose: Rule = (node) => {
  const x = node.inputs[0];
  if (node.op !== "transpose" || x?.op !== "constant" || x.attrs.data.length > SMALL) return null;
  const strides = rowMajor(x.shape);
  const at = positions(
    node.shape,
    node.attrs.perm.map((axis) => strides[axis]!),
  );
  return gathered(x, at, node.shape);
};

const slice: Rule = (node) => {
  const x = node.inputs[0];
  if (node.op !== "slice" || x?.op !== "constant" || sizeOf(node.shape) > SMALL) return null;
  const strides = rowMajor(x.shape);
  const offset = node.attrs.starts.reduce((at, n, axis) => at + n * strides[axis]!, 0);
  return gathered(x, positions(node.shape, strides, offset), node.shape);
};

/** All rules of this file. */
export const constantRules: readonly Rule[] = [elementwise, castToFloat, reshape, transpose, slice];
