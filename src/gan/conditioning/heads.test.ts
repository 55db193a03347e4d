import { describe, expect, it } from "vitest";
import { evaluate } from "../../backend/reference/reference.ts";
import { buildGraph } from "../../graph/graph.ts";
import { constant } from "../../graph/tensor.ts";
import { constantsOnly } from "../../optim/schedule.ts";
import type { GameView } from "../penalty.ts";
import { classTerm, crossEntropy } from "./heads.ts";

const matrix = (...rows: readonly (readonly number[])[]) =>
  constant(Float32Array.from(rows.flat()), [rows.length, rows[0]!.length]);

it("cross-entropy does not overflow, however sure the head is", () => {
  const value = (logits: readonly number[], label: readonly number[]) =>
    evaluate(buildGraph({ x: crossEntropy(matrix(logits), matrix(label)) }), {}).x![0]!;
  expect(value([1e4, 0], [1, 0])).toBe(0);
  expect(value([1e4, 0], [0, 1])).toBe(1e4);
  expect(value([-3e4, -3e4], [0, 1])).toBeCloseTo(Math.log(2), 6);
});

describe("how often the class head is right", () => {
  const share = (...logits: readonly (readonly number[])[]) => {
    const fake = matrix(...logits);
    const labels = matrix(...logits.map((_, i) => (i % 2 === 0 ? [1, 0, 0, 0] : [0, 1, 0, 0])));
    const view = { shown: { fake: new Map([["classes", fake]]) }, condition: labels } as unknown as GameView;
    const result = classTerm({ weight: 1, generatorWeight: 1 }).term(view, {}, "generator", constantsOnly);
    if ("op" in result) return expect.fail("nothing is measured");
    return evaluate(buildGraph({ x: result.measured!["classes/fake"]! }), {}).x![0];
  };

  it("counts the largest logit", () => {
    expect(share([2, 1, 0, -1], [0, 3, 0, 0])).toBe(1);
    expect(share([2, 1, 0, -1], [3, 0, 0, 0])).toBe(0.5);
  });

  it("does not take a head that says the same of all classes for one that knows them", () => {
    expect(share([0, 0, 0, 0], [5, 5, 5, 5])).toBe(0.25);
    expect(share([1, 1, 0, 0], [5, 0, 0, 5])).toBe(0.25);
  });
});
