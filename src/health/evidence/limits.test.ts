import { describe, expect, it } from "vitest";
import { FACTS, NULLS } from "../../../tests/support/histories.ts";
import { emptyHistory } from "../history.ts";
import { beyond, depth, limit, nullOf, rangeOf } from "./limits.ts";

const blind = emptyHistory();
const known = emptyHistory(FACTS, NULLS);

describe("a limit", () => {
  it("is a share of the way from right to broken, where reals were never compared with reals", () => {
    expect(limit(blind, "diversity/samples", 0.5)).toBe(0.5);
    expect(limit(blind, "energy/samples", 0.1)).toBeCloseTo(0.1, 12);
    expect(limit(blind, "auc/held-out", 0.5)).toBe(0.75);
  });

  it("is where chance ends, where that is farther", () => {
    const noisy = { ...known, nulls: { "diversity/samples": { mean: 1, sd: 0.3, low: 0.2, high: 1.9, pairs: 40 } } };
    expect(limit(noisy, "diversity/samples", 0.5)).toBe(0.2);
    expect(beyond(noisy, "diversity/samples", 0.4, 0.5)).toBe(false);
    expect(beyond(known, "diversity/samples", 0.4, 0.5)).toBe(true);
  });

  it("starts from what reals are: a set of twins has twins", () => {
    const twins = {
      ...known,
      nulls: { "duplicates/samples": { mean: 0.6, sd: 0.02, low: 0.5, high: 0.7, pairs: 40 } },
    };
    expect(limit(twins, "duplicates/samples", 0.5)).toBeCloseTo(0.8, 12);
    expect(depth(twins, "duplicates/samples", 0.8)).toBeCloseTo(0.5, 12);
  });

  it("of a two-sample statistic comes from theory: Mann and Whitney's deviation for 256 logits each", () => {
    const theory = nullOf(known, "auc/fake")!;
    expect(theory.sd).toBeCloseTo(Math.sqrt(513 / 12) / 256, 12);
    expect(theory.sd).toBeCloseTo(0.02554, 5);
    expect(nullOf(blind, "auc/fake")).toBeUndefined();
  });

  it("is open towards better than right", () => {
    expect(rangeOf(blind, "diversity/samples", 0.5)).toEqual({ low: 0.5, high: null });
    expect(rangeOf(blind, "energy/samples", 0.5)).toEqual({ low: null, high: 0.5 });
    expect(beyond(blind, "diversity/samples", 1.7, 0.1)).toBe(false);
    expect(depth(blind, "diversity/samples", 1.7)).toBe(0);
  });

  it("of a signal that nobody has said anything about is a mistake of ours", () => {
    expect(() => limit(blind, "score/real", 0.5)).toThrow("internal: no limits are known for score/real");
  });
});
