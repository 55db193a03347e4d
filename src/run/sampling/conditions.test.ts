import { describe, expect, it } from "vitest";
import { ConfigError } from "../../util/errors.ts";
import { findClasses, fixedConditions, gridColumns, seedConditions } from "./conditions.ts";

const labels = { kind: "labels", classes: 3 } as const;
const code = { kind: "code", categories: 2, continuous: 2, variance: "unit" } as const;

/** The rows of a matrix of `size` columns. */
const rows = (values: Float32Array | undefined, size: number) =>
  Array.from({ length: values!.length / size }, (_, i) => [...values!.subarray(i * size, (i + 1) * size)]);

const one = (k: number) => [0, 1, 2].map((i) => (i === k ? 1 : 0));

describe("what samples are asked for", () => {
  it("takes the classes in turn in the fixed grid", () => {
    expect(rows(fixedConditions(0, labels, 5), 3)).toEqual([one(0), one(1), one(2), one(0), one(1)]);
  });

  it("is a function of the seed alone, or of the seed and the chosen classes", () => {
    expect(rows(seedConditions(labels, [4, 0, 5]), 3)).toEqual([one(1), one(0), one(2)]);
    expect(rows(seedConditions(labels, [4, 0, 5], [2]), 3)).toEqual([one(2), one(2), one(2)]);
    expect(rows(seedConditions(labels, [4, 0, 5], [2, 1]), 3)).toEqual([one(2), one(2), one(1)]);
  });

  it("has continuous codes in -1..1 that stay the same", () => {
    const many = rows(seedConditions(code, [7, 8, 9, 10]), 4);
    expect(many.map(([a, b]) => [a, b])).toEqual([
      [0, 1],
      [1, 0],
      [0, 1],
      [1, 0],
    ]);
    const continuous = many.flatMap((row) => row.slice(2));
    expect(continuous.every((value) => Math.abs(value) <= 1)).toBe(true);
    expect(new Set(continuous).size).toBe(8);
    expect(rows(seedConditions(code, [9], [1]), 4)).toEqual([[0, 1, ...many[2]!.slice(2)]]);
    expect(fixedConditions(3, code, 9)!.subarray(0, 16)).toEqual(fixedConditions(3, code, 4));
    expect(fixedConditions(4, code, 4)).not.toEqual(fixedConditions(3, code, 4));
    const plain = { ...code, categories: 0 };
    expect(fixedConditions(3, plain, 2)).toHaveLength(4);
    expect(fixedConditions(3, plain, 2)!.every(Number.isFinite)).toBe(true);
  });

  it("is nothing in a game without condition", () => {
    expect(fixedConditions(0, undefined, 4)).toBeUndefined();
    expect(seedConditions(undefined, [1])).toBeUndefined();
  });
});

describe("finding classes", () => {
  const shape = [2];
  const animals = { condition: labels, sample: { kind: "points", shape, classes: ["cat", "2", "a,b"] } } as const;

  it.each([
    ["cat", [0]],
    ["1", [1]],
    // A name goes before a number.
    ["2", [1]],
    ["0, cat,1", [0, 0, 1]],
    ["a,b", [2]],
  ])("%s", (text, found) => {
    expect(findClasses(animals, text)).toEqual(found);
  });

  it.each<[string, Parameters<typeof findClasses>[0], string, string, string]>([
    ["a mistyped name", animals, "cta", 'no class "cta". Did you mean "cat"?', "numbered from 0 to 2 (cat, 2, a,b)"],
    ["a number too large", animals, "3", 'no class "3"', "the run has 3"],
    ["a negative number", animals, "-1", 'no class "-1"', "the run has 3"],
    ["nothing", animals, "", 'no class ""', "the run has 3"],
    ["a category", { ...animals, condition: code }, "5", 'no category "5"', "from 0 to 1"],
    [
      "a code without categories",
      { ...animals, condition: { ...code, categories: 0 } },
      "0",
      "no categories",
      "code=10",
    ],
    ["no condition", { ...animals, condition: undefined }, "0", "without classes", "conditioning=projection"],
  ])("%s is refused", (_, game, text, message, help) => {
    const { sample } = game;
    const asked = game.condition?.kind === "code" ? { ...game, sample: { kind: sample.kind, shape } } : game;
    try {
      findClasses(asked, text);
      expect.fail("it was found");
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      expect((error as ConfigError).message).toContain(message);
      expect((error as ConfigError).help).toContain(help);
    }
  });
});

it.each([
  [64, 10, 10],
  [64, 2, 8],
  [64, 3, 9],
  [64, 1, undefined],
  [64, 0, undefined],
  [64, 100, undefined],
  [5, 10, undefined],
  [2000, 10, 40],
])("a grid of %d with %d classes has %s columns", (count, period, columns) => {
  expect(gridColumns(count, period)).toBe(columns);
});
