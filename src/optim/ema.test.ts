import { describe, expect, it } from "vitest";
import { evaluate } from "../backend/reference/reference.ts";
import { buildGraph } from "../graph/graph.ts";
import { input } from "../graph/tensor.ts";
import { emaDecay, emaUpdate } from "./ema.ts";

describe("emaDecay", () => {
  it.each([1, 10, 64, 333])("halves what is remembered over a half-life, at batch %d", (batch) => {
    const updates = 10_000 / batch;
    expect(emaDecay(batch, 10_000, 0, 0) ** updates).toBeCloseTo(0.5, 12);
  });

  it("is shorter in the beginning with ramp-up, and begins by copying", () => {
    expect(emaDecay(64, 10_000, 0, 0.05)).toBe(0);
    // After 20,000 images the half-life is 1,000; from 200,000 on it is the full 10,000.
    expect(emaDecay(64, 10_000, 20_000, 0.05)).toBeCloseTo(0.5 ** (64 / 1000), 12);
    expect(emaDecay(64, 10_000, 200_000, 0.05)).toBe(emaDecay(64, 10_000, 0, 0));
    expect(emaDecay(64, 10_000, 900_000, 0.05)).toBe(emaDecay(64, 10_000, 0, 0));
  });
});

describe("emaUpdate", () => {
  const [average, value, decay] = [input("average", [3]), input("value", [3]), input("decay", [])];
  const graph = buildGraph({ out: emaUpdate(average, value, decay) });
  const at = (d: number) => evaluate(graph, { average: [1, -2, 5], value: [3, 4, 5], decay: [d] }).out!;

  it("keeps the average's share `decay`", () => {
    expect([...at(1)]).toEqual([1, -2, 5]);
    expect([...at(0)]).toEqual([3, 4, 5]);
    expect([...at(0.75)]).toEqual([1.5, -0.5, 5]);
  });

  it("is half-way to a value after a half-life", () => {
    let x = 0;
    const batch = 64;
    for (let images = 0; images < 6400; images += batch) {
      const d = emaDecay(batch, 6400, images, 0);
      x = evaluate(graph, { average: [x, 0, 0], value: [1, 0, 0], decay: [d] }).out![0]!;
    }
    expect(x).toBeCloseTo(0.5, 9);
  });
});
