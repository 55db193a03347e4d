/** @file The all-pairs generator: every pair that can meet does, and the rows are few. */

import { describe, expect, it } from "vitest";
import { type Accepts, allPairs, type Combination, coverPairs, type Factors, holdsPair } from "./pairs.ts";

type Name = "a" | "b" | "c" | "d" | "e";

const levels = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}${i}`);
const factors: Factors<Name> = {
  a: levels("a", 7),
  b: levels("b", 5),
  c: levels("c", 4),
  d: levels("d", 2),
  e: ["e0"],
};

/** The whole product. */
function product(): Combination<Name>[] {
  return Object.entries(factors).reduce<object[]>(
    (rows, [name, list]) => rows.flatMap((row) => list.map((level) => ({ ...row, [name]: level }))),
    [{}],
  ) as Combination<Name>[];
}

const holds = (rows: readonly Combination<Name>[], pair: ReturnType<typeof allPairs<Name>>[number]) =>
  rows.some((row) => holdsPair(row, pair));

/** c1 goes with d0 alone, a0 never with b0, and a3 with c1 only: which also forbids a3 with d1. */
const restricted: Accepts<Name> = ({ a, b, c, d }) =>
  !(c === "c1" && d === "d1") && !(a === "a0" && b === "b0") && !(a === "a3" && c !== undefined && c !== "c1");

describe.each<{ name: string; accepts: Accepts<Name> }>([
  { name: "without restrictions", accepts: () => true },
  { name: "with restrictions", accepts: restricted },
])("a design $name", ({ accepts }) => {
  const { rows, impossible } = coverPairs(factors, accepts);
  const possible = product().filter(accepts);

  it("has only accepted and complete rows", () => {
    for (const row of rows) expect(possible).toContainEqual(row);
  });

  it("lets every two levels meet that meet in any accepted combination, and lists the others", () => {
    const listed = new Set(impossible.map((pair) => JSON.stringify(pair)));
    for (const pair of allPairs(factors)) {
      const can = holds(possible, pair);
      expect(holds(rows, pair), JSON.stringify(pair)).toBe(can);
      expect(listed.has(JSON.stringify(pair)), JSON.stringify(pair)).toBe(!can);
    }
  });

  it("is short: at most half as many rows again as the largest two factors have pairs", () => {
    expect(rows.length).toBeGreaterThanOrEqual(accepts === restricted ? 34 : 35);
    expect(rows.length).toBeLessThanOrEqual(52);
  });

  it("is the same every time", () => {
    expect(coverPairs(factors, accepts).rows).toEqual(rows);
  });
});

it("lists exactly the pairs that the restrictions forbid, also those that follow from two of them", () => {
  const { impossible } = coverPairs(factors, restricted);
  const text = impossible.map(([[, a], [, b]]) => `${a} ${b}`).sort();
  expect(text).toEqual(["a0 b0", "a3 c0", "a3 c2", "a3 c3", "a3 d1", "c1 d1"].sort());
});

it("wants only the pairs it is asked for, and fills the rest with what is cheapest", () => {
  const wanted = allPairs(factors).filter(([[x, a]]) => x === "a" && a === "a1");
  const { rows } = coverPairs(
    factors,
    () => true,
    (_, level) => (level === "b3" || level === "d1" ? 0 : 1),
    wanted,
  );
  for (const pair of wanted) expect(holds(rows, pair)).toBe(true);
  // b has five levels, and nothing else as many.
  expect(rows.length).toBe(5);
  expect(rows.filter(({ a }) => a !== "a1")).toEqual([]);
  expect(rows.filter(({ d }) => d === "d0").length).toBe(1);
});
