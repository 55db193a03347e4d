import { describe, expect, it } from "vitest";
import { training } from "../../../tests/support/histories.ts";
import { diagnose } from "../diagnoses.ts";
import { emptyHistory, type Reading } from "../history.ts";

describe("logs that know losses and figures only", () => {
  const fids = (values: readonly number[]): Reading[] =>
    values.map((value, i) => ({ step: 2000 * (i + 1), images: 0, values: { FID: value } }));
  const losses = (change: (i: number) => Record<string, number>): Reading[] =>
    Array.from({ length: 60 }, (_, i) => ({
      step: 100 * i,
      images: 0,
      values: { "loss/discriminator": 1 + (i % 7) / 50, "loss/generator": 1.5 + (i % 5) / 50, ...change(i) },
    }));

  it("show a regression of FID, dated by three evaluations above 1.5 times the best", () => {
    const history = { ...emptyHistory(), metrics: fids([300, 100, 40, 20, 16, 15.8, 17, 30, 90, 198]) };
    const { findings } = diagnose(history);
    expect(findings).toMatchObject([{ code: "quality-regression", level: "failing", onset: { step: 16000 } }]);
    expect(diagnose({ ...history, metrics: history.metrics.slice(0, -1) }).findings).toMatchObject([
      { level: "watch" },
    ]);
    expect(diagnose({ ...history, metrics: history.metrics.slice(0, -3) }).findings).toEqual([]);
  });

  it("and one of a figure of which large is good", () => {
    const metrics = [0.1, 0.4, 0.7, 0.72, 0.4, 0.35, 0.3].map((value, i) => ({
      step: i,
      images: 0,
      values: { "prdc-10k-x/recall": value },
    }));
    const [found] = diagnose({ ...emptyHistory(), metrics }).findings;
    expect(found).toMatchObject({ code: "quality-regression", level: "failing" });
    expect(found!.evidence[0]).toMatchObject({ value: 0.3, low: expect.closeTo(0.48, 5), high: null });
  });

  it("show a loss that is not a number, one that stands where a logarithm ends, and two that are dead", () => {
    const nan = { ...emptyHistory(), scalars: losses((i) => (i > 50 ? { "loss/generator": Number.NaN } : {})) };
    expect(diagnose(nan).findings[0]).toMatchObject({ code: "numerical-divergence", onset: { step: 5100 } });
    const clamped = {
      ...emptyHistory(),
      scalars: losses((i) => (i > 50 ? { "loss/discriminator": 13.8155, "loss/generator": -0 } : {})),
    };
    expect(diagnose(clamped).findings[0]).toMatchObject({ code: "numerical-divergence" });
    const dead = {
      ...emptyHistory(),
      scalars: losses((i) => (i > 40 ? { "loss/discriminator": 0.5, "loss/generator": 0 } : {})),
    };
    expect(diagnose(dead).findings).toMatchObject([{ code: "stalled", level: "failing" }]);
  });

  it("show no end of a logarithm where a loss is merely about as large", () => {
    const near = losses((i) => (i > 50 ? { "loss/discriminator": 100 + 0.01 * (i % 3) } : {}));
    expect(diagnose({ ...emptyHistory(), scalars: near }).findings).toEqual([]);
    const stands = losses((i) => (i > 50 ? { "loss/discriminator": 100 } : {}));
    expect(diagnose({ ...emptyHistory(), scalars: stands }).findings[0]?.code).toBe("numerical-divergence");
  });

  it.each(["fid-10k-x", "fid50k_full"])(
    "show numbers that are not finite in two evaluations of %s, not in one",
    (name) => {
      const of = (...values: readonly number[]) =>
        diagnose({
          ...emptyHistory(),
          metrics: values.flatMap((value, step) => [
            { step, images: 0, values: { [name]: value } },
            { step, images: 0, values: { recall: 0.5 } },
          ]),
        }).findings.map(({ code, onset }) => [code, onset.step]);
      expect(of(9, 8, 7, Number.NaN)).toEqual([]);
      expect(of(9, 8, Number.NaN, Number.NaN)).toEqual([["numerical-divergence", 2]]);
      expect(of(9, Number.NaN, 8, Number.NaN)).toEqual([]);
    },
  );

  it("never show a collapse, whatever the losses do", () => {
    const history = {
      ...emptyHistory(),
      scalars: losses((i) => ({ "loss/discriminator": 0.3 / (1 + i), "loss/generator": 1 + i / 3 })),
    };
    const { findings, missing } = diagnose(history);
    expect(findings).toEqual([]);
    expect(missing.find(({ code }) => code === "mode-collapse")?.says).toBe(
      "mode collapse cannot be seen: diversity/samples was not measured",
    );
    const unsaid = missing.map(({ code }) => code);
    expect(unsaid).not.toContain("numerical-divergence");
    expect(unsaid).not.toContain("stalled");
    expect(unsaid).toContain("oscillation");
  });

  it("miss nothing that our own looks measure", () => {
    expect(diagnose(training()).missing).toEqual([]);
  });
});
