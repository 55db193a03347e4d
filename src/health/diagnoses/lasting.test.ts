/** Failures that last: however long they do, they are not taken for what is usual, and a rate that falls to 0 does not end them. */
import { describe, expect, it } from "vitest";
import { occurrencesIn, SHARES, states, training, watchOver } from "../../../tests/support/histories.ts";
import { emptyHistory, type History, type Reading } from "../history.ts";
import { postMortem } from "../post-mortem.ts";
import { modeCollapse } from "./mode-collapse.ts";
import { modeDropping } from "./mode-dropping.ts";
import { numericalDivergence } from "./numerical-divergence.ts";
import { stalled } from "./stalled.ts";
import { vanishingGradient } from "./vanishing-gradient.ts";

/** A log without looks, of so many ticks: what each signal is at tick `i`. */
function log(count: number, signals: Readonly<Record<string, (i: number) => number | undefined>>): History {
  const scalars = Array.from({ length: count }, (_, i): Reading => {
    const values = Object.entries(signals).flatMap(([name, of]) => {
      const value = of(i);
      return value === undefined ? [] : [[name, value] as const];
    });
    return { step: 100 * (i + 1), images: 0, values: Object.fromEntries(values) };
  });
  return { ...emptyHistory(), scalars };
}

describe("while the rate falls to nothing", () => {
  const falls = (values: Record<string, number>, t: number) => {
    values["update/generator"] = 2e-3 * (0.5 + 0.5 * Math.cos(Math.PI * t));
  };

  it("a collapse lasts", () => {
    const history = training({
      tick: falls,
      look: ({ values }, t) => {
        if (t > 0.3)
          Object.assign(values, { "diversity/samples": 0.1, "diversity/features": 0.1, "energy/samples": 0.5 });
      },
    });
    expect(modeCollapse.decide(history)).toMatchObject({ level: "failing" });
    expect(states(watchOver(occurrencesIn(history)).responses).at(-1)).toBe("failed mode-collapse");
  });

  it("missing kinds stay missing", () => {
    const history = training({
      tick: falls,
      look: ({ values, vectors }, t) => {
        if (t < 0.3) return;
        vectors["bins/fake"] = SHARES.map((share, k) => (k < 6 ? 0 : Math.round(400 * share)));
        values["bins/missing"] = 0.2;
      },
    });
    expect(modeDropping.decide(history)).toMatchObject({ level: "failing" });
  });
});

describe("beside what was before it, not beside itself", () => {
  it("a loss that runs away from a tenth of the log on is far from what it was, since then", () => {
    const history = log(200, { "loss/discriminator": (i) => (i < 20 ? 1 : 2000 * 1.05 ** (i - 20)) });
    expect(numericalDivergence.decide(history)).toMatchObject({ level: "failing", onset: { step: 2100 } });
  });

  it("a critic's loss that grows slowly is none, nor one that came back", () => {
    const grown = log(400, { "loss/discriminator": (i) => 5 * (i + 1) });
    expect(numericalDivergence.decide(grown)).toBeNull();
    const back = log(200, { "loss/discriminator": (i) => (i < 100 ? 1 : i < 120 ? 5000 * (i - 99) : 1) });
    expect(numericalDivergence.decide(back)).toBeNull();
  });

  it("a gradient that is gone from a third of the log on is gone", () => {
    const history = log(300, { "gradient/generator": (i) => (i < 90 ? 1 : 1e-6) });
    const found = vanishingGradient.decide(history);
    expect(found).toMatchObject({ level: "failing" });
    expect(Math.abs(found!.onset.step - 9200)).toBeLessThan(200);
    const back = log(300, { "gradient/generator": (i) => (i < 90 || i > 200 ? 1 : 1e-6) });
    expect(vanishingGradient.decide(back)).toBeNull();
  });

  it("losses that stand are since they stand", () => {
    const loss = (i: number) => (i < 50 ? 1 + i / 50 : 0.5);
    const history = log(200, { "loss/generator": loss, "loss/discriminator": loss });
    expect(stalled.decide(history)).toMatchObject({ onset: { step: 5100 } });
    const clamp = log(200, { "loss/generator": (i) => (i < 50 ? 1 + i / 50 : -Math.log(1e-6)) });
    expect(numericalDivergence.decide(clamp)).toMatchObject({ onset: { step: 5100 } });
  });
});

it("what is not finite is so although another signal, logged more often, is", () => {
  const history = log(200, {
    "accuracy/real": () => 0.5,
    "loss/generator": (i) => (i % 10 > 0 ? undefined : i < 100 ? 1 : Number.NaN),
  });
  expect(numericalDivergence.decide(history)).toMatchObject({ level: "failing", onset: { step: 10_100 } });
  const passed = log(200, { "loss/generator": (i) => (i === 100 ? Number.NaN : 1) });
  expect(numericalDivergence.decide(passed)).toBeNull();
});

it("a figure that falls to 0 has become worse", () => {
  const recall = Array.from({ length: 40 }, (_, i) => (i < 15 ? 0.58 : 0));
  const metrics = recall.map((value, i) => ({ step: 1000 * (i + 1), images: 0, values: { recall: value } }));
  const { findings } = postMortem({
    history: { ...emptyHistory(), metrics },
    better: { recall: "large" },
    moments: [],
  });
  expect(findings.map(({ suspicion }) => suspicion.code)).toEqual(["quality-regression"]);
  expect(findings[0]).toMatchObject({ atEnd: true, suspicion: { onset: { step: 16_000 } } });
  // What is said is what was measured.
  expect(findings[0]!.suspicion.evidence[0]).toMatchObject({ value: 0, says: "recall is 0; it was 0.58 at step 1000" });
});

it("a long log of another trainer is looked through in seconds", () => {
  const history = log(50_000, { "gradient/generator": (i) => (i < 20_000 ? 1 : 1e-6), "loss/generator": () => 1 });
  const { findings } = postMortem({ history, better: {}, moments: [] });
  expect(findings.map(({ suspicion, atEnd }) => [suspicion.code, atEnd])).toContainEqual(["vanishing-gradient", true]);
}, 20_000);
