import { describe, expect, it } from "vitest";
import type { Shape } from "../graph/ops.ts";
import { sizeOf } from "../graph/ops.ts";
import { streamKey } from "../util/rng.ts";
import {
  fanInUniform,
  fans,
  fillWith,
  glorotUniform,
  heNormal,
  type Initializer,
  normal,
  ones,
  uniform,
  zeros,
} from "./init.ts";

function draw(init: Initializer, shape: Shape, name = "weight"): Float32Array {
  const out = new Float32Array(sizeOf(shape));
  init(streamKey(3, name), shape, out);
  return out;
}

/** A dense and two convolution weights; 65,536 elements or more. */
const shapes: readonly { readonly shape: Shape; readonly fanIn: number; readonly fanOut: number }[] = [
  { shape: [128, 512], fanIn: 512, fanOut: 128 },
  { shape: [64, 64, 4, 4], fanIn: 1024, fanOut: 1024 },
  { shape: [32, 256, 3, 3], fanIn: 2304, fanOut: 288 },
];

it("fills with one value", () => {
  expect([...draw(zeros, [3])]).toEqual([0, 0, 0]);
  expect([...draw(ones, [3])]).toEqual([1, 1, 1]);
  expect([...draw(fillWith(-2), [3])]).toEqual([-2, -2, -2]);
});

describe.each(shapes)("for a weight of [$shape]", ({ shape, fanIn, fanOut }) => {
  const n = sizeOf(shape);

  it("counts the fans", () => {
    expect(fans(shape)).toEqual({ fanIn, fanOut });
  });

  it.each([
    { name: "normal(0.02)", init: normal(0.02), std: 0.02, mean: 0 },
    { name: "normal(0.02, 1)", init: normal(0.02, 1), std: 0.02, mean: 1 },
    { name: "heNormal", init: heNormal, std: Math.sqrt(2 / fanIn), mean: 0 },
  ])("draws $name with its mean, deviation and tails", ({ init, std, mean }) => {
    const values = draw(init, shape);
    const found = values.reduce((sum, x) => sum + x, 0) / n;
    const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / n;
    // Five standard errors.
    expect(Math.abs(found - mean)).toBeLessThan((5 * std) / Math.sqrt(n));
    expect(Math.abs(variance / std ** 2 - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
    // Nothing is cut off at two deviations.
    expect(values.filter((x) => Math.abs(x - mean) > 2 * std).length / n).toBeCloseTo(0.0455, 2);
  });

  it.each([
    { name: "uniform(0.3)", init: uniform(0.3), bound: 0.3 },
    { name: "glorotUniform", init: glorotUniform, bound: Math.sqrt(6 / (fanIn + fanOut)) },
    { name: "fanInUniform()", init: fanInUniform(), bound: 1 / Math.sqrt(fanIn) },
    { name: "fanInUniform(9)", init: fanInUniform(9), bound: 1 / 3 },
  ])("draws $name up to its bound", ({ init, bound }) => {
    const values = draw(init, shape);
    const largest = values.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
    expect(largest).toBeLessThanOrEqual(bound * (1 + 1e-6));
    expect(largest).toBeGreaterThan(bound * 0.999);
    expect(Math.abs(values.reduce((sum, x) => sum + x, 0) / n)).toBeLessThan((5 * bound) / Math.sqrt(3 * n));
    const variance = values.reduce((sum, x) => sum + x * x, 0) / n;
    expect(variance / (bound ** 2 / 3)).toBeCloseTo(1, 1);
  });
});

it("draws other numbers for another parameter or seed, the same for the same", () => {
  expect(draw(normal(1), [8])).toEqual(draw(normal(1), [8]));
  expect(draw(normal(1), [8])).not.toEqual(draw(normal(1), [8], "other"));
});
