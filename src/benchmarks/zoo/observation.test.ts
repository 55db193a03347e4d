import { describe, expect, it } from "vitest";
import { features } from "../../metrics/features.ts";
import { auc, countModes, meanPairDistance, meanWay, median, shareHeld } from "./observation.ts";

describe("the oracle's statistics", () => {
  it("count modes, of all samples or of the good ones", () => {
    const sorted = { modes: 3, mode: Int32Array.of(0, 0, 1, 1, 1), good: Uint8Array.of(1, 0, 1, 1, 0) };
    expect(countModes(sorted, false)).toEqual([2, 3, 0]);
    expect(countModes(sorted, true)).toEqual([1, 2, 0]);
  });

  it("hold a mode from a fifth of its true share on, and never by no sample", () => {
    const truth = [0.5, 0.25, 0.25];
    expect(shareHeld([10, 5, 5], truth, 100)).toBe(1);
    expect(shareHeld([9, 5, 4], truth, 100)).toBeCloseTo(1 / 3, 12);
    expect(shareHeld([0, 0, 0], [0, 0, 1], 100)).toBe(0);
  });

  it("measure distances and ways", () => {
    const a = features(Float32Array.of(0, 0, 1, 0, 3, 4, 1, 2), 2, "points");
    expect(meanPairDistance(a)).toBeCloseTo((5 + 2) / 2, 12);
    const b = features(
      a.data.map((x) => x + 1),
      2,
      "points",
    );
    expect(meanWay(a, b)).toBeCloseTo(Math.SQRT2, 6);
    expect(median([5, 1, 3])).toBe(3);
  });

  it("rank scores, with ties as halves", () => {
    expect(auc(Float32Array.of(2, 3), Float32Array.of(0, 1))).toBe(1);
    expect(auc(Float32Array.of(0, 1), Float32Array.of(2, 3))).toBe(0);
    expect(auc(Float32Array.of(1, 1), Float32Array.of(1, 1))).toBe(0.5);
    expect(auc(Float32Array.of(1, Number.NaN), Float32Array.of(1, 1))).toBeNull();
  });
});
