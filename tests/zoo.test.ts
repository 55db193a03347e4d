/**
 * The zoo in its reduced form: small trainings that fail in known ways, controls that only look so, and logs of failures that take
 * longer. It guards what the whole zoo measures (docs/zoo.md): failures are seen, called by a name that the oracle knows, early,
 * and nothing is said of healthy trainings.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findCases } from "../src/benchmarks/zoo/cases.ts";
import { callOf, type DetectedRun, judgeRuns, OURS, SUPERVISOR, scoreRuns } from "../src/benchmarks/zoo/detect.ts";
import { readZooRecords, truthOf } from "../src/benchmarks/zoo/record.ts";
import { outcomeOf, scoreArms } from "../src/benchmarks/zoo/remedy-score.ts";
import { runArms } from "../src/benchmarks/zoo/run-arms.ts";
import { runZoo, zooResults } from "../src/benchmarks/zoo/run-zoo.ts";
import { FAILURE_CODES, type FailureCode } from "../src/health/codes.ts";
import { postMortem } from "../src/health/post-mortem.ts";
import { decodeEvent } from "../src/run/store/event-codec.ts";
import { runHistory } from "../src/run/store/run-history.ts";

/** Program, cause, and what the oracle finds; null where it is healthy. */
const CASES: readonly (readonly [program: string, cause: string, found: FailureCode | null])[] = [
  ["ring-non-saturating", "generator-runs-ahead", "mode-collapse"],
  ["ring-non-saturating", "saturating-slow-generator", "vanishing-gradient"],
  ["ring-non-saturating", "critic-without-limit", "exploding-gradient"],
  ["ring-non-saturating", "huge-rate", "numerical-divergence"],
  ["ring-non-saturating", "critic-with-momentum", "oscillation"],
  ["ring-non-saturating", "sleeping-discriminator", "discriminator-underfitting"],
  ["ring-non-saturating", "no-rate", "stalled"],
  ["five-hinge", "scaled", "data-fault"],
  ["five-hinge", "none", null],
  ["five-hinge", "heavy-penalty", null],
  ["five-hinge", "skewed", null],
];

/** A failure that is too slow, or too seldom, to be trained here: the log of a run of the zoo, kept by `recorded/keep.mjs`. */
interface Recorded {
  readonly log: string;
  /** What the oracle found, in docs/benchmarks/zoo-runs.jsonl. */
  readonly found: FailureCode;
  /** The step by which a failure has to be said. */
  readonly by: number;
  /** Whether it is what is said first. */
  readonly first: boolean;
}

const RECORDED: readonly Recorded[] = [
  { log: "five-few-reals", found: "mode-dropping", by: 250, first: true },
  { log: "mnist-sixty-four-reals", found: "discriminator-overfitting", by: 2800, first: true },
  { log: "grid-eight-reals", found: "memorization", by: 6750, first: true },
  { log: "five-slowly-rising-rate", found: "quality-regression", by: 3375, first: false },
];

const eventsOf = (log: string) =>
  gunzipSync(readFileSync(new URL(`recorded/${log}.jsonl.gz`, import.meta.url)))
    .toString()
    .trim()
    .split("\n")
    .map((line) => decodeEvent(line));

const out = mkdtempSync(join(tmpdir(), "gantry-zoo-"));
afterAll(() => rmSync(out, { recursive: true, force: true }));

const casesOf = (program: string, cause: string) => findCases({ programs: [program], causes: [cause] });

describe("the zoo, reduced", () => {
  let runs: DetectedRun[];
  beforeAll(async () => {
    await runZoo({ cases: CASES.flatMap(([program, cause]) => casesOf(program, cause)), seeds: [0], out });
    runs = judgeRuns(readZooRecords(zooResults(out)), out);
  }, 400_000);

  it.each(CASES)("%s, %s: %s, by the oracle", (program, cause, found) => {
    const record = readZooRecords(zooResults(out)).find((one) => one.program === program && one.cause === cause)!;
    const truth = truthOf(record);
    expect(truth.outcome).toBe(found === null ? "healthy" : "failing");
    if (found !== null) expect(truth.found.map(({ code }) => code)).toContain(found);
  });

  it("every failure is called so, by one of its names, and soon", () => {
    for (const { program, cause, planned, truth, calls } of runs.filter((run) => run.truth?.isFailing)) {
      const call = calls[OURS];
      expect(call, `${program}, ${cause}`).not.toBeNull();
      expect(truth!.isFailing && truth!.codes, `${program}, ${cause}`).toContain(call!.code);
      expect(call!.step, `${program}, ${cause}`).toBeLessThan(planned / 2);
    }
  });

  it("nothing healthy is called failing, and no rule of today does as well", () => {
    const scores = scoreRuns(runs).scores.filter(({ half }) => half === "calibration");
    for (const name of [OURS, SUPERVISOR]) {
      const ours = scores.find(({ detector }) => detector === name);
      expect(ours).toMatchObject({ failing: 8, healthy: 3, sensitivity: 1, falseAlarms: 0 });
    }
    const others = scores.filter(({ detector }) => detector !== OURS && detector !== SUPERVISOR);
    expect(others.length).toBeGreaterThan(3);
    for (const { detector, balancedAccuracy } of others) expect(balancedAccuracy, detector).toBeLessThan(0.95);
  });

  it("a playbook puts right what random numbers alone do not", async () => {
    const [program, cause] = ["ring-non-saturating", "sleeping-discriminator"] as const;
    const records = readZooRecords(zooResults(out)).filter((one) => one.program === program && one.cause === cause);
    const arms = ["again", "playbook"] as const;
    const done = await runArms({ cases: casesOf(program, cause), records, arms, out });
    const healthy = (arm: string) =>
      scoreArms(done.map(outcomeOf)).find((one) => one.half === "calibration" && one.arm === arm)!;
    expect(healthy("again")).toMatchObject({ runs: 1, healthy: 0, acted: 1 });
    expect(healthy("playbook")).toMatchObject({ runs: 1, healthy: 1, acted: 1 });
  }, 240_000);
});

describe.each(RECORDED)("$log: $found", ({ log, found, by, first }) => {
  it("is said by the supervisor in time", () => {
    const call = callOf(eventsOf(log));
    expect(call).not.toBeNull();
    expect(call!.said).toContain(found);
    if (first) expect(call!.code).toBe(found);
    expect(call!.step).toBeLessThanOrEqual(by);
  });

  it("is found after the fact", () => {
    const { findings } = postMortem({ history: runHistory(eventsOf(log)).history, better: {}, moments: [] });
    expect(findings.map(({ suspicion }) => suspicion.code)).toContain(found);
  });

  it("is not said of the beginning of its log", () => {
    const events = eventsOf(log);
    const beginning = events.filter(({ step }) => step <= 0.05 * events.at(-1)!.step);
    expect(beginning.some(({ type }) => type === "probe")).toBe(true);
    expect(callOf(beginning)).toBeNull();
  });
});

it("every failure there is a name for is trained or read here", () => {
  const known = [...CASES.map(([, , found]) => found), ...RECORDED.map(({ found }) => found)];
  expect(new Set(known.filter((code) => code !== null))).toEqual(new Set(FAILURE_CODES));
});
