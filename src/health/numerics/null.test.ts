import { expect, it } from "vitest";
import { normals } from "../../../tests/support/looks.ts";
import { aucNull, nullFrom } from "./null.ts";
import { auc } from "./numbers.ts";

/** Share of fresh values beyond a limit, over many nulls of 40 values each. */
function rates(draw: (stream: string, count: number) => number[], nulls = 300, fresh = 500) {
  let [below, above, width] = [0, 0, 0];
  for (let n = 0; n < nulls; n++) {
    const { low, high, sd } = nullFrom(draw(`values/${n}`, 40));
    const values = draw(`fresh/${n}`, fresh);
    below += values.filter((x) => x < low).length;
    above += values.filter((x) => x > high).length;
    width += (high - low) / sd / nulls;
  }
  return { below: below / (nulls * fresh), above: above / (nulls * fresh), width };
}

it("one fresh value in a thousand lies beyond each limit, or not many more, for even and for skewed values", () => {
  const normal = rates((stream, count) => [...normals(stream, count)]);
  // Student's limits are exact for normal values; what the expansion adds makes them rarer.
  expect(normal.below).toBeLessThan(0.0015);
  expect(normal.above).toBeLessThan(0.0015);
  expect(normal.below + normal.above).toBeGreaterThan(0.0001);
  expect(normal.width).toBeGreaterThan(6.2);
  expect(normal.width).toBeLessThan(9);
  // Chi-squared with 8 degrees of freedom: skewness 1, as of an energy distance.
  const skewed = rates(
    (stream, count) =>
      Array.from({ length: count }, (_, i) => normals(`${stream}/${i}`, 8).reduce((s, x) => s + x * x, 0)),
    60,
    300,
  );
  expect(skewed.above).toBeLessThan(0.004);
  expect(skewed.below).toBeLessThan(0.001);
});

it("few reals used again and again make the limits wider, and a grain is kept", () => {
  const values = [...normals("few", 40)];
  const [all, few] = [nullFrom(values), nullFrom(values, { independent: 2 })];
  expect((few.high - few.mean) / (all.high - all.mean)).toBeCloseTo(Math.sqrt(1.5 / (1 + 1 / 40)), 6);
  expect(nullFrom(new Array(40).fill(0), { grain: 0.1 })).toEqual({ mean: 0, sd: 0, low: -0.1, high: 0.1, pairs: 40 });
});

it("scores that say nothing lie within the null of P(a > b)", () => {
  const limits = aucNull(64, 32);
  const found = Array.from({ length: 2000 }, (_, i) => auc(normals(`a/${i}`, 64), normals(`b/${i}`, 32))!);
  const sd = Math.sqrt(found.reduce((s, x) => s + (x - 0.5) ** 2, 0) / found.length);
  expect(sd / limits.sd).toBeGreaterThan(0.95);
  expect(sd / limits.sd).toBeLessThan(1.05);
  expect(found.filter((x) => x < limits.low || x > limits.high).length).toBeLessThan(12);
});
