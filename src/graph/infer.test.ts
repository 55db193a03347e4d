import { describe, expect, test } from "vitest";
import { grad } from "../autodiff/grad.ts";
import { GantryError } from "../util/errors.ts";
import { convOutputSize } from "./infer.ts";
import type { ConvGeometry, Tensor } from "./ops.ts";
import { inScope } from "./scope.ts";
import * as t from "./tensor.ts";

const x = t.input("x", [2, 3]);
const bytes = t.input("bytes", [2, 3], "u8");
const image = t.input("image", [8, 3, 32, 32]);
const filter = t.input("filter", [64, 3, 4, 4]);
const geometry: ConvGeometry = { strides: [2, 2], pads: [1, 1, 1, 1], dilations: [1, 1], groups: 1 };

/** The message, and the help if there is any. */
function messageOf(build: () => Tensor | readonly Tensor[]): string {
  try {
    build();
  } catch (error) {
    if (!(error instanceof GantryError)) throw error;
    expect([error.name, error.exitCode]).toEqual(["ShapeError", 2]);
    return error.help === undefined ? error.message : `${error.message}\nhelp: ${error.help}`;
  }
  return "accepted";
}

describe("an error names the op, the place, and both operands", () => {
  test("with nested scopes", () => {
    const build = () =>
      inScope("generator", () =>
        inScope("block2", () => inScope("conv", () => t.conv(image, t.input("w", [64, 16, 4, 4]), geometry))),
      );
    expect(messageOf(build)).toMatchInlineSnapshot(
      `"conv at generator/block2/conv: the filter f32[64,16,4,4] expects 16 input channels, x is f32[8,3,32,32]"`,
    );
  });

  test("the scope ends with its body, also when that throws", () => {
    expect(() => inScope("generator", () => t.add(x, t.input("y", [4])))).toThrow("add at generator:");
    expect(messageOf(() => t.add(x, t.input("y", [4])))).toMatchInlineSnapshot(
      `"add: shapes do not broadcast: f32[2,3] and f32[4]"`,
    );
  });
});

describe("messages", () => {
  const say = (build: () => Tensor | readonly Tensor[]) => expect(messageOf(build));

  test("element-wise", () => {
    say(() => t.mul(x, t.input("y", [3, 2]))).toMatchInlineSnapshot(
      `"mul: shapes do not broadcast: f32[2,3] and f32[3,2]"`,
    );
    say(() => t.add(x, bytes)).toMatchInlineSnapshot(`"add: operands differ in type: f32[2,3] and u8[2,3]"`);
    say(() => t.add(bytes, bytes)).toMatchInlineSnapshot(`
      "add: needs f32, got u8[2,3]
      help: cast it first"
    `);
    say(() => t.exp(bytes)).toMatchInlineSnapshot(`
      "exp: needs f32, got u8[2,3]
      help: cast it first"
    `);
    say(() => t.leakyReluGrad(x, t.input("ct", [3, 2]), 0.2)).toMatchInlineSnapshot(
      `"leakyReluGrad: x is f32[2,3] but its gradient is f32[3,2]"`,
    );
    say(() => t.leakyReluGrad(x, bytes, 0.2)).toMatchInlineSnapshot(`
      "leakyReluGrad: needs f32, got u8[2,3]
      help: cast it first"
    `);
    say(() => t.select(x, x, x)).toMatchInlineSnapshot(`"select: the condition must be bool, got f32[2,3]"`);
    say(() => t.select(t.greater(x, 0), x, bytes)).toMatchInlineSnapshot(
      `"select: branches differ in type: f32[2,3] and u8[2,3]"`,
    );
    say(() => t.select(t.greater(x, 0), t.input("y", [4]), x)).toMatchInlineSnapshot(
      `"select: shapes do not broadcast: bool[2,3], f32[4] and f32[2,3]"`,
    );
  });

  test("leaves", () => {
    say(() => t.constant(Float32Array.of(1, 2, 3), [2, 2])).toMatchInlineSnapshot(
      `"constant: 3 values do not fill shape [2,2]"`,
    );
    say(() => t.input("z", [2.5, -1])).toMatchInlineSnapshot(`"input: "z" cannot have shape [2.5,-1]"`);
  });

  test("moving elements", () => {
    say(() => t.reshape(x, [4, 2])).toMatchInlineSnapshot(`"reshape: f32[2,3] has 6 elements, [4,2] has 8"`);
    say(() => t.reshape(x, [-1, 4])).toMatchInlineSnapshot(`"reshape: the 6 elements of f32[2,3] do not fill [1.5,4]"`);
    say(() => t.transpose(x, [0, 0])).toMatchInlineSnapshot(`"transpose: [0,0] does not permute the axes of f32[2,3]"`);
    say(() => t.broadcastTo(x, [3, 3])).toMatchInlineSnapshot(`"broadcastTo: f32[2,3] does not broadcast to [3,3]"`);
    say(() => t.broadcastTo(x, [3])).toMatchInlineSnapshot(`"broadcastTo: f32[2,3] does not broadcast to [3]"`);
    say(() => t.slice(x, [1, 1], [1, 3])).toMatchInlineSnapshot(`"slice: [1,1] + [1,3] does not lie inside f32[2,3]"`);
    say(() => t.pad(x, [1], [1])).toMatchInlineSnapshot(
      `"pad: [1] and [1] must be non-negative, one for each axis of f32[2,3]"`,
    );
    say(() => t.concat([x, t.input("y", [2, 4])], 0)).toMatchInlineSnapshot(
      `"concat: f32[2,3] and f32[2,4] must match except along axis 0"`,
    );
    say(() => t.concat([x, x], 2)).toMatchInlineSnapshot(`"concat: axis 2 is not an axis of f32[2,3]"`);
    say(() => t.makeNode("concat", [], { axis: 0 })).toMatchInlineSnapshot(`"concat: needs at least one operand"`);
  });

  test("reductions", () => {
    say(() => t.sumKeep(x, [2])).toMatchInlineSnapshot(`"reduceSum: axis 2 is not an axis of f32[2,3]"`);
    say(() => t.maxKeep(x, [-1])).toMatchInlineSnapshot(`"reduceMax: axis -1 is not an axis of f32[2,3]"`);
    say(() => t.sumKeep(x, [1, 1])).toMatchInlineSnapshot(`"reduceSum: [1,1] names an axis of f32[2,3] twice"`);
    say(() => t.sumKeep(bytes)).toMatchInlineSnapshot(`
      "reduceSum: needs f32, got u8[2,3]
      help: cast it first"
    `);
  });

  test("products", () => {
    say(() => t.matmul(x, x)).toMatchInlineSnapshot(`"matmul: inner or leading axes differ: f32[2,3] and f32[2,3]"`);
    say(() => t.matmul(x, t.input("y", [2, 4]), { transposeB: true })).toMatchInlineSnapshot(
      `"matmul: inner or leading axes differ: f32[2,3] and f32[2,4] transposed"`,
    );
    say(() => t.matmul(x, t.input("y", [3]))).toMatchInlineSnapshot(
      `"matmul: needs two operands with the same number (at least 2) of axes, got f32[2,3] and f32[3]"`,
    );
    say(() => t.matmul(x, t.input("y", [3, 2], "i32"))).toMatchInlineSnapshot(`
      "matmul: needs f32, got i32[3,2]
      help: cast it first"
    `);
  });

  test("convolutions", () => {
    say(() => t.conv(x, filter, geometry)).toMatchInlineSnapshot(
      `"conv: x must have 4 axes [N, C, H, W], got f32[2,3]"`,
    );
    say(() => t.conv(t.input("grey", [8, 1, 32, 32]), filter, geometry)).toMatchInlineSnapshot(
      `"conv: the filter f32[64,3,4,4] expects 3 input channels, x is f32[8,1,32,32]"`,
    );
    say(() => t.conv(image, filter, { ...geometry, groups: 3 })).toMatchInlineSnapshot(
      `"conv: 3 groups do not divide the 64 output channels of the filter f32[64,3,4,4]"`,
    );
    say(() => t.conv(t.input("tiny", [8, 3, 1, 1]), filter, geometry)).toMatchInlineSnapshot(
      `"conv: a 4x4 kernel does not fit into f32[8,3,1,1] with pads [1,1,1,1]"`,
    );
    say(() => t.conv(image, filter, { ...geometry, strides: [0, 2] })).toMatchInlineSnapshot(
      `"conv: strides must be whole numbers of at least 1, got [0,2]"`,
    );
    say(() => t.conv(t.input("raw", [8, 3, 32, 32], "u8"), filter, geometry)).toMatchInlineSnapshot(`
      "conv: needs f32, got u8[8,3,32,32]
      help: cast it first"
    `);
    say(() =>
      t.convTranspose(t.input("y", [8, 64, 4, 4]), filter, { ...geometry, size: [7, 8] }),
    ).toMatchInlineSnapshot(`"convTranspose: an output of 7x8 would need an input of 3x4, y is f32[8,64,4,4]"`);
    say(() =>
      t.convTranspose(t.input("y", [8, 32, 4, 4]), filter, { ...geometry, size: [8, 8] }),
    ).toMatchInlineSnapshot(`"convTranspose: the filter f32[64,3,4,4] expects 64 input channels, y is f32[8,32,4,4]"`);
    say(() =>
      t.convTranspose(t.input("y", [8, 64, 4, 4]), filter, { ...geometry, size: [8, 8], groups: 5 }),
    ).toMatchInlineSnapshot(`"convTranspose: 5 groups do not divide the 64 input channels of f32[64,3,4,4]"`);
    say(() =>
      t.convFilterGrad(image, t.input("y", [8, 64, 4, 4]), { ...geometry, kernel: [4, 4] }),
    ).toMatchInlineSnapshot(`"convFilterGrad: a 4x4 kernel over f32[8,3,32,32] gives 16x16, y is f32[8,64,4,4]"`);
    say(() =>
      t.convFilterGrad(image, t.input("y", [8, 64, 16, 16]), { ...geometry, kernel: [4, 4], groups: 2 }),
    ).toMatchInlineSnapshot(
      `"convFilterGrad: 2 groups do not divide the channels of f32[8,3,32,32] and f32[8,64,16,16]"`,
    );
  });

  test("differentiation", () => {
    say(() => grad(x, [x])).toMatchInlineSnapshot(`"grad: the loss must be a scalar, got f32[2,3]"`);
  });
});

test("output lengths of a convolution", () => {
  expect(convOutputSize(32, 4, 2, 2, 1)).toBe(16);
  expect(convOutputSize(28, 5, 2, 3, 1)).toBe(14);
  expect(convOutputSize(7, 3, 2, 0, 2)).toBe(2);
  expect(convOutputSize(4, 4, 1, 0, 1)).toBe(1);
});
