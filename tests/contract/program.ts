/** @file A contract case as programs: its value, the gradient of a loss on it, and the gradient of a function of that. */

import { grad } from "../../src/autodiff/grad.ts";
import { buildGraph, type Graph } from "../../src/graph/graph.ts";
import { sizeOf, type Tensor } from "../../src/graph/ops.ts";
import * as t from "../../src/graph/tensor.ts";
import { type OpCase, type OperandSpec, sample } from "./op-case.ts";

/** The tensors of a case. */
export interface Program {
  /** The result of the op. */
  readonly value: Tensor;
  /** Float operands: what is differentiated by. */
  readonly operands: readonly Tensor[];
  /** sum(weights * (value + value^2 / 2)), so that no derivative of a linear op vanishes. */
  readonly loss: Tensor;
  readonly gradients: readonly Tensor[];
  /** The same function of the gradients, with other weights. */
  readonly penalty: Tensor;
  readonly seconds: readonly Tensor[];
}

/** Values by input name. */
export type Feeds = Record<string, Float32Array | Int32Array | Uint8Array>;

function functional(name: string, x: Tensor): Tensor {
  const weights = t.constant(sample(name, sizeOf(x.shape)), x.shape);
  return t.sum(t.mul(weights, t.add(x, t.mul(0.5, t.square(x)))));
}

/** Traces a case; its inputs are called `<prefix>0`, `<prefix>1`, … */
export function traceCase({ operands, apply }: OpCase, prefix = "x"): Program {
  const inputs = operands.map(({ shape, dtype }, i) => t.input(`${prefix}${i}`, shape, dtype));
  const floats = inputs.filter((x) => x.dtype === "f32");
  const value = apply(inputs);
  const loss = functional("loss", t.cast(value, "f32"));
  const gradients = grad(loss, floats);
  const penalty = gradients.map((g, i) => functional(`penalty ${i}`, g)).reduce((a, b) => t.add(a, b), t.scalar(0));
  return { value, operands: floats, loss, gradients, penalty, seconds: grad(penalty, floats) };
}

function operandValues({ shape, dtype, values, domain }: OperandSpec, name: string): Feeds[string] {
  if (values === undefined) return sample(name, sizeOf(shape), domain);
  if (dtype === "f32") return Float32Array.from(values);
  return dtype === "i32" ? Int32Array.from(values) : Uint8Array.from(values);
}

/** Values for the inputs of {@link traceCase}. */
export function feedsOf({ operands }: OpCase, prefix = "x"): Feeds {
  return Object.fromEntries(operands.map((spec, i) => [`${prefix}${i}`, operandValues(spec, `operand ${i}`)]));
}

/** Several cases as one graph, so that one session runs them all. */
export function jointGraph(cases: readonly OpCase[], withSeconds: boolean): { graph: Graph; feeds: Feeds } {
  const outputs: Record<string, Tensor> = {};
  const feeds: Feeds = {};
  cases.forEach((entry, k) => {
    const { value, gradients, seconds } = traceCase(entry, `${k}:`);
    outputs[`${entry.name}: value`] = value;
    gradients.forEach((g, i) => {
      outputs[`${entry.name}: gradient ${i}`] = g;
    });
    if (withSeconds) {
      seconds.forEach((h, i) => {
        outputs[`${entry.name}: second ${i}`] = h;
      });
    }
    Object.assign(feeds, feedsOf(entry, `${k}:`));
  });
  const graph = buildGraph(outputs);
  const needed = new Set(graph.inputs.map((x) => x.attrs.name));
  return { graph, feeds: Object.fromEntries(Object.entries(feeds).filter(([name]) => needed.has(name))) };
}

/** Largest magnitude in an array, at least `floor`. */
export function magnitude(values: ArrayLike<number>, floor = 0): number {
  let largest = floor;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]!));
  return largest;
}

/** The first place where two arrays differ by more than `tolerance` times their magnitude, in words; or null. */
export function firstDifference(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
): string | null {
  if (actual.length !== expected.length) return `${actual.length} values instead of ${expected.length}`;
  const allowed = tolerance * magnitude(expected, 1);
  for (let i = 0; i < actual.length; i++) {
    const [a, b] = [actual[i]!, expected[i]!];
    // Written so that a NaN on either side is a difference, unless both are.
    if (!(Math.abs(a - b) <= allowed) && !Object.is(a, b)) return `at ${i}: ${a} instead of ${b} (±${allowed})`;
  }
  return null;
}
