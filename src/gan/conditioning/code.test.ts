import { describe, expect, it } from "vitest";
import { evaluate } from "../../backend/reference/reference.ts";
import { buildGraph } from "../../graph/graph.ts";
import { input } from "../../graph/tensor.ts";
import { drawCodes } from "./code.ts";

/** The codes drawn from given noise. */
function codes(categories: number, continuous: number, noise: Readonly<Record<string, number[]>>): number[][] {
  const count = Object.values(noise)[0]!.length / (categories > 0 ? 1 : continuous);
  const drawn = drawCodes({ categories, continuous }, count, (name, shape, distribution) => {
    expect(distribution).toEqual({ kind: "uniform" });
    return input(name, shape);
  });
  const values = evaluate(buildGraph({ drawn }), noise).drawn!;
  const size = categories + continuous;
  return Array.from({ length: count }, (_, i) => Array.from(values).slice(i * size, (i + 1) * size));
}

const onehot = (k: number, size: number) => Array.from({ length: size }, (_, i) => (i === k ? 1 : 0));

describe("a drawn code", () => {
  it.each([2, 3, 7, 10, 60])("is one of %d categories for every number a stream can give", (categories) => {
    const last = 1 - 2 ** -24;
    const edges = Array.from({ length: categories }, (_, k) => k / categories);
    const within = edges.map((edge) => edge + 0.5 / categories);
    const rows = codes(categories, 0, { "code/category": [0, last, ...within] });
    expect(rows).toEqual([0, categories - 1, ...within.keys()].map((k) => onehot(k, categories)));
    // At an edge it is one of the neighbours, and only one.
    for (const row of codes(categories, 0, { "code/category": edges.map(Math.fround) })) {
      expect(row.filter((value) => value === 1)).toHaveLength(1);
      expect(row.filter((value) => value === 0)).toHaveLength(categories - 1);
    }
  });

  it("has continuous numbers of -1 to 1", () => {
    expect(codes(0, 2, { "code/continuous": [0, 0.5, 0.75, 1 - 2 ** -24] })).toEqual([
      [-1, 0],
      [0.5, 1 - 2 ** -23],
    ]);
  });

  it("has both, the category first", () => {
    expect(codes(2, 1, { "code/category": [0.75], "code/continuous": [0.25] })).toEqual([[0, 1, -0.5]]);
  });
});
