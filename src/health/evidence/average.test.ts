/** A moving average that is good: trained weights that circle, or have become worse, are watched, as it is the average that draws. */
import { describe, expect, it } from "vitest";
import { EVERY, LOOKS, SHARES, training } from "../../../tests/support/histories.ts";
import { oscillation } from "../diagnoses/oscillation.ts";
import { qualityRegression } from "../diagnoses/quality-regression.ts";
import type { History } from "../history.ts";
import { averageIsGood } from "./average.ts";

/** Trained weights that go bad at half of the training, and an average whose samples are so far from reals then. */
const bad = (average: number | null, change: (counts: number[], t: number) => void = () => {}): History =>
  training({
    facts: { average: average !== null },
    look: ({ values, vectors }, t) => {
      if (average === null) delete values["energy/average"];
      if (t < 0.5) return;
      values["energy/samples"] = 0.4;
      if (average !== null) values["energy/average"] = average;
      change(vectors["bins/fake"]!, t);
    },
  });

const circling = (average: number | null): History =>
  bad(average, (counts, t) => {
    counts.forEach((_, k) => {
      counts[k] = Math.round(400 * SHARES[k]! * (Math.sin(80 * t + (k < 10 ? 0 : Math.PI)) > 0 ? 1 : 0.02));
    });
  });

const levels = (of: (average: number | null) => History, decide: (history: History) => { level: string } | null) =>
  [null, 0.3, 0.05].map((average) => decide(of(average))?.level);

describe("the moving average", () => {
  it("is good where its samples are near reals at the last looks", () => {
    expect(averageIsGood(bad(null))).toBeNull();
    expect(averageIsGood(bad(0.3))).toBeNull();
    expect(averageIsGood(bad(0.05))).toMatchObject({ signal: "energy/average", value: 0.05, low: null });
  });

  it("says nothing where the last look has not measured it", () => {
    const history = bad(0.05);
    const { "energy/average": _, ...values } = history.looks.at(-1)!.values;
    const looks = [...history.looks.slice(0, -1), { ...history.looks.at(-1)!, values }];
    expect(averageIsGood({ ...history, looks })).toBeNull();
  });

  it("makes of trained weights that circle something to watch, with itself as evidence", () => {
    expect(levels(circling, oscillation.decide)).toEqual(["failing", "failing", "watch"]);
    expect(oscillation.decide(circling(0.05))?.evidence.map(({ signal }) => signal)).toContain("energy/average");
  });

  it("makes of trained weights that were better once something to watch", () => {
    expect(levels(bad, qualityRegression.decide)).toEqual(["failing", "failing", "watch"]);
  });

  it("excuses no figure of what draws that has become worse", () => {
    const fids = [40, 20, 10, 30, 35, 40];
    const metrics = fids.map((fid, i) => {
      const step = ((i + 1) / fids.length) * LOOKS * EVERY;
      return { step, images: step * 64, values: { fid } };
    });
    const found = qualityRegression.decide({ ...bad(0.05), metrics });
    expect(found).toMatchObject({ level: "failing" });
    expect(found?.evidence[0]?.signal).toBe("fid");
  });
});
