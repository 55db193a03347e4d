import { expect, it } from "vitest";
import { drawBins, randomOf } from "../../../tests/support/histories.ts";
import type { Reading } from "../history.ts";
import { changeOfKinds, motionOf } from "./motion.ts";

const look = (counts: readonly number[], i: number): Reading => ({
  step: i,
  images: i,
  values: {},
  vectors: { "bins/fake": counts },
});

const SHARES = [0.4, 0.3, 0.2, 0.1];

it("counts of one distribution change as much as chance does, those of two as much more as theory says", () => {
  const { uniform } = randomOf(3);
  const [count, looks] = [256, 2000];
  const still = Array.from({ length: looks }, (_, i) => look(drawBins(SHARES, count, uniform), i));
  // The mean of the ratio is 1; its median, of a sum of three squares, is below that.
  expect(changeOfKinds(still)).toBeGreaterThan(0.75);
  expect(changeOfKinds(still)).toBeLessThan(0.95);
  // From p to q and back: (n |p − q|² + chance) / chance, with chance 2 (1 − Σ m²) for the m half-way.
  const other = [...SHARES].reverse();
  const swinging = Array.from({ length: looks }, (_, i) => look(drawBins(i % 2 ? SHARES : other, count, uniform), i));
  const apart = SHARES.reduce((sum, p, k) => sum + (p - other[k]!) ** 2, 0);
  const middle = SHARES.reduce((sum, p, k) => sum + ((p + other[k]!) / 2) ** 2, 0);
  const expected =
    (count * apart) / (2 * (1 - middle)) + (1 - SHARES.reduce((sum, p) => sum + p * p, 0)) / (1 - middle);
  expect(Math.abs(changeOfKinds(swinging)! / expected - 1)).toBeLessThan(0.05);
});

it("one kind alone does not change, and too few looks say nothing", () => {
  expect(changeOfKinds([0, 1, 2].map((i) => look([256, 0, 0, 0], i)))).toBe(0);
  expect(changeOfKinds([0, 1].map((i) => look([128, 128, 0, 0], i)))).toBeUndefined();
  expect(changeOfKinds([0, 1, 2, 3].map((i) => look([Number.NaN, 1, 1, 1], i)))).toBeUndefined();
});

it("weights that go round, straight on, or to and fro are seen to", () => {
  const way = (of: (i: number) => readonly number[]) =>
    motionOf(
      Array.from({ length: 48 }, (_, i) => ({
        step: i,
        images: i,
        values: {},
        vectors: { "sketch/generator": of(i) },
      })),
      "generator",
    )!;
  const circle = way((i) => [Math.cos((i * Math.PI) / 6), Math.sin((i * Math.PI) / 6), 5]);
  expect(circle.turn).toBeCloseTo(30, 6);
  expect(circle.round?.lag).toBe(12);
  expect(circle.round?.peak).toBeGreaterThan(0.7);
  expect(circle.way).toBeCloseTo(47 * 2 * Math.sin(Math.PI / 12), 6);
  const line = way((i) => [i, 2 * i, 0]);
  expect(line.turn).toBeCloseTo(0, 4);
  expect(line.way / line.far).toBeCloseTo(1, 9);
  expect(way((i) => [i % 2, 0, 1])).toMatchObject({ turn: expect.closeTo(180, 4), round: { lag: 2 } });
  expect(way(() => [1, 2, 3])).toMatchObject({ way: 0, far: 0, turn: 0, round: null });
  expect(motionOf([], "generator")).toBeUndefined();
});
