import { expect, it } from "vitest";
import { normals, rowsOf } from "../../../tests/support/looks.ts";
import type { Rows } from "../look.ts";
import { meanBetween, nearestIn, PAIRED_ROWS, within } from "./distances.ts";

const distance = (a: Rows, i: number, b: Rows, j: number) =>
  Math.hypot(
    ...Array.from({ length: a.columns }, (_, c) => a.values[i * a.columns + c]! - b.values[j * b.columns + c]!),
  );

// Numbers of rows that are no multiples of the blocks, far from the origin.
const a = rowsOf(
  5,
  normals("a", 5 * 23).map((x) => 100 + x),
);
const b = rowsOf(
  5,
  normals("b", 5 * 14).map((x) => 100 + x),
);

it("finds the mean distance, the nearest row and the participation ratio within a set", () => {
  const found = within(a)!;
  const all = Array.from({ length: a.rows }, (_, i) =>
    Array.from({ length: a.rows }, (_, j) => distance(a, i, a, j)).filter((_, j) => j !== i),
  );
  expect(found.pair).toBeCloseTo(all.flat().reduce((s, x) => s + x, 0) / all.flat().length, 9);
  all.forEach((row, i) => {
    expect(found.nearest[i]).toBeCloseTo(Math.min(...row), 9);
  });
  // Five independent directions of one size, and few rows: between 3 and 5.
  expect(found.rank).toBeGreaterThan(3);
  expect(found.rank).toBeLessThanOrEqual(5);
  const line = within(
    rowsOf(
      2,
      Float32Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? i : 3 * (i - 1))),
    ),
  )!;
  expect(line.rank).toBeCloseTo(1, 9);
});

it("finds the mean distance and the nearest rows between two sets", () => {
  let total = 0;
  const { index, distance: near } = nearestIn(a, b);
  for (let i = 0; i < a.rows; i++) {
    const row = Array.from({ length: b.rows }, (_, j) => distance(a, i, b, j));
    total += row.reduce((s, x) => s + x, 0);
    expect(index[i]).toBe(row.indexOf(Math.min(...row)));
    expect(near[i]).toBeCloseTo(Math.min(...row), 9);
  }
  expect(meanBetween(a, b)).toBeCloseTo(total / (a.rows * b.rows), 9);
});

it("tells equal rows from near ones, and a row from itself", () => {
  const values = Float32Array.from([1e4, 2e4, 1e4, 2e4, 1e4, 2e4 + 0.01, 0, 0]);
  const set = rowsOf(2, values);
  const { nearest } = within(set)!;
  expect([nearest[0], nearest[1]]).toEqual([0, 0]);
  expect(nearest[2]).toBeCloseTo(0.01, 2);
  const own = nearestIn(set, set, [0, 1, 2, 3]);
  expect([...own.index.subarray(0, 2)]).toEqual([1, 0]);
  expect(within(rowsOf(2, new Float32Array(20).fill(0.1)))).toMatchObject({ pair: 0, rank: 0 });
});

it("reports what is not finite, and says nothing of a single row", () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const values = normals("c", 20);
    values[7] = bad;
    const found = within(rowsOf(2, values))!;
    expect(found.pair).toBeNaN();
    expect(found.rank).toBeNaN();
    expect([...found.nearest].every(Number.isNaN)).toBe(true);
    expect(meanBetween(rowsOf(2, values), rowsOf(2, normals("d", 20)))).toBeNaN();
    expect(nearestIn(rowsOf(2, values), rowsOf(2, normals("d", 20))).distance[3]).toBeNaN();
  }
  expect(within(rowsOf(2, new Float32Array(2)))).toBeUndefined();
});

it("takes the first rows only where there are many", () => {
  const many = rowsOf(2, normals("many", 2 * (PAIRED_ROWS + 9)));
  const first = rowsOf(2, many.values.slice(0, 2 * PAIRED_ROWS));
  expect(within(many)).toEqual(within(first));
});
