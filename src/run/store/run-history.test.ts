/** @file The history of a run of ours: what its log holds, less what a remedy or a resumption took back, and without the pauses. */

import { describe, expect, it, test } from "vitest";
import { postMortem } from "../../health/post-mortem.ts";
import type { Occurrence } from "../../health/supervisor/protocol.ts";
import { openSupervision, supervise } from "../../health/supervisor/supervisor.ts";
import { decodeEvent, encodeEvent, stampEvent } from "./event-codec.ts";
import type { RunEvent, RunEventInput } from "./events.ts";
import { occurrencesOf } from "./occurrences.ts";
import { runHistory } from "./run-history.ts";

/** An event so many seconds after the run began. */
const at = (seconds: number, input: RunEventInput): RunEvent => stampEvent(input, new Date(1e12 + 1000 * seconds));

const scalars = (seconds: number, step: number, value: number) =>
  at(seconds, {
    type: "scalars",
    step,
    images: 8 * step,
    values: { "loss/generator": value, "loss/discriminator": null },
  });

const metric = (seconds: number, step: number, value: number) =>
  at(seconds, {
    type: "metric",
    step,
    images: 8 * step,
    metric: "modes-1k",
    results: { modes: { value }, precision: { value: 0.5 } },
    better: "large",
    samples: 1000,
    reference: { name: "ring", count: null },
    real: null,
    seed: 0,
    weights: "raw",
    seconds: 1,
  });

const look = (seconds: number, step: number) =>
  at(seconds, {
    type: "probe",
    step,
    images: 8 * step,
    of: "look",
    values: { "auc/fake": 0.8 },
    vectors: { "bins/fake": [1, 2] },
  });

test("scalars, looks and metrics, each in its list; what was not measured is absent", () => {
  const { history, better, moments } = runHistory([
    scalars(1, 10, 0.5),
    look(2, 10),
    metric(3, 10, 7),
    scalars(4, 20, Number.NaN),
  ]);
  expect(history.scalars).toEqual([
    { step: 10, images: 80, values: { "loss/generator": 0.5 } },
    { step: 20, images: 160, values: { "loss/generator": Number.NaN } },
  ]);
  expect(history.looks).toEqual([
    { step: 10, images: 80, values: { "auc/fake": 0.8 }, vectors: { "bins/fake": [1, 2] } },
  ]);
  expect(history.metrics[0]?.values).toEqual({ "modes-1k": 7, "modes-1k/precision": 0.5 });
  expect(better).toEqual({ "modes-1k": "large", "modes-1k/precision": "large" });
  expect(moments).toEqual([
    { step: 10, seconds: 0 },
    { step: 20, seconds: 3 },
  ]);
});

test("what a remedy takes back does not count; that it was applied is kept", () => {
  const remedy = at(5, {
    type: "remedy",
    step: 30,
    images: 240,
    name: "slower",
    finding: "oscillation",
    why: "",
    changes: [],
    attempt: 1,
    backTo: 10,
  });
  const { history, remedies } = runHistory([
    scalars(1, 10, 1),
    scalars(2, 20, 2),
    look(3, 20),
    metric(4, 30, 1),
    remedy,
    scalars(6, 20, 3),
  ]);
  // Another objective or penalty has other losses, so those of before the remedy do not count either.
  expect(history.scalars.map(({ values }) => values["loss/generator"])).toEqual([3]);
  expect([history.looks, history.metrics]).toEqual([[], []]);
  expect(remedies).toHaveLength(1);
});

test("the pause before a run was resumed is no time of training", () => {
  const resume = at(1000, { type: "resume", step: 10, images: 80, checkpoint: "step-10" });
  const { moments } = runHistory([scalars(0, 10, 1), resume, scalars(1002, 20, 1)]);
  expect(moments).toEqual([
    { step: 10, seconds: 0 },
    { step: 20, seconds: 2 },
  ]);
});

describe("what the supervisor knew", () => {
  /** A training's log and the supervisor that watched it: as `Watch` does, what it finds is written down. */
  function watched(happens: readonly (RunEvent | { readonly breaks: Readonly<Record<string, number>> })[]) {
    let supervision = openSupervision();
    const log: RunEvent[] = [];
    const hear = (occurrence: Occurrence | null) => {
      if (occurrence === null) return;
      const told = supervise(supervision, occurrence);
      supervision = told.supervision;
      for (const response of told.responses) {
        if (response.kind !== "finding") continue;
        const { code, confidence, onset, message, evidence } = response.finding;
        const body = { code, severity: "error", confidence, onset, message, evidence, next: null } as const;
        log.push(at(log.length, { type: "finding", ...here(), ...body }));
      }
    };
    const here = () => {
      const { step, images } = log.at(-1) ?? { step: 0, images: 0 };
      return { step, images };
    };
    for (const one of happens) {
      if ("breaks" in one) hear({ kind: "broken", reading: { ...here(), values: one.breaks } });
      else {
        log.push(one);
        hear(occurrencesOf(one));
      }
    }
    const events = log.map((event) => decodeEvent(encodeEvent(event)));
    return { events, known: supervision.history };
  }

  const ticks = (from: number, until: number) =>
    Array.from({ length: until - from }, (_, i) => scalars(from + i, from + i + 1, 1));

  it.each([
    ["a loss", { "loss/generator": Number.NaN, "sigma/x": Number.POSITIVE_INFINITY }],
    ["a number that need not be finite", { "augment/p": Number.NaN }],
  ])("is what a log gives where a step was broken by %s", (_, breaks) => {
    const { events, known } = watched([...ticks(0, 12), { breaks }]);
    expect(known.scalars).toHaveLength(13);
    const { history, better, moments } = runHistory(events);
    expect(history).toEqual(known);
    const { findings } = postMortem({ history, better, moments });
    expect(findings.map(({ suspicion, atEnd }) => [suspicion.code, atEnd])).toEqual([["numerical-divergence", true]]);
  });

  it("is what a log gives where a look is not finite: that broke no step", () => {
    const bad = at(12, {
      ...{ type: "probe", step: 12, images: 96, of: "look", vectors: {} },
      values: { "energy/samples": Number.NaN },
    });
    const { events, known } = watched([...ticks(0, 12), bad]);
    expect(events.map(({ type }) => type)).toContain("finding");
    expect(runHistory(events).history).toEqual(known);
  });

  it("is what a log gives of a long training, which remembers less and less of its past", () => {
    const { events, known } = watched(ticks(0, 1000));
    expect(known.scalars.length).toBeLessThan(1000);
    expect(runHistory(events).history).toEqual(known);
  });

  it("does not hold a broken step that a resumed run has before it again", () => {
    const { events } = watched([...ticks(0, 12), { breaks: { "loss/generator": Number.NaN } }]);
    const resume = at(60, { type: "resume", step: 12, images: 96, checkpoint: "step-12" });
    const { history } = runHistory([...events, resume, scalars(70, 13, 1)]);
    expect(history.scalars.map(({ values }) => values["loss/generator"])).toEqual(Array(13).fill(1));
  });
});

it("a run between whose looks numbers were not finite any more is found to have ended so", () => {
  const looks = Array.from({ length: 40 }, (_, i) => look(i, 10 * i));
  const evidence = [{ signal: "step/broken", value: 1, low: null, high: null, says: "" }];
  const [onset, code] = [{ step: 397, images: 3176 }, "numerical-divergence"];
  const finding = { severity: "error", confidence: 1, message: "", next: null } as const;
  const end = at(50, { type: "finding", ...onset, code, ...finding, onset, evidence });
  const { history, better, moments } = runHistory([...looks, end]);
  const { findings } = postMortem({ history, better, moments });
  expect(findings.filter(({ atEnd }) => atEnd).map(({ suspicion }) => suspicion.code)).toEqual([code]);
});
