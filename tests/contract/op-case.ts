/** @file What a contract case of an op is, and the cases that whole families of ops share. */

import type { DType, Shape, Tensor } from "../../src/graph/ops.ts";
import { fillUniform, streamKey } from "../../src/util/rng.ts";

/** Which float values an operand may take. */
export type Domain = "any" | "positive";

/** An operand of a case: given values, or pseudo-random ones that stay clear of zero and of each other. */
export interface OperandSpec {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly values?: readonly number[];
  readonly domain?: Domain;
}

/** One use of an op. */
export interface OpCase {
  readonly name: string;
  readonly operands: readonly OperandSpec[];
  /** Builds the op; its result is the op under test. */
  readonly apply: (operands: readonly Tensor[]) => Tensor;
  /** The shape that the result must have, and its type (default f32). */
  readonly shape: Shape;
  readonly dtype?: DType;
  /** False where finite differences say nothing (on a kink) or only what smaller cases have said. */
  readonly differences?: boolean;
}

/** A float operand. */
export function floats(shape: Shape, values?: readonly number[], domain: Domain = "any"): OperandSpec {
  return values === undefined ? { shape, dtype: "f32", domain } : { shape, dtype: "f32", values, domain };
}

/** Pseudo-random float32 numbers, a function of `name` alone: 0.1 to 1.6 in size, of both signs unless `positive`. */
export function sample(name: string, length: number, domain: Domain = "any"): Float32Array {
  const uniform = new Float32Array(length);
  fillUniform(streamKey(7, name), 0, uniform);
  return uniform.map((u) => (domain === "positive" || u < 0.5 ? 0.1 + 1.5 * u : -(0.1 + 1.5 * (u - 0.5))));
}

/** The cases of an op of one operand. */
export function unary(op: (x: Tensor) => Tensor, domain: Domain = "any", prefix = ""): OpCase[] {
  const shapes: readonly Shape[] = [[], [5], [2, 3, 2]];
  return shapes.map((shape) => ({
    name: `${prefix}[${shape}]`,
    operands: [floats(shape, undefined, domain)],
    apply: ([x]) => op(x!),
    shape,
  }));
}

/** The cases of an op of two operands that broadcasts. */
export function binary(op: (a: Tensor, b: Tensor) => Tensor, domain: Domain = "any", dtype: DType = "f32"): OpCase[] {
  const shapes: readonly (readonly [Shape, Shape, Shape])[] = [
    [
      [2, 3],
      [2, 3],
      [2, 3],
    ],
    [[], [], []],
    [[2, 3], [], [2, 3]],
    [[], [4], [4]],
    [[3], [2, 3], [2, 3]],
    [
      [2, 1],
      [1, 3],
      [2, 3],
    ],
    [
      [2, 3, 2, 2],
      [1, 3, 1, 1],
      [2, 3, 2, 2],
    ],
    [[1], [1, 1], [1, 1]],
  ];
  const cases = shapes.map(([a, b, shape]) => ({
    name: `[${a}] and [${b}]`,
    operands: [floats(a), floats(b, undefined, domain)],
    apply: ([x, y]: readonly Tensor[]) => op(x!, y!),
    shape,
    dtype,
  }));
  // The same tensor on both sides; comparisons have a kink there.
  const twice = { name: "an operand with itself", operands: [floats([3], undefined, domain)], shape: [3], dtype };
  return [...cases, { ...twice, apply: ([x]) => op(x!, x!), differences: dtype !== "bool" }];
}
