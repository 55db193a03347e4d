/** @file The contract of every op, as cases. The table is total: an op without cases does not compile. */

import type { OpName, Tensor } from "../../src/graph/ops.ts";
import * as t from "../../src/graph/tensor.ts";
import { convCases, convFilterGradCases, convTransposeCases } from "./conv.cases.ts";
import { binary, floats, type OpCase, unary } from "./op-case.ts";

/** Values around which formulas overflow or lose all digits when written naively. */
const EXTREME = [-1000, -100, -40, -20, -5, -1e-3, 1e-3, 5, 20, 40, 100, 1000];

/** Reductions of images cut into windows, which have a lowering of their own, and of the like that are not windows. */
const windows = (op: (x: Tensor, axes: readonly number[]) => Tensor): OpCase[] => [
  {
    name: "windows of 2 by 2",
    operands: [floats([2, 3, 2, 2, 3, 2])],
    apply: ([x]) => op(x!, [3, 5]),
    shape: [2, 3, 2, 1, 3, 1],
  },
  {
    name: "windows of 3 by 1",
    operands: [floats([1, 2, 2, 3, 2, 1])],
    apply: ([x]) => op(x!, [3, 5]),
    shape: [1, 2, 2, 1, 2, 1],
  },
  {
    name: "rows of windows",
    operands: [floats([1, 2, 2, 2, 2, 2])],
    apply: ([x]) => op(x!, [2, 4]),
    shape: [1, 2, 1, 2, 1, 2],
  },
];

/** At least two cases for each op. */
export const opCases: { readonly [K in OpName]: readonly OpCase[] } = {
  input: [
    { name: "vector", operands: [floats([3])], apply: ([x]) => x!, shape: [3] },
    { name: "scalar", operands: [floats([])], apply: ([x]) => x!, shape: [] },
  ],
  constant: [
    {
      name: "matrix",
      operands: [],
      apply: () => t.constant(Float32Array.of(1, -2, 3, 0.5, 0, 7), [2, 3]),
      shape: [2, 3],
    },
    { name: "scalar", operands: [], apply: () => t.scalar(-0.25), shape: [] },
    { name: "i32", operands: [], apply: () => t.constant(Int32Array.of(-5, 9)), shape: [2], dtype: "i32" },
    { name: "u8", operands: [], apply: () => t.constant(Uint8Array.of(0, 255)), shape: [2], dtype: "u8" },
    {
      name: "large",
      operands: [],
      apply: () =>
        t.constant(
          Float32Array.from({ length: 200 }, (_, i) => Math.sin(i)),
          [20, 10],
        ),
      shape: [20, 10],
    },
  ],

  neg: unary(t.neg),
  abs: unary(t.abs),
  sign: unary(t.sign),
  exp: unary(t.exp),
  log: unary(t.log, "positive"),
  sqrt: unary(t.sqrt, "positive"),
  tanh: [
    ...unary(t.tanh),
    { name: "extreme", operands: [floats([12], EXTREME)], apply: ([x]) => t.tanh(x!), shape: [12] },
  ],
  sigmoid: [
    ...unary(t.sigmoid),
    { name: "extreme", operands: [floats([12], EXTREME)], apply: ([x]) => t.sigmoid(x!), shape: [12] },
  ],
  softplus: [
    ...unary(t.softplus),
    {
      name: "extreme",
      operands: [floats([10], EXTREME.slice(1, -1))],
      apply: ([x]) => t.softplus(x!),
      shape: [10],
    },
  ],
  leakyRelu: [...unary((x) => t.leakyRelu(x, 0.2)), ...unary(t.relu, "any", "slope 0")],
  leakyReluGrad: [
    {
      name: "slope 0.2",
      operands: [floats([2, 5]), floats([2, 5])],
      apply: ([x, ct]) => t.leakyReluGrad(x!, ct!, 0.2),
      shape: [2, 5],
    },
    {
      name: "slope 0",
      operands: [floats([7]), floats([7])],
      apply: ([x, ct]) => t.leakyReluGrad(x!, ct!, 0),
      shape: [7],
    },
    {
      name: "scalar",
      operands: [floats([]), floats([])],
      apply: ([x, ct]) => t.leakyReluGrad(x!, ct!, 0.3),
      shape: [],
    },
  ],
  // Its derivative is defined to be zero, so finite differences do not apply.
  stopGradient: unary(t.stopGradient).map((entry) => ({ ...entry, differences: false })),

  add: binary(t.add),
  sub: binary(t.sub),
  mul: binary(t.mul),
  div: binary(t.div, "positive"),
  maximum: binary(t.maximum),
  minimum: binary(t.minimum),
  greater: [...binary(t.greater, "any", "bool"), integers("i32", t.greater)],
  equal: [
    ...binary(t.equal, "any", "bool"),
    integers("i32", t.equal),
    {
      name: "some equal",
      operands: [floats([4], [1, 2, 3, 4]), floats([4], [1, -2, 3, -4])],
      apply: ([a, b]) => t.equal(a!, b!),
      shape: [4],
      dtype: "bool",
      differences: false,
    },
  ],
  select: [
    {
      name: "same shape",
      operands: [floats([2, 3]), floats([2, 3]), floats([2, 3])],
      apply: ([c, a, b]) => t.select(t.greater(c!, 0), a!, b!),
      shape: [2, 3],
    },
    {
      name: "all three broadcast",
      operands: [floats([4, 1, 1]), floats([3, 1]), floats([2])],
      apply: ([c, a, b]) => t.select(t.greater(c!, 0), a!, b!),
      shape: [4, 3, 2],
    },
    {
      name: "a number",
      operands: [floats([5]), floats([5])],
      apply: ([c, a]) => t.select(t.greater(c!, 0), a!, 7),
      shape: [5],
    },
  ],
  cast: [
    {
      name: "u8 to f32",
      operands: [{ shape: [4], dtype: "u8", values: [0, 1, 128, 255] }],
      apply: ([x]) => t.cast(x!, "f32"),
      shape: [4],
    },
    {
      name: "i32 to f32",
      operands: [{ shape: [3], dtype: "i32", values: [-7, 0, 9] }],
      apply: ([x]) => t.cast(x!, "f32"),
      shape: [3],
    },
    {
      name: "f32 to i32 truncates",
      operands: [floats([4], [-1.7, -0.2, 0.9, 2.5])],
      apply: ([x]) => t.cast(x!, "i32"),
      shape: [4],
      dtype: "i32",
    },
    { name: "bool to f32", operands: [floats([6])], apply: ([x]) => t.cast(t.greater(x!, 0), "f32"), shape: [6] },
    {
      name: "f32 to bool",
      operands: [floats([3], [-1, 0.5, 2])],
      apply: ([x]) => t.cast(x!, "bool"),
      shape: [3],
      dtype: "bool",
    },
  ],

  reshape: [
    { name: "split an axis", operands: [floats([2, 6])], apply: ([x]) => t.reshape(x!, [2, 3, 2]), shape: [2, 3, 2] },
    { name: "flatten", operands: [floats([2, 3, 2])], apply: ([x]) => t.reshape(x!, [-1]), shape: [12] },
    { name: "to a scalar", operands: [floats([1, 1])], apply: ([x]) => t.reshape(x!, []), shape: [] },
    {
      name: "u8",
      operands: [{ shape: [4], dtype: "u8", values: [1, 2, 3, 4] }],
      apply: ([x]) => t.reshape(x!, [2, 2]),
      shape: [2, 2],
      dtype: "u8",
    },
  ],
  transpose: [
    { name: "matrix", operands: [floats([2, 3])], apply: ([x]) => t.transpose(x!, [1, 0]), shape: [3, 2] },
    { name: "a cycle", operands: [floats([2, 3, 4])], apply: ([x]) => t.transpose(x!, [1, 2, 0]), shape: [3, 4, 2] },
    {
      name: "NHWC to NCHW",
      operands: [floats([2, 3, 3, 2])],
      apply: ([x]) => t.transpose(x!, [0, 3, 1, 2]),
      shape: [2, 2, 3, 3],
    },
    {
      name: "u8",
      operands: [{ shape: [2, 2], dtype: "u8", values: [1, 2, 3, 4] }],
      apply: ([x]) => t.transpose(x!, [1, 0]),
      shape: [2, 2],
      dtype: "u8",
    },
  ],
  broadcastTo: [
    { name: "a scalar", operands: [floats([])], apply: ([x]) => t.broadcastTo(x!, [2, 3]), shape: [2, 3] },
    {
      name: "inner and outer",
      operands: [floats([3, 1])],
      apply: ([x]) => t.broadcastTo(x!, [2, 3, 4]),
      shape: [2, 3, 4],
    },
    {
      name: "a channel",
      operands: [floats([1, 3, 1, 1])],
      apply: ([x]) => t.broadcastTo(x!, [2, 3, 2, 2]),
      shape: [2, 3, 2, 2],
    },
    ...[
      [2, 2],
      [3, 2],
      [1, 2],
    ].map(([f, g]) => ({
      name: `pixels to windows of ${f} by ${g}`,
      operands: [floats([2, 3, 2, 1, 3, 1])],
      apply: ([x]: readonly Tensor[]) => t.broadcastTo(x!, [2, 3, 2, f!, 3, g!]),
      shape: [2, 3, 2, f!, 3, g!],
    })),
    {
      name: "samples and pixels of six axes",
      operands: [floats([1, 2, 2, 1, 3, 1])],
      apply: ([x]) => t.broadcastTo(x!, [2, 2, 2, 2, 3, 2]),
      shape: [2, 2, 2, 2, 3, 2],
    },
  ],
  slice: [
    { name: "a vector", operands: [floats([7])], apply: ([x]) => t.slice(x!, [2], [3]), shape: [3] },
    {
      name: "a box",
      operands: [floats([3, 4, 2])],
      apply: ([x]) => t.slice(x!, [1, 0, 1], [2, 3, 1]),
      shape: [2, 3, 1],
    },
    { name: "everything", operands: [floats([2, 2])], apply: ([x]) => t.slice(x!, [0, 0], [2, 2]), shape: [2, 2] },
    {
      name: "two disjoint parts of one vector",
      operands: [floats([9])],
      apply: ([x]) => t.slice(t.mul(t.slice(x!, [0], [4]), t.slice(x!, [5], [4])), [1], [2]),
      shape: [2],
    },
    {
      name: "u8",
      operands: [{ shape: [4], dtype: "u8", values: [1, 2, 3, 4] }],
      apply: ([x]) => t.slice(x!, [1], [2]),
      shape: [2],
      dtype: "u8",
    },
  ],
  pad: [
    { name: "a vector", operands: [floats([3])], apply: ([x]) => t.pad(x!, [1], [2]), shape: [6] },
    {
      name: "images",
      operands: [floats([2, 1, 2, 3])],
      apply: ([x]) => t.pad(x!, [0, 0, 1, 0], [0, 0, 2, 1]),
      shape: [2, 1, 5, 4],
    },
    { name: "nothing", operands: [floats([2])], apply: ([x]) => t.pad(x!, [0], [0]), shape: [2] },
  ],
  concat: [
    { name: "two rows", operands: [floats([1, 3]), floats([2, 3])], apply: (xs) => t.concat(xs, 0), shape: [3, 3] },
    {
      name: "three along the middle",
      operands: [floats([2, 1, 2]), floats([2, 3, 2]), floats([2, 2, 2])],
      apply: (xs) => t.concat(xs, 1),
      shape: [2, 6, 2],
    },
    { name: "one operand twice", operands: [floats([3])], apply: ([x]) => t.concat([x!, x!], 0), shape: [6] },
  ],

  reduceSum: [
    { name: "all", operands: [floats([2, 3])], apply: ([x]) => t.sumKeep(x!), shape: [1, 1] },
    {
      name: "channels",
      operands: [floats([2, 3, 2, 2])],
      apply: ([x]) => t.sumKeep(x!, [0, 2, 3]),
      shape: [1, 3, 1, 1],
    },
    { name: "unsorted axes", operands: [floats([2, 3, 2])], apply: ([x]) => t.sumKeep(x!, [2, 0]), shape: [1, 3, 1] },
    { name: "an axis of 1", operands: [floats([3, 1])], apply: ([x]) => t.sumKeep(x!, [1]), shape: [3, 1] },
    ...windows(t.sumKeep),
  ],
  reduceMax: [
    { name: "all", operands: [floats([2, 3])], apply: ([x]) => t.maxKeep(x!), shape: [1, 1] },
    { name: "rows", operands: [floats([3, 4])], apply: ([x]) => t.maxKeep(x!, [1]), shape: [3, 1] },
    ...windows(t.maxKeep),
    {
      name: "ties",
      operands: [floats([2, 3], [1, 1, 0, -2, -2, -2])],
      apply: ([x]) => t.maxKeep(x!, [1]),
      shape: [2, 1],
      differences: false,
    },
  ],

  matmul: [
    { name: "plain", operands: [floats([2, 3]), floats([3, 4])], apply: ([a, b]) => t.matmul(a!, b!), shape: [2, 4] },
    ...[true, false].flatMap((transposeA) =>
      [true, false].map((transposeB) => ({
        name: `batched${transposeA ? ", a transposed" : ""}${transposeB ? ", b transposed" : ""}`,
        operands: [floats(transposeA ? [2, 3, 2] : [2, 2, 3]), floats(transposeB ? [2, 4, 3] : [2, 3, 4])],
        apply: ([a, b]: Parameters<OpCase["apply"]>[0]) => t.matmul(a!, b!, { transposeA, transposeB }),
        shape: [2, 2, 4],
      })),
    ),
    {
      name: "a transposed",
      operands: [floats([3, 2]), floats([3, 4])],
      apply: ([a, b]) => t.matmul(a!, b!, { transposeA: true }),
      shape: [2, 4],
    },
    {
      name: "b transposed",
      operands: [floats([2, 3]), floats([4, 3])],
      apply: ([a, b]) => t.matmul(a!, b!, { transposeB: true }),
      shape: [2, 4],
    },
    {
      name: "both transposed",
      operands: [floats([3, 2]), floats([4, 3])],
      apply: ([a, b]) => t.matmul(a!, b!, { transposeA: true, transposeB: true }),
      shape: [2, 4],
    },
    {
      name: "two batch axes",
      operands: [floats([2, 1, 2, 2]), floats([2, 1, 2, 3])],
      apply: ([a, b]) => t.matmul(a!, b!),
      shape: [2, 1, 2, 3],
    },
    {
      name: "column times row",
      operands: [floats([3, 1]), floats([1, 2])],
      apply: ([a, b]) => t.matmul(a!, b!),
      shape: [3, 2],
    },
    {
      name: "a matrix with itself",
      operands: [floats([2, 3])],
      apply: ([a]) => t.matmul(a!, a!, { transposeB: true }),
      shape: [2, 2],
    },
  ],

  conv: convCases,
  convTranspose: convTransposeCases,
  convFilterGrad: convFilterGradCases,
};

function integers(dtype: "i32", op: typeof t.greater): OpCase {
  return {
    name: dtype,
    operands: [
      { shape: [3], dtype, values: [1, 2, 3] },
      { shape: [3], dtype, values: [1, 3, 2] },
    ],
    apply: ([a, b]) => op(a!, b!),
    shape: [3],
    dtype: "bool",
  };
}
