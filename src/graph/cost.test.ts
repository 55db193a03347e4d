/** @file Costs that can be counted by hand. */

import { describe, expect, it } from "vitest";
import { grad } from "../autodiff/grad.ts";
import { graphCost } from "./cost.ts";
import { buildGraph } from "./graph.ts";
import type { ConvGeometry } from "./ops.ts";
import * as t from "./tensor.ts";

const flops = (...outputs: readonly ReturnType<typeof t.input>[]) =>
  graphCost(buildGraph(Object.fromEntries(outputs.map((x, i) => [`y${i}`, x])))).flops;

describe("operations", () => {
  it("of a matrix product are two for each multiplication, whichever side is transposed", () => {
    const [a, b] = [t.input("a", [3, 5]), t.input("b", [5, 7])];
    expect(flops(t.matmul(a, b))).toBe(2 * 3 * 5 * 7);
    const x = t.matmul(t.input("c", [5, 3]), b, { transposeA: true });
    expect(flops(x)).toBe(2 * 3 * 5 * 7);
    expect(flops(t.matmul(a, t.input("d", [7, 5]), { transposeB: true }))).toBe(2 * 3 * 5 * 7);
  });

  it("of a convolution, its input's and its filters' gradient are the same", () => {
    const geometry: ConvGeometry = { strides: [2, 2], pads: [1, 1, 1, 1], dilations: [1, 1], groups: 1 };
    const [x, w] = [t.input("x", [2, 3, 8, 8]), t.input("w", [5, 3, 4, 4])];
    const y = t.conv(x, w, geometry);
    const forward = 2 * (2 * 5 * 4 * 4) * (3 * 4 * 4);
    expect(flops(y)).toBe(forward);
    const [dx, dw] = grad(t.sum(t.square(y)), [x, w]);
    expect(flops(dx!)).toBe(2 * forward);
    expect(flops(dx!, dw!)).toBe(3 * forward);
  });
});

describe("memory", () => {
  const x = t.input("x", [100]);
  const live = (y: typeof x) => graphCost(buildGraph({ y: t.sum(y) })).live;

  it("is none for what only passes inputs on, and for views", () => {
    expect(live(x)).toBe(0);
    expect(live(t.reshape(x, [10, 10]))).toBe(0);
  });

  it("of elementwise operations in a row is that of one", () => {
    expect(live(t.exp(t.tanh(t.neg(x))))).toBe(400);
  });

  it("holds what is needed later", () => {
    const a = t.exp(x);
    // a stays for the product while its hyperbolic tangent is made.
    expect(live(t.mul(t.tanh(t.neg(a)), a))).toBe(800);
    expect(live(t.mul(t.tanh(t.reshape(a, [100])), a))).toBe(800);
  });
});
