import { describe, expect, it } from "vitest";
import type { FailureCode } from "../../health/codes.ts";
import { emptyHistory, type Reading } from "../../health/history.ts";
import { RULES_OF_TODAY } from "./rules-of-today.ts";
import { type Judged, scoreDetection, wilson } from "./score.ts";

interface Said {
  readonly code: FailureCode | null;
  readonly step: number;
  readonly later?: readonly FailureCode[];
}

const run = (codes: readonly FailureCode[] | null, said: Said | null): Judged => ({
  truth: codes === null ? { isFailing: false } : { isFailing: true, codes, onset: 100 },
  call: said && { code: said.code, step: said.step, said: [...(said.code ? [said.code] : []), ...(said.later ?? [])] },
  steps: 1000,
});

describe("scoreDetection", () => {
  const runs = [
    run(["mode-collapse", "stalled"], { code: "mode-collapse", step: 150, later: ["stalled", "memorization"] }),
    run(["mode-collapse", "mode-dropping"], { code: "mode-dropping", step: 130 }),
    run(["mode-dropping"], { code: "mode-dropping", step: 90 }),
    run(["stalled"], null),
    run([], { code: "oscillation", step: 100 }),
    run(null, null),
    run(null, { code: "mode-dropping", step: 500 }),
  ];
  const score = scoreDetection(runs, ["mode-collapse", "mode-dropping", "stalled", "memorization"]);

  it("counts who was called failing by any name", () => {
    expect(score).toMatchObject({ failing: 5, healthy: 2, sensitivity: 0.8, specificity: 0.5, falseAlarms: 1 });
    expect(score.balancedAccuracy).toBeCloseTo(0.65, 12);
  });

  it("counts names apart, of those that have one: the first, or any that the oracle found", () => {
    expect(score.named!.first).toBeCloseTo(2 / 3, 12);
    expect(score.named!.any).toBe(1);
  });

  it("counts a run for each code that it has, and for each that was said of it", () => {
    expect(score.codes).toEqual([
      { code: "mode-collapse", runs: 2, said: 1, both: 1 },
      { code: "mode-dropping", runs: 2, said: 3, both: 2 },
      { code: "stalled", runs: 2, said: 1, both: 1 },
      { code: "memorization", runs: 0, said: 1, both: 0 },
    ]);
  });

  it("measures the delay from the oracle's onset, which a call may precede", () => {
    expect(score.delay).toBeCloseTo((0.03 + 0) / 2, 12);
  });

  it("puts every run into one cell of the confusion", () => {
    expect(score.confusion.reduce((sum, { runs }) => sum + runs, 0)).toBe(runs.length);
    expect(score.confusion).toContainEqual({ truth: "stalled", called: "healthy", runs: 1 });
    expect(score.confusion).toContainEqual({ truth: "no name", called: "oscillation", runs: 1 });
    expect(score.confusion).toContainEqual({ truth: "healthy", called: "mode-dropping", runs: 1 });
  });

  it("does not hold a rule without names to the names", () => {
    const blind = scoreDetection([run(["stalled"], { code: null, step: 1 }), run(null, null)], ["stalled"]);
    expect(blind).toMatchObject({ named: null, codes: [], balancedAccuracy: 1 });
    expect(blind.confusion).toContainEqual({ truth: "stalled", called: "failing", runs: 1 });
  });
});

it("wilson gives the published interval of 9 in 10, and stays within 0 and 1", () => {
  expect(wilson(9, 10).low).toBeCloseTo(0.5958, 3);
  expect(wilson(9, 10).high).toBeCloseTo(0.9821, 3);
  expect(wilson(0, 5).low).toBe(0);
  expect(wilson(5, 5).high).toBeCloseTo(1, 12);
});

describe("the rules of today", () => {
  const scalars = (values: (i: number) => Record<string, number>): Reading[] =>
    Array.from({ length: 40 }, (_, i) => ({ step: 20 * (i + 1), images: 0, values: values(i) }));
  const calls = (readings: Reading[], looks: Reading[] = []) =>
    Object.fromEntries(
      RULES_OF_TODAY.map(({ name, call }) => [name, call({ ...emptyHistory(), scalars: readings, looks })?.step]),
    );

  it("say nothing of an ordinary run", () => {
    const said = calls(scalars(() => ({ "loss/discriminator": 1.2, "gradient/generator": 3 })));
    expect(Object.values(said).filter((step) => step !== undefined)).toEqual([]);
  });

  it("see a loss that stays low, not one that dips", () => {
    expect(calls(scalars((i) => ({ "loss/discriminator": i < 10 ? 1 : 0.01 })))["D loss < 0.05"]).toBe(420);
    expect(calls(scalars((i) => ({ "loss/discriminator": i === 5 ? 0.01 : 1 })))["D loss < 0.05"]).toBeUndefined();
  });

  it("see a long gradient of either network, and what is not finite", () => {
    expect(calls(scalars((i) => ({ "gradient/discriminator": i === 7 ? 101 : 3 })))["gradient norm > 100"]).toBe(160);
    expect(calls(scalars((i) => ({ "loss/generator": i === 3 ? Number.NaN : 1 })))["a value that is not finite"]).toBe(
      80,
    );
    expect(
      calls(
        [],
        scalars(() => ({ "sign/real": 0.8 })),
      )["r_t > 0.6"],
    ).toBe(60);
  });
});
