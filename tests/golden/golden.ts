/** @file Reading the golden numbers of make_golden.py, and computing the operands that both sides share. */

import { readFileSync } from "node:fs";
import { expect } from "vitest";
import type { Backend, HostArrays } from "../../src/backend/backend.ts";
import { nodeBackend } from "../../src/backend/onnx/node.ts";
import { evaluate } from "../../src/backend/reference/reference.ts";
import { buildGraph } from "../../src/graph/graph.ts";
import { type Shape, sizeOf, type Tensor } from "../../src/graph/ops.ts";
import { optimize } from "../../src/passes/pipeline.ts";

/** An operand as it is stored: element i is shift + scale * (2 u_i - 1), rounded to float32, u_i from a hash of (seed, i). */
export interface OperandSpec {
  readonly shape: Shape;
  readonly seed: number;
  readonly scale: number;
  readonly shift: number;
}

/** A parameter's name and value. */
export interface NamedOperand {
  readonly name: string;
  readonly operand: OperandSpec;
}

/** The cases of one golden file, by name. */
export function golden<Case>(name: string): [string, Case][] {
  const path = new URL(`./${name}.json`, import.meta.url);
  return Object.entries(JSON.parse(readFileSync(path, "utf8")) as Record<string, Case>);
}

/** Numbers in [0, 1), multiples of 2^-24: the finalizer lowbias32, as in make_golden.py. */
export function unit(seed: number, count: number): Float64Array {
  const start = Math.imul(seed, 0x9e3779b9);
  return Float64Array.from({ length: count }, (_, i) => {
    let x = (start + i) | 0;
    x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
    x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
    x ^= x >>> 16;
    return (x >>> 8) * 2 ** -24;
  });
}

/** The values of an operand. */
export function operand({ shape, seed, scale, shift }: OperandSpec): Float32Array {
  return Float32Array.from(unit(seed, sizeOf(shape)), (u) => shift + scale * (2 * u - 1));
}

/** Compares arrays: two numbers may be `relative` times the largest expected magnitude apart, which is at least `floor`. */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  relative: number,
  what: string,
  floor = 1e-3,
): void {
  expect(actual.length, `${what}: length`).toBe(expected.length);
  let largest = floor;
  for (let i = 0; i < expected.length; i++) largest = Math.max(largest, Math.abs(expected[i]!));
  for (let i = 0; i < expected.length; i++) {
    const off = Math.abs(actual[i]! - expected[i]!);
    // Written so that a NaN fails.
    if (!(off <= relative * largest)) {
      expect.fail(`${what}[${i}] is ${actual[i]}, not ${expected[i]} (±${relative * largest})`);
    }
  }
}

/** Runs a traced function; results are float64 from the reference interpreter, float32 from ONNX Runtime. */
export type Run = (outputs: Readonly<Record<string, Tensor>>, feeds: HostArrays) => Promise<Results>;

/** Results by output name. */
export type Results = Readonly<Record<string, ArrayLike<number>>>;

/**
 * The ways to compute, and how near they come. The golden numbers have nine digits and our constants (an epsilon, a
 * momentum) are float32, which leaves 1e-7 to the reference.
 */
export const engines: readonly { readonly name: string; readonly tolerance: number; readonly run: Run }[] = [
  { name: "reference", tolerance: 1e-7, run: async (outputs, feeds) => evaluate(buildGraph(outputs), feeds) },
  {
    name: "onnxruntime-node",
    tolerance: 1e-5,
    async run(outputs, feeds) {
      onnx ??= nodeBackend({ threads: 1 });
      const executable = await (await onnx).compile(optimize(buildGraph(outputs)));
      try {
        return await executable.run(feeds);
      } finally {
        await executable.release();
      }
    },
  },
];

let onnx: Promise<Backend> | undefined;
