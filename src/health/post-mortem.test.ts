/** @file Looking back: the best step, when it went wrong, what was spent after it, and what a log cannot tell. */

import { describe, expect, test } from "vitest";
import { EVERY, training } from "../../tests/support/histories.ts";
import { emptyHistory, type History, type Point } from "./history.ts";
import { courseOf, postMortem, upTo } from "./post-mortem.ts";

const points = (values: readonly number[]): Point[] =>
  values.map((value, i) => ({ step: 1000 * (i + 1), images: 64_000 * (i + 1), value }));

/** A training of which one metric is known. */
const judged = (values: readonly number[], metric = "fid"): History => ({
  ...emptyHistory(),
  metrics: points(values).map(({ step, images, value }) => ({ step, images, values: { [metric]: value } })),
});

const falling = [100, 80, 60, 50, 40, 35, 30, 28, 26, 25];

describe("the course of a metric", () => {
  const episodes = (values: readonly number[], better: "small" | "large" = "small") =>
    courseOf("m", better, points(values))?.episodes.map(({ from, until }) => [from.step, until?.step ?? null]);

  test("best, last, and how many times worse", () => {
    const course = courseOf("fid", "small", points([50, 20, 30, 40]));
    expect(course).toMatchObject({ best: { step: 2000, value: 20 }, last: { step: 4000 }, decline: 2, evaluations: 4 });
  });

  test.each([
    ["falling", [...falling], []],
    ["three in a row, and for good", [20, 31, 40, 50, 60], [[2000, null]]],
    ["two in a row are a hiccup", [20, 31, 40, 20, 31, 40], []],
    ["exactly 1.5 times the best is not worse than that", [20, 30, 30, 30], []],
    ["it recovered", [20, 31, 40, 50, 22, 21], [[2000, 5000]]],
    [
      "it recovered, became better than ever, and went wrong again",
      [20, 31, 40, 50, 10, 16, 17, 18],
      [
        [2000, 5000],
        [6000, null],
      ],
    ],
    [
      "figures that are no numbers are worse than any",
      [20, Number.NaN, Number.POSITIVE_INFINITY, Number.NaN],
      [[2000, null]],
    ],
    ["the best so far counts, not the best that comes later", [60, 20, 31, 32, 33, 5], [[3000, 6000]]],
  ])("%s", (_, values, expected) => {
    expect(episodes(values)).toEqual(expected);
  });

  test("metrics of which large is good fall", () => {
    expect(episodes([4, 8, 5, 5, 5], "large")).toEqual([[3000, null]]);
    expect(episodes([4, 8, 6, 6, 6], "large")).toEqual([]);
  });

  test("beside a best of 0 or less, as unbiased kernel distances have, no ratio means anything", () => {
    expect(courseOf("kid", "small", points([0.1, -0.001, 0.001, 0.001, 0.001]))).toMatchObject({
      decline: null,
      episodes: [],
    });
  });

  test("without a finite value there is no course", () => {
    expect(courseOf("fid", "small", points([Number.NaN]))).toBeNull();
    expect(courseOf("fid", "small", [])).toBeNull();
  });
});

describe("a training that got worse", () => {
  const history = judged([...falling, ...[20, 19, 20, 45, 60, 80, 90, 120, 150, 180]]);
  const moments = Array.from({ length: 20 }, (_, i) => ({ step: 1000 * (i + 1), seconds: 1800 * (i + 1) }));
  const found = postMortem({ history, better: { fid: "small" }, moments });

  test("is found failing, since its onset, and by as much of the log as that takes", () => {
    expect(found.wentWrong).toMatchObject({ step: 14_000, images: 14 * 64_000 });
    expect(found.findings).toHaveLength(1);
    const { suspicion, saidAt, atEnd } = found.findings[0]!;
    expect(suspicion).toMatchObject({ code: "quality-regression", onset: { step: 14_000 } });
    expect(atEnd).toBe(true);
    expect(saidAt).toBe(16_000);
  });

  test("what came after the best step, and after it went wrong, in steps and hours", () => {
    expect(found.afterBest).toEqual({ steps: 8000, share: 0.4, hours: 4 });
    expect(found.wentWrong?.after).toEqual({ steps: 6000, share: 0.3, hours: 3 });
    expect(found.end).toEqual({ step: 20_000, images: 20 * 64_000, hours: 10 });
    const untimed = postMortem({ history, better: { fid: "small" }, moments: [] });
    expect(untimed.afterBest?.hours).toBeNull();
  });

  test("what cannot be said is said", () => {
    expect(found.evidence.has).toEqual(["fid"]);
    expect(found.evidence.lacks.join()).toContain("no diversity signal");
    expect(found.evidence.missing.map(({ code }) => code)).toContain("mode-collapse");
    expect(found.evidence.missing.map(({ code }) => code)).not.toContain("quality-regression");
  });
});

// FID of the first evaluations, every 2,000 steps, of two published runs that failed: POSTECH-CVLab/PyTorch-StudioGAN,
// logs/TINY_IMAGENET. Both had their best so early that these are enough.
test.each([
  ["GGAN", [231.3, 103.4, 102.1, 167.3, 185.5, 181.2, 238.8], 6000, 8000, 12_000],
  ["ICRGAN(P)", [123.1, 91.3, 213.4, 318.3, 306.4, 322.3, 405.8, 431.9], 4000, 6000, 10_000],
])("a published run that failed: %s", (_, values, best, onset, known) => {
  const metrics = values.map((fid, i) => ({ step: 2000 * (i + 1), images: 0, values: { fid } }));
  const found = postMortem({ history: { ...emptyHistory(), metrics }, better: { fid: "small" }, moments: [] });
  expect(found.metrics[0]?.best.step).toBe(best);
  expect(found.wentWrong?.step).toBe(onset);
  expect(found.findings.map(({ saidAt, suspicion }) => [suspicion.code, saidAt])).toEqual([
    ["quality-regression", known],
  ]);
});

test("a training that got better all the time shows nothing", () => {
  const found = postMortem({ history: judged(falling), better: { fid: "small" }, moments: [] });
  expect(found).toMatchObject({ findings: [], wentWrong: null, afterBest: { share: 0 } });
});

test("a failure that passed is found, and did not last", () => {
  const values = [...falling, 50, 60, 70, 80, 70, 60, 24, 23, 22, 21];
  const found = postMortem({ history: judged(values), better: { fid: "small" }, moments: [] });
  expect(found.findings.map(({ suspicion, atEnd }) => [suspicion.code, atEnd])).toEqual([
    ["quality-regression", false],
  ]);
  expect(found.wentWrong).toBeNull();
  expect(found.metrics[0]?.episodes).toHaveLength(1);
});

test("what comes back is said again: it is not known before it begins", () => {
  const values = [...falling, 50, 60, 70, 80, 70, 60, 24, 23, 22, 21, 20, 50, 60, 70, 80, 90];
  const { findings } = postMortem({ history: judged(values), better: { fid: "small" }, moments: [] });
  expect(findings).toHaveLength(1);
  const [{ suspicion, saidAt, atEnd }] = findings as [(typeof findings)[0]];
  expect(atEnd).toBe(true);
  expect(saidAt).toBeGreaterThan(suspicion.onset.step);
});

test("what lasts is known since it was first said, also where its onset is reckoned later as the log grows", () => {
  const swings = training({
    look: ({ values }, t) => {
      if (t > 0.2) values["energy/samples"] = 0.4 + 0.25 * Math.sin(80 * t);
    },
  });
  const known = (looks: number) => {
    const part = { ...swings, looks: swings.looks.slice(0, looks), scalars: swings.scalars.slice(0, 2 * looks) };
    const { findings } = postMortem({ history: part, better: {}, moments: [] });
    return findings.find(({ suspicion }) => suspicion.code === "oscillation")?.saidAt;
  };
  expect(known(60)).toBeLessThan(60 * EVERY);
  expect(Math.abs(known(100)! - known(60)!)).toBeLessThanOrEqual(5 * EVERY);
});

test("what a counterfactual spoke against is neither found, nor what anything else follows from", () => {
  const look = ({ values }: { values: Record<string, number> }, t: number) => {
    if (t < 0.5) return;
    Object.assign(values, { "diversity/samples": 0.1, "diversity/features": 0.1, "rank/samples": 0.2 });
    Object.assign(values, { "auc/fake": 1, "signal/generator": 1e-4, "energy/samples": 0.5 });
  };
  const history = training({ look });
  const causes = (auc: number) => {
    const trials = [{ of: "step-generator" as const, step: 99 * EVERY, images: 0, values: { "auc/fake": auc } }];
    const { findings } = postMortem({ history: { ...history, trials }, better: {}, moments: [] });
    return findings.filter(({ atEnd }) => atEnd).map(({ suspicion }) => [suspicion.code, suspicion.explainedBy]);
  };
  expect(causes(1)).toContainEqual(["mode-collapse", "vanishing-gradient"]);
  expect(causes(0.6)).toContainEqual(["mode-collapse", null]);
  expect(causes(0.6).map(([code]) => code)).not.toContain("vanishing-gradient");
});

test("losses alone say so", () => {
  const history: History = {
    ...emptyHistory(),
    scalars: points(Array<number>(40).fill(0.7)).map(({ step, images }, i) => ({
      step,
      images,
      values: { "loss/generator": 0.7 + 0.1 * Math.sin(i), "loss/discriminator": 1.3 + 0.1 * Math.cos(i) },
    })),
  };
  const found = postMortem({ history, better: {}, moments: [] });
  expect(found).toMatchObject({ metrics: [], findings: [], afterBest: null, end: { step: 40_000 } });
  expect(found.evidence.lacks.join()).toContain("no metrics");
});

test("a loss that is not a number is found where it began", () => {
  const values = [...Array<number>(20).fill(0.7), ...Array<number>(10).fill(Number.NaN)];
  const scalars = points(values).map(({ step, images, value }) => ({
    step,
    images,
    values: { "loss/generator": value },
  }));
  const found = postMortem({ history: { ...emptyHistory(), scalars }, better: {}, moments: [] });
  expect(found.wentWrong).toMatchObject({ step: 21_000, by: "numerical-divergence" });
});

test("what was known at a step ends there", () => {
  expect(upTo(judged(falling), 3500).metrics.map(({ step }) => step)).toEqual([1000, 2000, 3000]);
});
