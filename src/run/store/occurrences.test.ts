/** @file Events as the supervisor hears of them: what was measured, and nothing that depends on the machine. */

import { expect, it } from "vitest";
import { UNKNOWN_FACTS } from "../../health/history.ts";
import { decodeEvent, encodeEvent, stampEvent } from "./event-codec.ts";
import type { EventBody } from "./events.ts";
import { occurrencesOf } from "./occurrences.ts";

/** As it is heard from a log. */
const heard = (body: EventBody) =>
  occurrencesOf(
    decodeEvent(encodeEvent(stampEvent({ step: 7, images: 70, ...body } as Parameters<typeof stampEvent>[0]))),
  );

const at = { step: 7, images: 70 };

it("scalars are read but for the speed and what was not measured", () => {
  const values = { "loss/generator": 1.5, "augment/p": null, "images/second": 12, "loss/discriminator": Number.NaN };
  expect(heard({ type: "scalars", values })).toEqual({
    kind: "scalars",
    reading: { ...at, values: { "loss/generator": 1.5, "loss/discriminator": Number.NaN } },
  });
});

it("figures of metrics have the names that they have in a log", () => {
  const metric = { metric: "fid-10-x", results: { fid: { value: 2 }, mean: { value: 1, real: 0.5 } }, seconds: 3 };
  const rest = {
    better: "small",
    samples: 10,
    reference: { name: "x", count: 9 },
    real: null,
    seed: 0,
    weights: "raw",
  } as const;
  expect(heard({ type: "metric", ...metric, ...rest })).toEqual({
    kind: "metric",
    reading: { ...at, values: { "fid-10-x": 2, "fid-10-x/mean": 1 } },
  });
});

it("a probe is a look, or what a counterfactual found", () => {
  const values = { "auc/fake": 0.75 };
  expect(heard({ type: "probe", of: "look", values, vectors: { "bins/fake": [1, 2] } })).toEqual({
    kind: "look",
    reading: { ...at, values, vectors: { "bins/fake": [1, 2] } },
  });
  expect(heard({ type: "probe", of: "step-generator", values, vectors: {} })).toEqual({
    kind: "trial",
    of: "step-generator",
    reading: { ...at, values },
  });
});

it("baselines and remedies are heard as they are", () => {
  const nulls = { "auc/fake": { mean: 0.5, sd: 0.01, low: 0.4, high: 0.6, pairs: 0 } };
  expect(heard({ type: "baseline", facts: UNKNOWN_FACTS, nulls })).toEqual({
    kind: "baseline",
    facts: UNKNOWN_FACTS,
    nulls,
  });
  const remedy = { name: "r1", finding: "oscillation", why: "", changes: [], attempt: 1, backTo: 4 };
  expect(heard({ type: "remedy", ...remedy })).toEqual({
    kind: "remedy",
    name: "r1",
    finding: "oscillation",
    backTo: 4,
  });
});

it("a finding of a broken step is the only record of it; other findings are the supervisor's own", () => {
  const row = (signal: string, value: number) => ({ signal, value, low: null, high: null, says: "" });
  const finding = { severity: "error", message: "", confidence: 1, onset: at, next: null } as const;
  const found = (...evidence: ReturnType<typeof row>[]) =>
    heard({ type: "finding", code: "numerical-divergence", ...finding, evidence });
  const infinite = row("loss/generator", Number.POSITIVE_INFINITY);
  expect(found(infinite, row("step/broken", 1))).toEqual({
    kind: "broken",
    reading: { ...at, values: { "loss/generator": Number.POSITIVE_INFINITY } },
  });
  // Scalars and looks that are not finite have events of their own.
  expect(found(infinite)).toBeNull();
  expect(found(row("loss/generator", 1e30))).toBeNull();
  expect(heard({ type: "note", level: "info", message: "" })).toBeNull();
});
