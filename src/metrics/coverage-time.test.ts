import { expect, it } from "vitest";
import { type CoverageTime, coverageTime } from "./coverage-time.ts";

const found = (...captured: number[]): CoverageTime | undefined =>
  coverageTime(captured.map((count, i) => ({ step: 10 * (i + 1), images: 640 * (i + 1), captured: count, modes: 8 })));

it("is the first moment at which all modes are there", () => {
  expect(found(3, 7, 8, 8)).toEqual({ step: 30, images: 1920, stayed: true, losses: 0, worst: 8 });
  expect(found(8)).toMatchObject({ step: 10, stayed: true });
});

it("says when they were lost again, how often, and how many", () => {
  expect(found(1, 8, 7, 5, 8, 6)).toEqual({ step: 20, images: 1280, stayed: false, losses: 2, worst: 5 });
  // Lost and found again is not kept.
  expect(found(8, 7, 8)).toMatchObject({ step: 10, stayed: false, losses: 1, worst: 7 });
});

it("is undefined when some mode was always missing", () => {
  expect(found(1, 7, 7)).toBeUndefined();
  expect(found()).toBeUndefined();
});
