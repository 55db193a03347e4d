import { describe, expect, it } from "vitest";
import { evaluate } from "../../backend/reference/reference.ts";
import { buildGraph } from "../../graph/graph.ts";
import type { Tensor } from "../../graph/ops.ts";
import * as t from "../../graph/tensor.ts";
import { createFrom } from "../../util/registry.ts";
import type { Draw } from "../augment.ts";
import { augments } from "../augments.ts";
import { resampleRows, warp } from "./resample.ts";
import { mirrored, translated } from "./transforms.ts";

const compute = (y: Tensor) => [...evaluate(buildGraph({ y }), {}).y!];

/** `count` images of one pixel's width that hold their column, and the draw `i / count` for image i. */
const stairs: Draw = (_, [n]) =>
  t.constant(
    Float32Array.from({ length: n! }, (_, i) => (i + 0.5) / n!),
    [n!, 1, 1, 1],
  );

const row = (count: number, values: readonly number[]) =>
  t.constant(
    Float32Array.from({ length: count * values.length }, (_, i) => values[i % values.length]!),
    [count, 1, 1, values.length],
  );

describe("mirrored", () => {
  it("mirrors the share of images that it is asked to", () => {
    const out = compute(mirrored(row(20, [1, 2]), stairs, 0.35));
    expect(out.filter((_, i) => i % 2 === 0).filter((x) => x === 2)).toHaveLength(7);
  });
});

describe("translated", () => {
  it("makes every whole move equally likely", () => {
    // Eight pixels, an eighth: one pixel left, none, one right.
    const out = compute(translated(row(30, [1, 2, 3, 4, 5, 6, 7, 8]), stairs, 0.125, "zeros"));
    const first = out.filter((_, i) => i % 8 === 0);
    expect([2, 1, 0].map((x) => first.filter((y) => y === x).length)).toEqual([10, 10, 10]);
  });
});

describe("ada", () => {
  const x = t.constant(
    Float32Array.from({ length: 3 * 3 * 6 * 6 }, (_, i) => Math.sin(i)),
    [3, 3, 6, 6],
  );
  const noise: Draw = (name, shape) =>
    t.constant(
      Float32Array.from({ length: shape[0]! }, (_, i) => 0.5 + 0.49 * Math.sin(3 * i + name.length)),
      shape,
    );
  const ada = (options: object, strength: number) =>
    createFrom("augmentation", augments, { name: "ada", ...options }).transform!(x, { random: noise, strength });

  it("does nothing at strength 0", () => {
    const [out, given] = [compute(ada({}, 0)), compute(x)];
    out.forEach((value, i) => {
      expect(value).toBeCloseTo(given[i]!, 6);
    });
  });

  it("does nothing but blit with pixels that it has: each value of the result was one of the image", () => {
    const given = compute(x);
    for (const value of compute(ada({ parts: ["blit"] }, 1))) {
      expect(Math.min(...given.map((known) => Math.abs(known - value)))).toBeLessThan(1e-6);
    }
  });

  it.each(["blit", "geometry", "colour"])("does %s at strength 1", (part) => {
    const [out, given] = [compute(ada({ parts: [part] }, 1)), compute(x)];
    expect(Math.max(...out.map((value, i) => Math.abs(value - given[i]!)))).toBeGreaterThan(0.1);
  });
});

describe("warp", () => {
  it("takes each sample's own map, and builds its weights in parts where they are many", () => {
    const size = 64;
    const n = 20;
    const x = t.input("x", [n, 1, size, size]);
    const number = (values: readonly number[]) => t.constant(Float32Array.from(values), [n, 1, 1, 1]);
    const all = (value: number) => number(Array.from({ length: n }, () => value));
    // Sample i moves by i pixels.
    const map = { a: all(1), b: all(0), c: all(0), d: all(1), u: number([...Array(n).keys()]), v: all(0) };
    const y = warp(x, map, "zeros");
    const largest = Math.max(...buildGraph({ y }).nodes.map(({ shape }) => shape.reduce((a, b) => a * b, 1)));
    expect(largest).toBeLessThanOrEqual(2 ** 21);
    expect(largest).toBeGreaterThan(2 ** 20);
    const values = Float32Array.from({ length: n * size * size }, (_, i) => i % size);
    const out = evaluate(buildGraph({ y }), { x: values }).y!;
    for (const [sample, column] of [
      [0, 5],
      [7, 5],
      [19, 40],
    ] as const) {
      expect(out[sample * size * size + 3 * size + column]).toBeCloseTo(column + sample, 9);
    }
  });

  it("finds nothing further out than one mirror image", () => {
    const row = t.constant(Float32Array.of(1, 2, 3), [1, 1, 1, 3]);
    const places = t.constant(Float32Array.of(-3, -2, -1, -0.5, 0, 2, 3, 4, 5, 6), [1, 1, 1, 10]);
    expect(compute(resampleRows(row, places, "zeros"))).toEqual([0, 0, 0, 0.5, 1, 3, 0, 0, 0, 0]);
    expect(compute(resampleRows(row, places, "reflection"))).toEqual([2, 3, 2, 1.5, 1, 3, 2, 1, 0, 0]);
  });
});
