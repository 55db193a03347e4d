import { expect, it } from "vitest";
import { normals } from "../../../tests/support/looks.ts";
import { largestSingularValue } from "./singular-value.ts";

/** Plain power iteration, long enough for any gap that a small random matrix has. */
function reference(rows: number, columns: number, values: Float32Array): number {
  let x = Float64Array.from({ length: columns }, (_, i) => 1 + Math.sin(i));
  let sigma = 0;
  for (let step = 0; step < 2000; step++) {
    const y = Float64Array.from({ length: rows }, (_, r) => x.reduce((s, v, c) => s + v * values[r * columns + c]!, 0));
    const z = x.map((_, c) => y.reduce((s, v, r) => s + v * values[r * columns + c]!, 0));
    const length = Math.sqrt(z.reduce((s, v) => s + v * v, 0));
    sigma = Math.sqrt(length);
    x = z.map((v) => v / length);
  }
  return sigma;
}

it.each([
  [48, 64],
  [63, 41],
  [5, 90],
  [1, 30],
  [30, 1],
  [2, 2],
])("comes within 2 per cent from below on random matrices of %d×%d, the hardest there are", (rows, columns) => {
  const values = normals(`matrix/${rows}`, rows * columns);
  const found = largestSingularValue({ rows, columns, values }) / reference(rows, columns, values);
  expect(found).toBeGreaterThan(0.98);
  expect(found).toBeLessThan(1 + 1e-6);
});

it("comes within 4 per cent of √rows + √columns, what theory says, on a large random matrix", () => {
  const [rows, columns] = [200, 800];
  const found = largestSingularValue({ rows, columns, values: normals("large", rows * columns) });
  expect(found / (Math.sqrt(rows) + Math.sqrt(columns))).toBeGreaterThan(0.96);
  expect(found / (Math.sqrt(rows) + Math.sqrt(columns))).toBeLessThan(1.01);
});

it("is exact where one direction stands out, and for matrices of few directions", () => {
  const diagonal = new Float32Array(100).map((_, i) => (i % 11 === 0 ? 1 + i / 11 : 0));
  expect(largestSingularValue({ rows: 10, columns: 10, values: diagonal })).toBeCloseTo(10, 1);
  const [u, v] = [normals("u", 20), normals("v", 30)];
  const outer = Float32Array.from({ length: 600 }, (_, i) => u[Math.floor(i / 30)]! * v[i % 30]!);
  const length = (x: Float32Array) => Math.sqrt(x.reduce((s, a) => s + a * a, 0));
  expect(largestSingularValue({ rows: 20, columns: 30, values: outer })).toBeCloseTo(length(u) * length(v), 4);
  const identity = new Float32Array(64).map((_, i) => (i % 9 === 0 ? 3 : 0));
  expect(largestSingularValue({ rows: 8, columns: 8, values: identity })).toBeCloseTo(3, 6);
});

it("is 0 for zeros and NaN where a number is not finite", () => {
  expect(largestSingularValue({ rows: 3, columns: 4, values: new Float32Array(12) })).toBe(0);
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const values = normals("bad", 12);
    values[5] = bad;
    expect(largestSingularValue({ rows: 3, columns: 4, values })).toBeNaN();
  }
});
