/**
 * @file Trainings that go back: what they go on from, and that a process may be killed at any moment of it. Every state of the
 * disk on the way is photographed, and from each picture another process must come to the very same end.
 */

import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { photograph, sha256 } from "../../../../tests/support/photograph.ts";
import type { Backend } from "../../../backend/backend.ts";
import { nodeBackend } from "../../../backend/onnx/node.ts";
import { parseConfig } from "../../../config/config.ts";
import { gameFromConfig } from "../../../config/game-from-config.ts";
import type { Dataset } from "../../../data/dataset.ts";
import { loadData } from "../../config/unsized.ts";
import { listCheckpoints, loadCheckpoint, loadLatest } from "../../store/checkpoint.ts";
import { indexLog, readEvents } from "../../store/event-log.ts";
import type { RunEvent } from "../../store/events.ts";
import { metricFiles, readMetricLines } from "../../store/metric-log.ts";
import { createRun, type RunPaths } from "../../store/run-dir.ts";
import { standing } from "../../store/standing.ts";
import { prepareGame, prepareJudging, sampleType } from "../prepare/prepare.ts";
import { resume } from "../train.ts";
import { runTraining, type TrainingEffects } from "../trainer.ts";
import { isCarriedOut } from "./restore.ts";
import type { Failure } from "./rollback.ts";

type Raw = Record<string, unknown>;

/** A small game that uses what going back could forget: momenta, a lazy penalty, a best checkpoint, pruning, averages. */
const base: Raw = {
  data: { source: "ring", count: 200 },
  model: { name: "mlp", width: 8 },
  penalties: [{ name: "l2", every: 4 }],
  batch: 16,
  steps: 40,
  log: { every: 5 },
  samples: { every: 50, count: 16 },
  metrics: { list: "fid", every: 8, samples: 32 },
  checkpoint: { every: 3, keep: 2, best: { scalar: "fid" } },
  health: { remedy: "auto", every: 1, budget: 3 },
};

/** What is found at a step, the remedies that it may be answered by, and since when it is so. */
type Script = readonly { readonly at: number; readonly ladder: readonly string[]; readonly onset?: number }[];

let data: Dataset;
let backend: Backend;
let root: string;

beforeAll(async () => {
  backend = await nodeBackend({ threads: 1 });
  data = await loadData(parseConfig(base));
  root = mkdtempSync(join(tmpdir(), "gantry-rollback-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));
afterEach(() => {
  vi.restoreAllMocks();
});

const TURNING = { code: "oscillation", message: "it turns" } as const;

/** Decisions by a script: the failure after so many remedies is that of the same number. Only the log is asked. */
function scripted(run: RunPaths, script: Script): Pick<TrainingEffects, "decide" | "isHealthy"> {
  return {
    decide({ step, broken }): Failure | null {
      const next = script[indexLog(run.events).remedies.length];
      if (next === undefined || (broken === null && step !== next.at)) return null;
      const { ladder, onset = step } = next;
      const counts = broken === null;
      return { ...TURNING, onset, ladder, counted: counts, canWait: counts, isLasting: true };
    },
    isHealthy: () => true,
  };
}

/** Trains in `run`, or goes on there where it has a config already. */
async function train(run: RunPaths, script: Script, raw: Raw = {}, effects: Partial<TrainingEffects> = {}) {
  const resume = existsSync(run.config);
  const config = parseConfig(resume ? JSON.parse(readFileSync(run.config, "utf8")) : { ...base, ...raw });
  const { game, measured } = prepareGame(config, data);
  const judging = await prepareJudging(config, { dataset: data, game, measured }, backend);
  try {
    const job = { config, dataset: data, game, run, resume, judging };
    return await runTraining(job, { backend, ...scripted(run, script), ...effects });
  } finally {
    await judging.judge?.release();
  }
}

async function trained(script: Script, raw: Raw = {}, effects: Partial<TrainingEffects> = {}) {
  const run = createRun(root, "test");
  return { run, result: await train(run, script, raw, effects) };
}

/** A run directory with a copy of another's files, as another process finds them. */
function copyOf(dir: string): RunPaths {
  const run = createRun(root, "copy");
  cpSync(dir, run.dir, { recursive: true });
  return run;
}

const events = (run: RunPaths): RunEvent[] => [...readEvents(run.events)];

/** What of an event must not depend on the clock, or on how often a run was broken off. */
const comparable = (run: RunPaths) =>
  events(run).flatMap((event) => {
    if (event.type === "resume" || (event.type === "status" && event.status !== "finished")) return [];
    const values = event.type === "scalars" ? { values: { ...event.values, "images/second": null } } : {};
    const named = event.type === "start" ? { run: "" } : {};
    return [{ ...event, ...values, ...named, time: "", ...(event.type === "metric" && { seconds: 0 }) }];
  });

const names = (run: RunPaths) => listCheckpoints(run.checkpoints).map(({ name }) => name);
const steps = (run: RunPaths) => listCheckpoints(run.checkpoints).map(({ step }) => step);

/** Everything of a run that must be the same in the end. */
function traces(run: RunPaths) {
  const metrics = metricFiles(run.dir).map((path) =>
    [...readMetricLines(path)].map((line) => ({ ...line, time: "", seconds: 0 })),
  );
  const hash = (name: string) => sha256(join(run.checkpoints, `${name}.safetensors`));
  return {
    events: comparable(run),
    checkpoints: Object.fromEntries(names(run).map((name) => [name, hash(name)])),
    config: readFileSync(run.config, "utf8"),
    metrics,
  };
}

/** The arrays of the last checkpoint whose name begins so. */
function finalState(run: RunPaths, prefix: string) {
  const { state } = loadCheckpoint(listCheckpoints(run.checkpoints).at(-1)!.path);
  return [...state].filter(([name]) => name.startsWith(prefix)).map(([name, { data: values }]) => [name, [...values]]);
}

describe("a training that goes back under another config", () => {
  it("may go back past an earlier remedy, and keeps what that changed", async () => {
    const raw = { ema: { enabled: false } };
    const script = [
      { at: 24, onset: 22, ladder: ["moving-average"] },
      { at: 36, onset: 19, ladder: ["optimistic"] },
    ];
    const { run, result } = await trained(script, raw);
    expect(result).toMatchObject({ status: "finished", step: 40 });
    const remedies = events(run).flatMap((event) => (event.type === "remedy" ? [event] : []));
    expect(remedies.map(({ name, attempt }) => [name, attempt])).toEqual([
      ["moving-average", 1],
      ["optimistic", 2],
    ]);
    expect(remedies[1]!.backTo).toBeLessThan(remedies[0]!.backTo);
    const { ema, optimizer } = JSON.parse(readFileSync(run.config, "utf8"));
    expect([ema.enabled, optimizer.generator.optimistic]).toEqual([true, true]);
    expect(loadLatest(run.checkpoints).checkpoint!.extra.attempt).toBe("2");
  });

  it("goes on as if nothing had happened where only an average is added", async () => {
    const raw = { ema: { enabled: false } };
    const { run: plain } = await trained([], raw);
    const { run, result } = await trained([{ at: 20, onset: 16, ladder: ["moving-average"] }], raw);
    expect(result).toMatchObject({ status: "finished", step: 40, images: 640 });
    for (const part of ["generator", "discriminator", "optim/"]) {
      expect(finalState(run, part).length).toBeGreaterThan(0);
      expect(finalState(run, part)).toEqual(finalState(plain, part));
    }
    expect(finalState(plain, "ema/")).toEqual([]);
    // The average began at the weights of step 15, not at those of the beginning.
    const [began] = finalState(run, "ema/");
    expect(began![0]).toMatch(/^ema\/generator\//);
    const event = events(run).find(({ type }) => type === "remedy");
    expect(event).toMatchObject({
      step: 20,
      backTo: 15,
      attempt: 1,
      changes: [{ key: "ema.enabled", from: false, to: true }],
    });
    expect(JSON.parse(readFileSync(run.config, "utf8"))).toMatchObject({ ema: { enabled: true } });
  });

  it("starts a new average at the weights gone back to", async () => {
    const script = [{ at: 20, onset: 16, ladder: ["moving-average"] }];
    const stop = { stopReason: () => "SIGINT" };
    const run = createRun(root, "test");
    let went = false;
    const onEvent = (event: RunEvent) => {
      went ||= event.type === "checkpoint" && event.step === 15 && indexLog(run.events).remedies.length === 1;
    };
    await train(
      run,
      script,
      { ema: { enabled: false } },
      { onEvent, stopReason: () => (went ? stop.stopReason() : null) },
    );
    const { state } = loadCheckpoint(join(run.checkpoints, "step-00000015.safetensors"));
    const averages = [...state].filter(([name]) => name.startsWith("ema/"));
    expect(averages.length).toBeGreaterThan(0);
    for (const [name, { data: values }] of averages) expect(values).toEqual(state.get(name.slice(4))!.data);
  });

  it("takes over what has the same name and shape, and begins the rest anew", async () => {
    const script = [{ at: 20, onset: 16, ladder: ["optimistic"] }];
    const run = createRun(root, "test");
    let copied: RunPaths | undefined;
    const onEvent = (event: RunEvent) => {
      if (event.type === "remedy") copied = copyOf(run.dir);
    };
    await train(run, script, { metrics: {}, checkpoint: { every: 3, keep: 50 } }, { onEvent });
    const old = loadCheckpoint(join(copied!.checkpoints, "step-00000015.safetensors"));
    const now = loadCheckpoint(join(run.checkpoints, "step-00000015.safetensors"));
    expect([old.extra.attempt, now.extra.attempt]).toEqual(["0", "1"]);
    expect(old.state.size).toBeGreaterThan(10);
    for (const [name, { data: values }] of old.state) expect(now.state.get(name)!.data).toEqual(values);
    const added = [...now.state].filter(([name]) => !old.state.has(name));
    expect(added.map(([name]) => name.split("/").slice(0, 3).join("/"))).toContain("optim/generator/previous");
    for (const [, { data: values }] of added) expect([...values].every((value) => value === 0)).toBe(true);
    expect(steps(run).slice(0, 6)).toEqual([3, 6, 9, 12, 15, 18]);
    expect(readdirSync(run.checkpoints).filter((name) => name.endsWith(".attempt-0"))).toEqual([
      "step-00000018.safetensors.attempt-0",
    ]);
  });

  it.each(["packing", "r1-r2"])(
    "begins again by %s as a run that was always so, where nothing healthy is kept",
    async (name) => {
      const { run } = await trained([{ at: 20, onset: 2, ladder: [name] }]);
      const config = JSON.parse(readFileSync(run.config, "utf8")) as Raw;
      expect(events(run).find(({ type }) => type === "remedy")).toMatchObject({ name, backTo: 0 });
      const { run: plain } = await trained([], config);
      const state = finalState(plain, "");
      expect(state.length).toBeGreaterThan(10);
      expect(finalState(run, "")).toEqual(state);
      const measured = (of: RunPaths) =>
        standing(events(of)).flatMap((event) => (event.type === "metric" ? [[event.step, event.results]] : []));
      expect(measured(run)).toEqual(measured(plain));
      expect(traces(run).metrics).toEqual(traces(plain).metrics);
    },
  );

  it("keeps healthy checkpoints from being pruned", async () => {
    const { run } = await trained([{ at: 35, onset: 16, ladder: ["slower"] }], { checkpoint: { every: 3, keep: 1 } });
    const [event] = events(run).filter(({ type }) => type === "remedy");
    expect(event).toMatchObject({ step: 35, backTo: expect.any(Number) });
    const { backTo } = event as { backTo: number };
    expect(backTo).toBeGreaterThan(0);
    expect(backTo).toBeLessThanOrEqual(16);
  });

  it("goes back before the remedy where no checkpoint since is good, and comes to the same end", async () => {
    const script = [{ at: 20, onset: 16, ladder: ["r1-r2"] }];
    const { run: whole } = await trained(script, { checkpoint: { every: 3, keep: 50 } });
    const run = copyOf(whole.dir);
    const since = listCheckpoints(run.checkpoints).filter(({ path }) => loadCheckpoint(path).extra.attempt === "1");
    expect(since.map(({ step }) => step)).toEqual(steps(run).filter((step) => step! >= 15));
    for (const { path } of since) truncateSync(path, 100);
    expect((await train(run, script)).status).toBe("finished");
    expect(events(run).filter(({ type }) => type === "resume")).toMatchObject([{ checkpoint: "step-00000012" }]);
    const [now, before] = [traces(run), traces(whole)];
    expect({ ...now, events: now.events.filter(({ type }) => type !== "note") }).toEqual(before);
  });

  it("is given up when the budget is spent, with what was tried", async () => {
    const script = [
      { at: 20, onset: 16, ladder: ["slower"] },
      { at: 30, onset: 29, ladder: ["optimistic"] },
    ];
    const { run, result } = await trained(script, { health: { remedy: "auto", every: 1, budget: 1 } });
    expect(result).toMatchObject({ status: "failed", step: 30 });
    expect(result.reason).toMatch(
      /^oscillation: it turns; tried: slower, and the budget of 1 remedy \(health.budget\) is spent; the last healthy checkpoint is step-000000\d\d, the best is step-000000\d\d$/,
    );
    expect(events(run).at(-1)).toMatchObject({ type: "status", status: "failed", reason: result.reason });
    // To go on comes to the same end.
    expect(await train(run, script)).toEqual(result);
  });

  it("may pass by itself while it is young, and is given up at the end where it has not", async () => {
    const young = { ...TURNING, onset: 30, counted: true, ladder: [], canWait: true } as const;
    const until = (end: number) =>
      trained([], {}, { decide: ({ step }) => (step >= 30 && step < end ? { ...young, isLasting: false } : null) });
    expect((await until(35)).result).toMatchObject({ status: "finished", step: 40 });
    const { run, result } = await until(100);
    expect(result).toMatchObject({ status: "failed", step: 40 });
    expect(result.reason).toMatch(/^oscillation: it turns; no remedy was tried, and there is none left to try/);
    expect(steps(run).at(-1)).toBe(40);
  });

  it("does nothing of itself where the config only asks for suggestions", async () => {
    const { run, result } = await trained([{ at: 20, ladder: ["slower"] }], { health: { remedy: "suggest" } });
    expect(result.status).toBe("finished");
    expect(events(run).filter(({ type }) => type === "remedy")).toEqual([]);
  });

  it("answers a value that is not finite at once, as long as there is something to try", async () => {
    const wild = { name: "sgd", lr: 1e30 };
    const ladder = ["slower", "clip-gradients"];
    const script = [0, 1, 2].map(() => ({ at: -1, onset: 0, ladder }));
    const { run, result } = await trained(script, {
      optimizer: { generator: wild, discriminator: wild },
      metrics: {},
      checkpoint: {},
    });
    expect(result.status).toBe("failed");
    expect(events(run).flatMap((event) => (event.type === "remedy" ? [event.name] : []))).toEqual(ladder);
    expect(result.reason).toContain(
      "tried: slower, clip-gradients, and there is none left to try; no healthy checkpoint",
    );
  });
});

describe.each<[string, Script, Raw]>([
  ["a penalty is added", [{ at: 20, onset: 16, ladder: ["r1-r2"] }], {}],
  [
    "an average and then packs are added",
    [
      { at: 17, onset: 16, ladder: ["moving-average"] },
      { at: 29, onset: 26, ladder: ["packing"] },
    ],
    { metrics: {}, checkpoint: { every: 3, keep: 2 }, ema: { enabled: false } },
  ],
])("a process that is killed while %s", (_, script, raw) => {
  let whole: RunPaths;
  let expected: ReturnType<typeof traces>;
  /** The first picture of a remedy that is written down and not yet carried out. */
  let pending: string;
  beforeAll(async () => {
    ({ run: whole } = await trained(script, raw));
    expected = traces(whole);
    expect(indexLog(whole.events).remedies).toHaveLength(script.length);
  });

  it("is followed by one that comes to the same end, whatever was on the disk", { timeout: 120_000 }, async () => {
    const run = createRun(root, "photographed");
    const pictures = photograph(run, root, 12 * script.length);
    await train(run, script, raw);
    pending = pictures[0]!;
    vi.restoreAllMocks();
    expect(traces(run)).toEqual(expected);
    expect(pictures.length).toBeGreaterThan(5 * script.length);
    for (const [i, picture] of pictures.entries()) {
      const resumed = copyOf(picture);
      expect((await train(resumed, script, raw)).status).toBe("finished");
      expect(traces(resumed), `picture ${i}`).toEqual(expected);
    }
  });

  it("goes on exactly, whenever it is stopped", { timeout: 60_000 }, async () => {
    const run = createRun(root, "stopped");
    let result = await train(run, script, raw, { stopReason: () => "SIGINT" });
    // After every third step, so that stops fall before, between and after the remedies.
    for (let sessions = 0; result.status === "interrupted"; sessions++) {
      expect(sessions).toBeLessThan(40);
      let done = 0;
      result = await train(run, script, raw, { stopReason: () => (++done === 3 ? "SIGINT" : null) });
    }
    const end = traces(run);
    const last = Object.keys(expected.checkpoints).at(-1)!;
    expect(end.checkpoints[last]).toBe(expected.checkpoints[last]);
    expect([end.config, end.metrics]).toEqual([expected.config, expected.metrics]);
    // Only stops make checkpoints beside those that are planned.
    const others = (of: ReturnType<typeof traces>) => of.events.filter(({ type }) => type !== "checkpoint");
    expect(others(end)).toEqual(others(expected));
  });

  it("is followed by a trainer in its own thread, too, which says the config under which it goes on", async () => {
    const run = copyOf(pending);
    const carriedOut = () => isCarriedOut(run, loadLatest(run.checkpoints).checkpoint);
    expect(carriedOut()).toBe(false);
    const handle = await resume(run.dir);
    expect(await handle.result).toMatchObject({ status: "finished", step: 40 });
    expect(carriedOut()).toBe(true);
    // That trainer finds no further failures; with one remedy the end is the same.
    const remedied = [...indexLog(run.events).remedies];
    expect(remedied).toHaveLength(1);
    expect(handle.config).toEqual(JSON.parse(readFileSync(run.config, "utf8")));
    if (script.length === 1) expect(finalState(run, "generator")).toEqual(finalState(whole, "generator"));
  });

  it("is not gone on with under yet another config", async () => {
    const run = copyOf(whole.dir);
    const before = events(run);
    const config = parseConfig({ ...JSON.parse(readFileSync(run.config, "utf8")), batch: 32 });
    const game = gameFromConfig(config, sampleType(data));
    await expect(runTraining({ config, dataset: data, game, run, resume: true }, { backend })).rejects.toThrow(
      "was trained under another config\n  batch: 16 -> 32",
    );
    expect(events(run)).toEqual(before);
  });

  it("is gone on with under the config that it was begun with, too", async () => {
    const run = copyOf(whole.dir);
    const config = parseConfig({ ...base, ...raw });
    const game = gameFromConfig(config, sampleType(data));
    const result = await runTraining({ config, dataset: data, game, run, resume: true }, { backend });
    expect(result).toMatchObject({ status: "finished", step: 40 });
    expect(JSON.parse(readFileSync(run.config, "utf8"))).toEqual(JSON.parse(expected.config));
  });
});
