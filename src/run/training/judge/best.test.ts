import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../config/config.ts";
import type { Choice } from "../../../config/schema.ts";
import { ConfigError } from "../../../util/errors.ts";
import { createMetric } from "../../evaluation/choose-metrics.ts";
import {
  type BestCheckpoint,
  type BestFigure,
  type BestMode,
  figuresJudged,
  findBest,
  isBetter,
  stillBest,
} from "./best.ts";

const described = (name: string) => ({
  row: name,
  name: `${name}-100`,
  figures: createMetric({ name } as Choice).figures,
});
const find = (best: Readonly<Record<string, unknown>>) =>
  findBest(
    parseConfig({ data: { source: "ring" }, model: "mlp", checkpoint: { best } }),
    ["loss/generator"],
    ["fid", "kid", "copying", "prdc", "modes"].map(described),
  );

/** Which of the values would be kept, one after another. */
function kept(values: readonly number[], mode: BestMode, among: BestFigure["among"] = "metrics"): number[] {
  let before: BestCheckpoint | null = null;
  return values.filter((value) => {
    if (!isBetter(value, { figure: "f", mode, among }, before)) return false;
    before = { name: "step", value, figure: "f", mode };
    return true;
  });
}

describe("the best figure", () => {
  it.each([
    [{ scalar: "loss/generator" }, { figure: "loss/generator", mode: "min", among: "scalars" }],
    [{ scalar: "fid" }, { figure: "fid-100", mode: "min", among: "metrics" }],
    [{ scalar: "prdc/density" }, { figure: "prdc-100/density", mode: "max", among: "metrics" }],
    [{ scalar: "copying" }, { figure: "copying-100", mode: { near: 0 }, among: "metrics" }],
    [{ scalar: "modes/spread" }, { figure: "modes-100/spread", mode: { near: 1 }, among: "metrics" }],
    [
      { scalar: "copying", mode: "max" },
      { figure: "copying-100", mode: "max", among: "metrics" },
    ],
  ] as const)("%j is %j", (best, found) => {
    expect(find(best)).toEqual(found);
  });

  it("of looks is the latest of those that they cannot tell apart; of anything else the first", () => {
    expect(kept([3, 2, 2, 4, 2], "min", "looks")).toEqual([3, 2, 2, 2]);
    expect(kept([3, 2, 2, 4, 2], "min")).toEqual([3, 2]);
  });

  it("may be any figure of which it is known which values are good", () => {
    const figures = figuresJudged(["fid", "copying", "modes"].map(described));
    expect(figures).toMatchObject({ "fid-100": "small", "modes-100": "large", "modes-100/kl-with-rest": "small" });
    expect(figures["modes-100/spread"]).toEqual({ near: 1 });
    expect(Object.keys(figures)).not.toContain("copying-100/authenticity");
  });

  it("is the nearest to reals by a look, where remedies are applied and nobody says another", () => {
    const usual = (more: object) => findBest(parseConfig({ data: { source: "ring" }, model: "mlp", ...more }), [], []);
    const health = { remedy: "auto" };
    const nearest = { figure: "energy", mode: "min", among: "looks" };
    expect(usual({ health })).toEqual(nearest);
    expect(usual({ health: { ...health, probes: "full" } })).toEqual(nearest);
    expect(usual({ health: { ...health, probes: "light" } })).toBeUndefined();
    expect(usual({})).toBeUndefined();
    // A run that is resumed without remedies keeps what it has.
    const before: BestCheckpoint = { name: "step", value: 0.1, figure: "energy", mode: "min" };
    expect([stillBest(before, usual({})), stillBest(before, usual({ health }))]).toEqual([before, before]);
    expect(stillBest(before, find({ scalar: "fid" }))).toBeNull();
  });

  it("must have values that are good in themselves, or a mode", () => {
    expect(() => find({ scalar: "copying/authenticity" })).toThrow(ConfigError);
    expect(find({ scalar: "copying/authenticity", mode: "max" })).toMatchObject({ mode: "max" });
  });
});

describe("a value is better", () => {
  it("when it is smaller, larger, or nearer, and never when it is not a number", () => {
    expect(kept([3, Number.NaN, 4, 2, 2, -9], "min")).toEqual([3, 2, -9]);
    expect(kept([Number.NaN, 3, 4, 2, 9], "max")).toEqual([3, 4, 9]);
    // Neither copies nor samples far from all data win by the test of copying.
    expect(kept([-20, 35, 4, -2, Number.NEGATIVE_INFINITY, 3], { near: 0 })).toEqual([-20, 4, -2]);
  });

  it("than that of a run that goes on only where the same makes it good", () => {
    const before: BestCheckpoint = { name: "step", value: 1, figure: "copying-100", mode: { near: 0 } };
    expect(stillBest(before, find({ scalar: "copying" }))).toBe(before);
    expect(stillBest(before, find({ scalar: "copying", mode: "min" }))).toBeNull();
    expect(stillBest(before, undefined)).toBeNull();
    expect(stillBest(null, undefined)).toBeNull();
  });
});
