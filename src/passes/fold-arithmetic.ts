/**
 * @file Algebraic identities. NaN and infinity come out as they did before, with the exceptions that each rule states;
 * the sign of a zero is not kept (x + 0, 0 - x). `x * 0`, `x - x` and `x / x` are NOT folded: they are NaN where x is.
 */

import type { Tensor } from "../graph/ops.ts";
import * as t from "../graph/tensor.ts";
import { type Rule, splat } from "./match.ts";

/** Smallest normal and largest float32. */
const NORMAL = 2 ** -126;
const LARGEST = 3.4028234663852886e38;

/** Whether `c` is an ordinary float32: multiplying by it neither overflows on its own nor loses digits. */
function isNormal(c: number): boolean {
  return Math.abs(c) >= NORMAL && Math.abs(c) <= LARGEST;
}

/** base * factor. */
interface Scaled {
  readonly base: Tensor;
  readonly factor: number;
}

/** A product with a constant, taken apart; null for other nodes. */
function scaled(node: Tensor): Scaled | null {
  if (node.op !== "mul") return null;
  const [a, b] = node.inputs as [Tensor, Tensor];
  const [p, q] = [splat(a), splat(b)];
  if (q !== null) return { base: a, factor: q };
  return p === null ? null : { base: b, factor: p };
}

function negated(x: Tensor): Tensor | null {
  return x.op === "neg" ? x.inputs[0]! : null;
}

/** -(-x) = x; -(x * c) = x * -c; -(a - b) = b - a. */
const neg: Rule = (node) => {
  if (node.op !== "neg") return null;
  const x = node.inputs[0]!;
  if (x.op === "sub") return t.sub(x.inputs[1]!, x.inputs[0]!);
  const product = scaled(x);
  return negated(x) ?? (product === null ? null : t.broadcastTo(t.mul(product.base, -product.factor), node.shape));
};

/** x + 0 = x; a + -b = a - b; -a + b = b - a. */
const add: Rule = (node) => {
  if (node.op !== "add") return null;
  const [a, b] = node.inputs as [Tensor, Tensor];
  if (splat(b) === 0) return t.broadcastTo(a, node.shape);
  if (splat(a) === 0) return t.broadcastTo(b, node.shape);
  const [minusA, minusB] = [negated(a), negated(b)];
  if (minusB !== null) return t.sub(a, minusB);
  return minusA === null ? null : t.sub(b, minusA);
};

/** x - 0 = x; 0 - x = -x; a - -b = a + b. */
const sub: Rule = (node) => {
  if (node.op !== "sub") return null;
  const [a, b] = node.inputs as [Tensor, Tensor];
  if (splat(b) === 0) return t.broadcastTo(a, node.shape);
  if (splat(a) === 0) return t.broadcastTo(t.neg(b), node.shape);
  const minusB = negated(b);
  return minusB === null ? null : t.add(a, minusB);
};

/** x * 1 = x; x * -1 = -x; -a * -b = a * b; -x * c = x * -c. */
const mul: Rule = (node) => {
  if (node.op !== "mul") return null;
  const product = scaled(node);
  if (product?.factor === 1) return t.broadcastTo(product.base, node.shape);
  if (product?.factor === -1) return t.broadcastTo(t.neg(product.base), node.shape);
  const [a, b] = node.inputs as [Tensor, Tensor];
  const [minusA, minusB] = [negated(a), negated(b)];
  if (minusA !== null && minusB !== null) return t.mul(minusA, minusB);
  const minusBase = product === null ? null : negated(product.base);
  return product === null || minusBase === null ? null : t.broadcastTo(t.mul(minusBase, -product.factor), node.shape);
};

/**
 * (x * a) * b = x * (a * b), where a, b and a * b are ordinary float32 numbers. The result may differ in the last digit;
 * x * a may have overflowed where x * (a * b) does not, never the other way round.
 */
const mulChain: Rule = (node) => {
  const outer = scaled(node);
  const inner = outer === null ? null : scaled(outer.base);
  if (outer === null || inner === null) return null;
  const factor = Math.fround(inner.factor * outer.factor);
  if (!isNormal(inner.factor) || !isNormal(outer.factor) || !isNormal(factor)) return null;
  return t.broadcastTo(t.mul(inner.base, factor), node.shape);
};

/**
 * x * a + x * b = x * (a + b), where a and b have the same sign and are ordinary numbers; x alone counts as x * 1.
 * With different signs an infinite x would give NaN before and infinity after.
 */
const sumOfMultiples: Rule = (node) => {
  if (node.op !== "add" && node.op !== "sub") return null;
  const [p, q] = node.inputs.map((x) => scaled(x) ?? { base: x, factor: 1 }) as [Scaled, Scaled];
  const [a, b] = [p.factor, node.op === "add" ? q.factor : -q.factor];
  const factor = Math.fround(a + b);
  if (p.base !== q.base || a > 0 !== b > 0 || !isNormal(a) || !isNormal(b) || !isNormal(factor)) return null;
  return t.broadcastTo(t.mul(p.base, factor), node.shape);
};

/** x / 1 = x; x / 2^k = x * 2^-k, which is exact; -a / -b = a / b. */
const div: Rule = (node) => {
  if (node.op !== "div") return null;
  const [a, b] = node.inputs as [Tensor, Tensor];
  const divisor = splat(b);
  if (divisor === 1) return t.broadcastTo(a, node.shape);
  if (
    divisor !== null &&
    isNormal(divisor) &&
    isNormal(1 / divisor) &&
    Number.isInteger(Math.log2(Math.abs(divisor)))
  ) {
    return t.broadcastTo(t.mul(a, 1 / divisor), node.shape);
  }
  const [minusA, minusB] = [negated(a), negated(b)];
  return minusA === null || minusB === null ? null : t.div(minusA, minusB);
};

/** max(x, x) = min(x, x) = x; a choice between equals, or by a constant operand of `greater`, is none. */
const choice: Rule = (node) => {
  if (node.op === "maximum" || node.op === "minimum") return node.inputs[0] === node.inputs[1] ? node.inputs[0]! : null;
  if (node.op !== "select" || node.inputs[1] !== node.inputs[2]) return null;
  return t.broadcastTo(node.inputs[1]!, node.shape);
};

/** leakyRelu of slope 1 is x; its derivative is the cotangent. */
const leaky: Rule = (node) => {
  if (node.op === "leakyRelu" && node.attrs.slope === 1) return node.inputs[0]!;
  return node.op === "leakyReluGrad" && node.attrs.slope === 1 ? node.inputs[1]! : null;
};

/** Passes run after differentiation, where stopGradient has done its work; a cast to the same type does none. */
const transparent: Rule = (node) => {
  if (node.op === "stopGradient") return node.inputs[0]!;
  return node.op === "cast" && node.inputs[0]!.dtype === node.dtype ? node.inputs[0]! : null;
};

/** All rules of this file. */
export const arithmeticRules: readonly Rule[] = [
  transparent,
  neg,
  add,
  sub,
  mul,
  mulChain,
  sumOfMultiples,
  div,
  choice,
  leaky,
];
