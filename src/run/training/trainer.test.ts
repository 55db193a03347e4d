import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { Backend } from "../../backend/backend.ts";
import { nodeBackend } from "../../backend/onnx/node.ts";
import { parseConfig } from "../../config/config.ts";
import { gameFromConfig } from "../../config/game-from-config.ts";
import type { ImageDataset } from "../../data/dataset.ts";
import { ring } from "../../data/synthetic.ts";
import { fillBits, streamKey } from "../../util/rng.ts";
import { diskFileSystem } from "../store/atomic-file.ts";
import { listCheckpoints, loadCheckpoint } from "../store/checkpoint.ts";
import { readEvents } from "../store/event-log.ts";
import type { RunEvent, RunEventOf } from "../store/events.ts";
import { createRun, type RunPaths } from "../store/run-dir.ts";
import { findBest } from "./judge/best.ts";
import { sampleType } from "./prepare/prepare.ts";
import { runTraining, type TrainingEffects, type TrainingResult } from "./trainer.ts";

type Raw = Record<string, unknown>;

/** A small game of points that uses what a resume could forget: a lazy penalty, momenta, several phases, a best checkpoint. */
const points: Raw = {
  data: { source: "ring" },
  model: { name: "mlp", width: 8 },
  penalties: [{ name: "r1", every: 4 }],
  updates: { discriminatorSteps: 2 },
  batch: 16,
  steps: 23,
  log: { every: 5 },
  samples: { every: 50, count: 16 },
  checkpoint: { every: 7, keep: 100 },
};

/** A small game of images: running averages, mirrored data, a moving average with buffers, a schedule. */
const pictures: Raw = {
  data: { source: "noise", mirror: true },
  model: { name: "dcgan", base: 2, latent: 4 },
  optimizer: { generator: { name: "adam", schedule: { kind: "cosine", warmup: 40 } } },
  batch: 8,
  steps: 12,
  log: { every: 5 },
  samples: { every: 50, count: 4 },
  checkpoint: { every: 5, keep: 100 },
};

/** A small game about classes: labels of the batch, and a head whose accuracy is measured, in packs. */
const labelled: Raw = {
  ...points,
  conditioning: { discriminator: "class-head" },
  packing: 2,
  steps: 12,
  checkpoint: { every: 5, keep: 100 },
};

/** A small game about a code that is drawn in the step. */
const coded: Raw = { ...labelled, conditioning: "none", code: { categories: 3, continuous: 1 } };

const noise: ImageDataset = {
  kind: "images",
  name: "noise",
  count: 50,
  shape: [1, 16, 16],
  data: pixels(50 * 256),
  valueRange: { min: 0, max: 255, convention: "0..255" },
  skipped: [],
  notes: [],
};

function pixels(count: number): Uint8Array {
  const bits = new Uint32Array(count);
  fillBits(streamKey(1, "pixels"), 0, bits);
  return Uint8Array.from(bits, (word) => word >>> 24);
}

let backend: Backend;
let root: string;

beforeAll(async () => {
  backend = await nodeBackend({ threads: 1 });
  root = mkdtempSync(join(tmpdir(), "gantry-trainer-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));
afterEach(() => {
  vi.restoreAllMocks();
});

/** Trains from the beginning, or goes on, in a directory that exists. */
async function trainIn(run: RunPaths, resume: boolean, raw: Raw, effects: Partial<TrainingEffects> = {}) {
  const config = parseConfig(raw);
  const dataset = config.model.name === "mlp" ? ring({ count: 200 }) : noise;
  const game = gameFromConfig(config, sampleType(dataset));
  const judging = { judge: undefined, best: findBest(config, ["loss/generator"], []) };
  return runTraining({ config, dataset, game, run, resume, judging }, { backend, ...effects });
}

/** Goes on in `run`, or trains in a new one. */
async function train(raw: Raw, run?: RunPaths, effects: Partial<TrainingEffects> = {}) {
  const paths = run ?? createRun(root, "test");
  const result: TrainingResult = await trainIn(paths, run !== undefined, raw, effects);
  return { result, run: paths };
}

/** A stop request after step `step` of this session. */
function stopAfter(step: number): Partial<TrainingEffects> {
  let done = 0;
  return { stopReason: () => (++done === step ? "SIGINT" : null) };
}

/** A crash after step `step` of this session, before anything of that step is written. */
function crashAfter(step: number): Partial<TrainingEffects> {
  let done = 0;
  return {
    stopReason() {
      if (++done === step) throw new Error("crash");
      return null;
    },
  };
}

const events = (run: RunPaths) => [...readEvents(run.events)];
const eventsOf = <T extends RunEvent["type"]>(run: RunPaths, type: T) =>
  events(run).filter((event): event is RunEventOf<T> => event.type === type);

/** What was measured, but for the speed and the clock. */
function scalars(run: RunPaths) {
  return events(run).flatMap((event) => {
    if (event.type !== "scalars") return [];
    const { "images/second": _, ...values } = event.values;
    return [{ step: event.step, images: event.images, values }];
  });
}

const checkpointBytes = (run: RunPaths, name: string) => readFileSync(join(run.checkpoints, `${name}.safetensors`));
const checkpointNames = (run: RunPaths) => listCheckpoints(run.checkpoints).map(({ name }) => name);

/** Two runs that must have come to the same end, to the bit. */
function expectSameEnd(actual: RunPaths, expected: RunPaths): void {
  const name = checkpointNames(expected).at(-1)!;
  expect(checkpointNames(actual).at(-1)).toBe(name);
  expect(checkpointBytes(actual, name).equals(checkpointBytes(expected, name))).toBe(true);
  expect(scalars(actual)).toEqual(scalars(expected));
}

describe.each([
  { what: "points", raw: points, stops: [1, 2, 5, 7, 13, 22] },
  { what: "images", raw: pictures, stops: [1, 5, 8] },
  { what: "points by class", raw: labelled, stops: [1, 5, 8] },
  { what: "points with a code", raw: coded, stops: [1, 8] },
])("resuming a training of $what", ({ raw, stops }) => {
  let unbroken: RunPaths;
  beforeAll(async () => {
    const { result, run } = await train(raw);
    expect(result).toMatchObject({ status: "finished", step: raw.steps });
    unbroken = run;
  });

  it("is deterministic to begin with", async () => {
    expectSameEnd((await train(raw)).run, unbroken);
  });

  it.each(stops)("is exact after a stop at step %d", async (step) => {
    const { result, run } = await train(raw, undefined, stopAfter(step));
    expect(result).toMatchObject({ status: "interrupted", reason: "SIGINT", step });
    expect(checkpointNames(run)).toContain(`step-${String(step).padStart(8, "0")}`);
    expect((await train(raw, run)).result).toMatchObject({ status: "finished", step: raw.steps });
    expectSameEnd(run, unbroken);
  });

  it.each(stops)("is exact after a crash in step %d", async (step) => {
    const run = createRun(root, "crash");
    await expect(trainIn(run, false, raw, crashAfter(step))).rejects.toThrow("crash");
    expect((await train(raw, run)).result.status).toBe("finished");
    expectSameEnd(run, unbroken);
  });

  it("is exact after a stop at every step", async () => {
    const { run } = await train(raw, undefined, stopAfter(1));
    for (let step = 2; step < (raw.steps as number); step++) await train(raw, run, stopAfter(1));
    expect((await train(raw, run)).result.status).toBe("finished");
    expectSameEnd(run, unbroken);
  });

  it("passes over a damaged checkpoint, and says so", async () => {
    const run = createRun(root, "damaged");
    cpSync(unbroken.dir, run.dir, { recursive: true });
    const last = join(run.checkpoints, `${checkpointNames(run).at(-1)}.safetensors`);
    truncateSync(last, readFileSync(last).length - 10);
    expect((await train(raw, run)).result.status).toBe("finished");
    expect(eventsOf(run, "note")).toMatchObject([
      { level: "warning", message: expect.stringContaining(`checkpoint ${last} is damaged`) },
    ]);
    expectSameEnd(run, unbroken);
  });
});

describe("a run", () => {
  it("writes its events in order", async () => {
    const heard: string[] = [];
    const { run } = await train({ ...points, steps: 10, samples: { every: 10, count: 4 } }, undefined, {
      onEvent: ({ type, step }) => heard.push(`${type} ${step}`),
    });
    const samples = (step: number) => [`sample ${step}`, `sample ${step}`];
    expect(heard).toEqual([
      "start 0",
      "baseline 0",
      "status 0",
      ...samples(0),
      "scalars 5",
      "checkpoint 7",
      "scalars 10",
      ...samples(10),
      "checkpoint 10",
      "status 10",
    ]);
    expect(events(run).map(({ type, step }) => `${type} ${step}`)).toEqual(heard);
    expect(readdirSync(run.samples).sort()).toEqual([
      "fakes-000000-raw.png",
      "fakes-000000.png",
      "fakes-000010-raw.png",
      "fakes-000010.png",
    ]);
    // Two discriminator batches a step.
    expect(events(run).at(-1)).toMatchObject({ status: "finished", images: 10 * 2 * 16 });
  });

  it("reports the mean of what its steps measured", async () => {
    const each = scalars((await train({ ...points, steps: 6, log: { every: 1 } })).run);
    const [all] = scalars((await train({ ...points, steps: 6, log: { every: 6 } })).run);
    const mean = each.reduce((sum, { values }) => sum + (values["loss/generator"] as number), 0) / 6;
    expect(all!.values["loss/generator"]).toBeCloseTo(mean, 12);
    // A lazy penalty is averaged over the steps in which it was computed: updates 0, 4 and 8 are in steps 0, 2 and 4.
    const lazy = each.map(({ values }) => values["penalty/r1"]);
    expect(lazy.map((value) => value !== undefined)).toEqual([true, false, true, false, true, false]);
    const found = lazy.filter((value) => value !== undefined) as number[];
    expect(all!.values["penalty/r1"]).toBeCloseTo(found.reduce((a, b) => a + b) / 3, 12);
  });

  it("keeps the last checkpoints and the best", async () => {
    const raw = {
      ...points,
      steps: 30,
      log: { every: 3 },
      checkpoint: { every: 3, keep: 2, best: { scalar: "loss/generator", mode: "max" } },
    };
    const { run } = await train(raw);
    const found = scalars(run).map(({ step, values }) => ({ step, value: values["loss/generator"] as number }));
    const best = found.reduce((a, b) => (b.value > a.value ? b : a));
    const names = [best.step, 27, 30].map((step) => `step-${String(step).padStart(8, "0")}`);
    expect(checkpointNames(run)).toEqual([...new Set(names)].sort());
    // The choice is remembered: stopping in between changes nothing.
    const { run: broken } = await train(raw, undefined, stopAfter(20));
    await train(raw, broken);
    expect(checkpointNames(broken)).toEqual(checkpointNames(run));
  });

  it("does not take a stop for a chance to be the best", async () => {
    const best = { scalar: "loss/generator", mode: "max" };
    const raw = { ...points, steps: 30, log: { every: 1 }, checkpoint: { every: 10, keep: 1, best } };
    const { run } = await train(raw);
    const between = scalars(run).filter(({ step }) => step % 10 !== 0);
    const lossAt = ({ values }: (typeof between)[number]) => values["loss/generator"] as number;
    const highest = between.reduce((a, b) => (lossAt(b) > lossAt(a) ? b : a));
    const { run: broken } = await train(raw, undefined, stopAfter(highest.step));
    await train(raw, broken);
    expect(checkpointNames(broken)).toEqual(checkpointNames(run));
  });

  it("goes on when a finished run is lengthened", async () => {
    const { run } = await train({ ...points, steps: 10 });
    const { result } = await train({ ...points, steps: 20 }, run);
    expect(result).toMatchObject({ status: "finished", step: 20 });
    const { run: unbroken } = await train({ ...points, steps: 20 });
    const state = ({ checkpoints }: RunPaths) =>
      [...loadCheckpoint(join(checkpoints, "step-00000020.safetensors")).state].map(([name, { data }]) => [name, data]);
    expect(state(run)).toEqual(state(unbroken));
  });

  it("has nothing to do when it is resumed at its end", async () => {
    const { run } = await train({ ...points, steps: 10 });
    const before = checkpointBytes(run, "step-00000010");
    expect((await train({ ...points, steps: 10 }, run)).result).toMatchObject({ status: "finished", step: 10 });
    expect(checkpointBytes(run, "step-00000010").equals(before)).toBe(true);
  });

  it("does not go on under another config, and lists the differences", async () => {
    const { run } = await train({ ...points, steps: 10 });
    const before = events(run);
    const other = { ...points, steps: 10, batch: 32, optimizer: { generator: { name: "adam", lr: 1e-3 } } };
    await expect(train(other, run)).rejects.toThrow(
      `${run.name} was trained under another config\n  batch: 16 -> 32\n  optimizer.generator.lr: 0.0002 -> 0.001`,
    );
    expect(events(run)).toEqual(before);
    expect(checkpointNames(run)).toEqual(["step-00000007", "step-00000010"]);
  });

  it("goes on under another log, sample and checkpoint rhythm", async () => {
    const { run } = await train(points, undefined, stopAfter(9));
    const other = { ...points, log: { every: 4 }, samples: { every: 6 }, checkpoint: { every: 2, keep: 100 } };
    expect((await train(other, run)).result.status).toBe("finished");
  });
});

describe("when something goes wrong", () => {
  it("stops at a value that is not finite, with a finding, and keeps the last good checkpoint", async () => {
    // The rate grows a hundred million fold over the training.
    const wild = { name: "sgd", lr: 1e-4, schedule: { kind: "exponential", final: 1e8 } };
    const raw = {
      ...points,
      objective: "least-squares",
      steps: 60,
      optimizer: { generator: wild, discriminator: wild },
      checkpoint: { every: 1, keep: 3 },
    };
    const { result, run } = await train(raw);
    expect(result.status).toBe("failed");
    expect(result.step).toBeGreaterThan(9);
    const last = listCheckpoints(run.checkpoints).at(-1)!;
    expect(last.step).toBe(result.step);
    expect(result.reason).toContain(`the last good checkpoint is of step ${result.step}`);
    const [finding] = eventsOf(run, "finding");
    expect(finding).toMatchObject({ code: "numerical-divergence", severity: "error", step: result.step });
    const evidence = finding!.evidence.filter(({ signal }) => signal !== "step/broken").map(({ value }) => value);
    expect(evidence).toHaveLength(finding!.evidence.length - 1);
    expect(evidence.length).toBeGreaterThan(0);
    expect(evidence.every((value) => typeof value === "number" && !Number.isFinite(value))).toBe(true);
    expect(events(run).at(-1)).toMatchObject({ type: "status", status: "failed", reason: result.reason });
    for (const { path } of listCheckpoints(run.checkpoints)) {
      for (const [name, { data }] of loadCheckpoint(path).state) {
        expect(
          [...(data as Float32Array)].every((value) => Number.isFinite(value)),
          name,
        ).toBe(true);
      }
    }
    expect(scalars(run).length).toBe(Math.floor(result.step / 5));
    // Resuming comes to the same end: nothing was repaired behind anyone's back.
    expect((await train(raw, run)).result).toEqual(result);
  });

  it("says so when there is no good checkpoint", async () => {
    const wild = { name: "sgd", lr: 1e30 };
    const { result, run } = await train({ ...points, optimizer: { generator: wild, discriminator: wild } });
    expect(result).toMatchObject({ status: "failed", reason: expect.stringMatching(/; no checkpoint was written$/) });
    expect(checkpointNames(run)).toEqual([]);
  });

  it("writes down what the backend has to say of this machine", async () => {
    const said: Backend = { ...backend, notes: ["convolutions are slow here"] };
    const { run } = await train({ ...points, steps: 1 }, undefined, { backend: said });
    expect(eventsOf(run, "note")).toMatchObject([{ level: "info", step: 0, message: "convolutions are slow here" }]);
    expect(eventsOf((await train({ ...points, steps: 1 })).run, "note")).toEqual([]);
  });

  it("loses nothing when the disk is full at a checkpoint", async () => {
    const { run: unbroken } = await train(points);
    const run = createRun(root, "full");
    const { open, write } = diskFileSystem;
    const checkpointFiles = new Set<number>();
    let saved = 0;
    vi.spyOn(diskFileSystem, "open").mockImplementation((path, flags) => {
      const fd = open(path, flags);
      checkpointFiles.delete(fd);
      if (flags === "wx" && path.includes("step-") && ++saved > 2) checkpointFiles.add(fd);
      return fd;
    });
    vi.spyOn(diskFileSystem, "write").mockImplementation((fd, bytes) => {
      if (checkpointFiles.has(fd)) throw Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC" });
      return write(fd, bytes);
    });
    await expect(trainIn(run, false, points)).rejects.toThrow(/cannot write .*step-00000021.*: the disk is full/);
    vi.restoreAllMocks();
    expect(checkpointNames(run)).toEqual(["step-00000007", "step-00000014"]);
    expect(readdirSync(run.checkpoints)).toHaveLength(2);
    expect(events(run).at(-1)).toMatchObject({
      type: "status",
      status: "failed",
      reason: expect.stringMatching(/the disk is full; the last good checkpoint is of step 14$/),
    });
    expect((await train(points, run)).result.status).toBe("finished");
    expectSameEnd(run, unbroken);
  });
});
