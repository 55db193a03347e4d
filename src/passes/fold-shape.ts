/** @file Rules on ops that move, repeat and sum elements: most undo one another in a gradient. All are exact but sums. */

import { broadcastShapes } from "../graph/infer.ts";
import { type OpName, type Shape, sizeOf, type Tensor } from "../graph/ops.ts";
import * as t from "../graph/tensor.ts";
import { isSingle, type Rule, sameList, shapeAtRank, splat } from "./match.ts";

/** Reshape to the same shape is nothing; reshape of reshape is one; a single element broadcasts from where it comes. */
const reshape: Rule = (node) => {
  if (node.op !== "reshape") return null;
  const x = node.inputs[0]!;
  if (sameList(x.shape, node.shape)) return x;
  if (x.op === "reshape") return t.reshape(x.inputs[0]!, node.shape);
  const repeated = x.op === "broadcastTo" ? x.inputs[0]! : x;
  return repeated !== x && isSingle(repeated) ? t.broadcastTo(t.reshape(repeated, []), node.shape) : null;
};

/** Broadcasting to the same number of elements is a reshape; broadcast of broadcast is one. */
const broadcastTo: Rule = (node) => {
  if (node.op !== "broadcastTo") return null;
  const x = node.inputs[0]!;
  if (sizeOf(x.shape) === sizeOf(node.shape)) return t.reshape(x, node.shape);
  if (x.op === "broadcastTo") return t.broadcastTo(x.inputs[0]!, node.shape);
  const inner = withoutReshape(x);
  return inner === x ? null : t.broadcastTo(inner, node.shape);
};

/** A single element before it was given axes. */
function withoutReshape(x: Tensor): Tensor {
  const source = x.op === "reshape" ? x.inputs[0]! : x;
  return source !== x && isSingle(source) && source.shape.length < x.shape.length ? source : x;
}

/** Transpose of transpose is one; a transpose that keeps the order of the axes longer than 1 is a reshape or nothing. */
const transpose: Rule = (node) => {
  if (node.op !== "transpose") return null;
  const [x, { perm }] = [node.inputs[0]!, node.attrs];
  if (x.op === "transpose") {
    const inner = x.attrs.perm;
    return t.transpose(
      x.inputs[0]!,
      perm.map((axis) => inner[axis]!),
    );
  }
  const long = perm.filter((axis) => x.shape[axis] !== 1);
  return long.every((axis, i) => i === 0 || axis > long[i - 1]!) ? t.reshape(x, node.shape) : null;
};

/** A transpose of the last two axes of a factor becomes the flag of the product. */
const matmul: Rule = (node) => {
  if (node.op !== "matmul") return null;
  const [a, b] = node.inputs.map(matrixTransposed) as [Tensor | null, Tensor | null];
  if (a === null && b === null) return null;
  const { transposeA, transposeB } = node.attrs;
  return t.matmul(a ?? node.inputs[0]!, b ?? node.inputs[1]!, {
    transposeA: transposeA !== (a !== null),
    transposeB: transposeB !== (b !== null),
  });
};

/** What `x` is the transpose of, in its last two axes alone; otherwise null. */
function matrixTransposed(x: Tensor): Tensor | null {
  if (x.op !== "transpose") return null;
  const rank = x.shape.length;
  const swap = x.shape.map((_, i) => (i < rank - 2 ? i : 2 * rank - 3 - i));
  return sameList(x.attrs.perm, swap) ? x.inputs[0]! : null;
}

/** A slice of everything is nothing; slice of slice is one; a slice finds its part of a concat, or the inside of a pad. */
const slice: Rule = (node) => {
  if (node.op !== "slice") return null;
  const [x, { starts, sizes }] = [node.inputs[0]!, node.attrs];
  if (sameList(x.shape, node.shape)) return x;
  if (x.op === "slice") {
    const outer = x.attrs.starts;
    return t.slice(
      x.inputs[0]!,
      starts.map((n, i) => n + outer[i]!),
      sizes,
    );
  }
  if (x.op === "pad") {
    const inside = starts.map((n, i) => n - x.attrs.low[i]!);
    const source = x.inputs[0]!;
    const fits = inside.every((n, i) => n >= 0 && n + sizes[i]! <= source.shape[i]!);
    return fits ? t.slice(source, inside, sizes) : null;
  }
  return x.op === "concat" ? sliceOfConcat(x.inputs, x.attrs.axis, starts, sizes) : null;
};

function sliceOfConcat(
  parts: readonly Tensor[],
  axis: number,
  starts: readonly number[],
  sizes: readonly number[],
): Tensor | null {
  let offset = 0;
  for (const part of parts) {
    const start = starts[axis]! - offset;
    const length = part.shape[axis]!;
    if (start >= 0 && start + sizes[axis]! <= length) {
      return t.slice(
        part,
        starts.map((n, i) => (i === axis ? start : n)),
        sizes,
      );
    }
    offset += length;
  }
  return null;
}

/** A pad by nothing is nothing; pad of pad is one. */
const pad: Rule = (node) => {
  if (node.op !== "pad") return null;
  const [x, { low, high }] = [node.inputs[0]!, node.attrs];
  if (sameList(x.shape, node.shape)) return x;
  if (x.op !== "pad") return null;
  const inner = x.attrs;
  return t.pad(
    x.inputs[0]!,
    low.map((n, i) => n + inner.low[i]!),
    high.map((n, i) => n + inner.high[i]!),
  );
};

/** A join of one part is that part. */
const concat: Rule = (node) => (node.op === "concat" && node.inputs.length === 1 ? node.inputs[0]! : null);

/** A reduction leaves out axes of size 1. (Joining nested reductions would read a large operand twice when both are used.) */
const reduction: Rule = (node) => {
  if (node.op !== "reduceSum" && node.op !== "reduceMax") return null;
  const x = node.inputs[0]!;
  const axes = node.attrs.axes.filter((axis) => x.shape[axis] !== 1);
  if (axes.length === node.attrs.axes.length) return null;
  return node.op === "reduceSum" ? t.sumKeep(x, axes) : t.maxKeep(x, axes);
};

/** The sum over n copies of x is n * x; the maximum is x. */
const reductionOfBroadcast: Rule = (node) => {
  const x = node.inputs[0];
  if ((node.op !== "reduceSum" && node.op !== "reduceMax") || x?.op !== "broadcastTo") return null;
  const source = t.reshape(x.inputs[0]!, shapeAtRank(x.inputs[0]!, x.shape.length));
  const copied = node.attrs.axes.filter((axis) => source.shape[axis] === 1 && x.shape[axis] !== 1);
  const count = copied.reduce((n, axis) => n * x.shape[axis]!, 1);
  if (copied.length === 0 || count === 0) return null;
  const axes = node.attrs.axes.filter((axis) => !copied.includes(axis));
  const reduced = node.op === "reduceSum" ? t.mul(t.sumKeep(source, axes), count) : t.maxKeep(source, axes);
  return t.broadcastTo(reduced, node.shape);
};

/** sum(-x) = -sum(x): the negation works on fewer elements. */
const sumOfNegation: Rule = (node) => {
  const x = node.inputs[0];
  return node.op === "reduceSum" && x?.op === "neg" ? t.neg(t.sumKeep(x.inputs[0]!, node.attrs.axes)) : null;
};

const ELEMENTWISE: ReadonlySet<OpName> = new Set<OpName>([
  ...(["neg", "abs", "sign", "exp", "log", "sqrt", "tanh", "sigmoid", "softplus", "leakyRelu", "cast"] as const),
  ...(["add", "sub", "mul", "div", "maximum", "minimum", "greater", "equal", "select"] as const),
]);

/** An operand of an op that broadcasts, before it was broadcast; a constant of equal numbers is one number. */
function unbroadcasted(x: Tensor): Tensor {
  if (x.shape.length === 0) return x;
  const value = splat(x);
  if (value !== null) return t.scalar(value);
  return withoutReshape(x.op === "broadcastTo" ? x.inputs[0]! : x);
}

/** An element-wise op broadcasts by itself: it takes its operands as they were, and only what it gives is repeated. */
const elementwiseOfBroadcast: Rule = (node) => {
  if (!ELEMENTWISE.has(node.op)) return null;
  const operands = node.inputs.map(unbroadcasted);
  if (operands.every((x, i) => x === node.inputs[i])) return null;
  const shape = operands.reduce<Shape>((joined, x) => broadcastShapes(joined, x.shape)!, []);
  const result = t.makeNode(node.op, operands, node.attrs);
  return sameList(shape, node.shape) ? result : t.broadcastTo(result, node.shape);
};

/** All rules of this file. */
export const shapeRules: readonly Rule[] = [
  reshape,
  broadcastTo,
  transpose,
  matmul,
  slice,
  pad,
  concat,
  reduction,
  reductionOfBroadcast,
  sumOfNegation,
  elementwiseOfBroadcast,
];
