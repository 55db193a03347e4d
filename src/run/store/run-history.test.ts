/** @file The history of a run of ours: what its log holds, less what a remedy or a resumption took back, and without the pauses. */

import { expect, test } from "vitest";
import { type RunEvent, type RunEventInput, stampEvent } from "./events.ts";
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
  expect(history.scalars.map(({ values }) => values["loss/generator"])).toEqual([1, 3]);
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
