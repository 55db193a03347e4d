/** @file Metrics while training: what is written where, the best checkpoint by them, and that a run broken off anywhere tells the same. */

import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Backend } from "../../backend/backend.ts";
import { nodeBackend } from "../../backend/onnx/node.ts";
import { parseConfig } from "../../config/config.ts";
import { gameFromConfig } from "../../config/game-from-config.ts";
import type { Dataset, ImageDataset } from "../../data/dataset.ts";
import { ring } from "../../data/synthetic.ts";
import { DataError } from "../../util/errors.ts";
import { fillBits, streamKey } from "../../util/rng.ts";
import { Evaluator } from "../evaluation/evaluator.ts";
import { pointExtractor, type Samples } from "../evaluation/extractor.ts";
import { drawSeeds } from "../sampling/sample-run.ts";
import { listCheckpoints, loadCheckpoint } from "../store/checkpoint.ts";
import { readEvents } from "../store/event-log.ts";
import type { MetricEvent, RunEvent } from "../store/events.ts";
import { loadRun } from "../store/load-run.ts";
import { metricFiles, readMetricLines } from "../store/metric-log.ts";
import { createRun, type RunPaths } from "../store/run-dir.ts";
import type { Judge } from "./judge/judge.ts";
import { type Judging, prepareJudging, sampleType } from "./prepare/prepare.ts";
import { runTraining, type TrainingEffects } from "./trainer.ts";

type Raw = Record<string, unknown>;

const raw: Raw = {
  data: { source: "ring" },
  model: { name: "mlp", width: 8 },
  batch: 16,
  steps: 23,
  log: { every: 5 },
  samples: { every: 50, count: 16 },
  metrics: { list: "prdc,modes,fid", every: 4, samples: 100 },
  checkpoint: { every: 7, keep: 2, best: { scalar: "fid" } },
};

const points = ring({ count: 150 });
let backend: Backend;
let root: string;
beforeAll(async () => {
  backend = await nodeBackend({ threads: 1 });
  root = mkdtempSync(join(tmpdir(), "gantry-metrics-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Extra extends Partial<TrainingEffects> {
  /** Default 150 points of the ring. */
  readonly dataset?: Dataset;
  readonly judging?: Judging;
}

/** Goes on in `run`, or trains in a new one. */
async function train(
  given: Raw,
  run?: RunPaths,
  { judging, dataset = points, ...effects }: Extra = {},
): Promise<RunPaths> {
  const config = parseConfig(given);
  const game = gameFromConfig(config, sampleType(dataset));
  const used = judging ?? (await prepareJudging(config, { dataset, game, measured: ["loss/generator"] }, backend));
  const paths = run ?? createRun(root, "test");
  try {
    await runTraining(
      { config, dataset, game, run: paths, resume: run !== undefined, judging: used },
      { backend, ...effects },
    );
  } finally {
    await used.judge?.release();
  }
  return paths;
}

const events = (run: RunPaths) => [...readEvents(run.events)];
const metricEvents = (run: RunPaths) => events(run).filter((event): event is MetricEvent => event.type === "metric");
const checkpoints = (run: RunPaths) => listCheckpoints(run.checkpoints).map(({ name }) => name);
const nameOf = (step: number) => `step-${String(step).padStart(8, "0")}`;
const bestOf = (run: RunPaths) =>
  JSON.parse(loadCheckpoint(listCheckpoints(run.checkpoints).at(-1)!.path).extra.best!) as {
    readonly name: string;
    readonly value: number;
  };

/** The metric files by name, byte for byte but for the clock. */
const files = (run: RunPaths) =>
  Object.fromEntries(
    metricFiles(run.dir).map((path) => [
      basename(path),
      readFileSync(path, "utf8").replace(/"seconds":[^,]*|"time":"[^"]*"/g, ""),
    ]),
  );

/** All that must not depend on where a run was broken off. */
const traces = (run: RunPaths) => ({
  files: files(run),
  events: metricEvents(run).map((event) => ({ ...event, time: "", seconds: 0 })),
  checkpoints: checkpoints(run),
  last: readFileSync(join(run.checkpoints, `${nameOf(23)}.safetensors`)).toString("base64"),
});

describe("a training that is judged", () => {
  let run: RunPaths;
  beforeAll(async () => {
    run = await train(raw);
  });

  it("writes an event for each metric, every so many steps and at the end", () => {
    const names = ["prdc-100-points", "modes-100", "fid-100-points"];
    const expected = [4, 8, 12, 16, 20, 23].flatMap((step) => names.map((metric) => ({ step, metric })));
    expect(metricEvents(run).map(({ step, metric }) => ({ step, metric }))).toEqual(expected);
    expect(metricEvents(run)[1]).toMatchObject({
      images: 4 * 16,
      better: "large",
      samples: 100,
      reference: { name: "ring", count: 100 },
      // Of 150 reals there are not 100 beside the 100 that judge.
      real: { samples: 75, reference: 75 },
      seed: 0,
      weights: "ema",
      seconds: expect.any(Number),
      results: { captured: { value: expect.any(Number), ideal: expect.closeTo(8, 3), real: 8 } },
    });
  });

  it("writes the same as a line into the metric's file, with the checkpoint of that step", () => {
    expect(metricFiles(run.dir).map((path) => basename(path))).toEqual([
      "metric-fid-100-points.jsonl",
      "metric-modes-100.jsonl",
      "metric-prdc-100-points.jsonl",
    ]);
    const lines = metricFiles(run.dir).flatMap((path) => [...readMetricLines(path)]);
    expect(lines).toHaveLength(18);
    for (const { checkpoint, kimg, ...line } of lines) {
      const event = metricEvents(run).find(({ metric, step }) => metric === line.metric && step === line.step);
      const { v: _, type: __, better: ___, ...rest } = event!;
      expect(line).toEqual(rest);
      expect(kimg).toBe(line.images / 1000);
      const saved = events(run).some(
        (other) => other.type === "checkpoint" && other.step === line.step && other.path.includes(String(checkpoint)),
      );
      expect(saved).toBe(checkpoint !== null);
    }
    expect(lines.some(({ checkpoint }) => checkpoint === null)).toBe(true);
    expect(lines.find(({ step }) => step === 23)!.checkpoint).toBe(nameOf(23));
  });

  it("judges the samples that `gantry sample` draws of the seeds from 0 on", async () => {
    const loaded = loadRun(run);
    const seeds = Array.from({ length: 100 }, (_, seed) => seed);
    const { data } = await drawSeeds(loaded, backend, { seeds, weights: "ema", format: "raw" });
    const evaluator = new Evaluator({
      ...{ metrics: [{ name: "fid", shrinkage: 0 }], count: 100, reference: points, backend },
      extractor: pointExtractor(2),
    });
    const [fid] = await evaluator.evaluate({ kind: "points", shape: [2], data, count: 100 } as Samples);
    await evaluator.release();
    expect(metricEvents(run).at(-1)).toMatchObject({ step: 23, metric: "fid-100-points", results: fid!.results });
  });

  it("saves and keeps the step at which the metric was best", () => {
    const fids = metricEvents(run).filter(({ metric }) => metric === "fid-100-points");
    const values = fids.map(({ step, results }) => ({ step, value: results.fid!.value }));
    const best = values.reduce((a, b) => (b.value < a.value ? b : a));
    expect(bestOf(run)).toEqual({
      name: nameOf(best.step),
      ...{ value: best.value, figure: "fid-100-points", mode: "min" },
    });
    expect(checkpoints(run)).toContain(nameOf(best.step));
    expect(loadCheckpoint(join(run.checkpoints, `${nameOf(best.step)}.safetensors`)).step).toBe(best.step);
    expect(checkpoints(run)).toHaveLength(checkpoints(run).slice(-2).includes(nameOf(best.step)) ? 2 : 3);
    // Every one that was better than those before it was saved, whatever the schedule.
    const records = values.filter(({ value }, i) => values.slice(0, i).every((before) => value < before.value));
    const saved = events(run).flatMap(({ type, step }) => (type === "checkpoint" ? [step] : []));
    expect(saved).toEqual([...new Set([7, 14, 21, 23, ...records.map(({ step }) => step)])].sort((a, b) => a - b));
  });

  it.each([1, 4, 8, 22])("tells the same when it was stopped after step %d", async (stop) => {
    const broken = await train(raw, undefined, { stopReason: stopAt(stop) });
    const { last, files: found } = traces(await train(raw, broken));
    expect({ last, files: found }).toEqual({ last: traces(run).last, files: files(run) });
  });

  it.each([4, 9, 21])("tells the same when it crashed after step %d", async (crash) => {
    const broken = createRun(root, "crash");
    await expect(trainNew(broken, crashAt(crash))).rejects.toThrow("crash");
    expect(traces(await train(raw, broken))).toEqual(traces(run));
  });

  it.each([1, 2, 3])(
    "tells the same when it was killed just before it saved checkpoint %d, in mid-line",
    async (number) => {
      const broken = createRun(root, "torn");
      let saves = 0;
      // The event goes before the file: the metrics of this step are written down, and the checkpoint is not.
      const onEvent = ({ type }: RunEvent) => {
        if (type === "checkpoint" && ++saves === number) throw new Error("crash");
      };
      await expect(trainNew(broken, { onEvent })).rejects.toThrow("crash");
      for (const path of metricFiles(broken.dir)) appendFileSync(path, '{"metric":"fid-100-po');
      expect(traces(await train(raw, broken))).toEqual(traces(run));
    },
  );

  it("takes back what a killed run had measured after its checkpoint, and keeps it aside", async () => {
    const broken = createRun(root, "killed");
    // Checkpoints are of steps 7 and 14; the blow falls when step 20 was judged, unless that was a record.
    const plain = { ...raw, checkpoint: { every: 7 } };
    await expect(trainNew(broken, crashAt(20), plain)).rejects.toThrow("crash");
    expect(metricEvents(broken).some(({ step }) => step === 16)).toBe(true);
    await train(plain, broken);
    expect(files(broken)).toEqual(files(await train(plain)));
    expect(readdirSync(broken.dir).filter((name) => name.includes("superseded"))).toContain(
      "metric-modes-100.superseded.jsonl",
    );
  });
});

/** A training in a fresh directory that ends with an error. */
async function trainNew(run: RunPaths, effects: Partial<TrainingEffects>, given = raw): Promise<void> {
  const config = parseConfig(given);
  const game = gameFromConfig(config, sampleType(points));
  const judging = await prepareJudging(config, { dataset: points, game, measured: [] }, backend);
  await runTraining({ config, dataset: points, game, run, resume: false, judging }, { backend, ...effects });
}

/** A stop request after step `step`. */
function stopAt(step: number): () => string | null {
  let done = 0;
  return () => (++done === step ? "SIGINT" : null);
}

/** A crash in step `step`, before anything of it is written. */
function crashAt(step: number): Partial<TrainingEffects> {
  let done = 0;
  return {
    onStep: () => {
      if (++done === step) throw new Error("crash");
    },
  };
}

describe("the best checkpoint", () => {
  it("by a figure of which large values are good is where it was largest", async () => {
    const run = await train({ ...raw, checkpoint: { every: 7, keep: 1, best: { scalar: "prdc/density" } } });
    const found = metricEvents(run).filter(({ metric }) => metric === "prdc-100-points");
    const best = Math.max(...found.map(({ results }) => results.density!.value));
    const first = found.find(({ results }) => results.density!.value === best)!;
    expect(bestOf(run)).toMatchObject({ name: nameOf(first.step), value: best, figure: "prdc-100-points/density" });
    expect(checkpoints(run)).toContain(nameOf(first.step));
  });

  it("is chosen anew when a run goes on by another figure", async () => {
    const short = await train({ ...raw, steps: 10 });
    expect(bestOf(short)).toMatchObject({ figure: "fid-100-points" });
    await train({ ...raw, steps: 14, checkpoint: { every: 7, best: { scalar: "modes", mode: "min" } } }, short);
    expect(bestOf(short)).toMatchObject({ figure: "modes-100", name: nameOf(12) });
  });
});

describe("what is judged", () => {
  it("is the weights as they are where there is no average, or they are asked for", async () => {
    const metrics = { list: "fid", every: 5, samples: 40 };
    const plain = await train({ ...raw, steps: 5, metrics, ema: { enabled: false } });
    const asked = await train({ ...raw, steps: 5, metrics: { ...metrics, weights: "raw" } });
    const average = await train({ ...raw, steps: 5, metrics });
    const [a, b, c] = [plain, asked, average].map((run) => metricEvents(run)[0]!);
    expect([a!.weights, b!.weights, c!.weights]).toEqual(["raw", "raw", "ema"]);
    // The average changes nothing of the training itself.
    expect(a!.results).toEqual(b!.results);
    expect(a!.results).not.toEqual(c!.results);
  });

  it("are classes in turn where the game is about classes", async () => {
    const config = {
      ...raw,
      steps: 6,
      conditioning: "projection",
      metrics: { list: "modes,fid", every: 3, samples: 80 },
    };
    const run = await train(config);
    expect(metricEvents(run).map(({ step }) => step)).toEqual([3, 3, 6, 6]);
    const broken = await train(config, undefined, { stopReason: stopAt(4) });
    expect(files(await train(config, broken))).toEqual(files(run));
  });

  it("are images through a network where the data are images", async () => {
    const words = new Uint32Array((60 * 256) / 4);
    fillBits(streamKey(1, "pictures"), 0, words);
    const pictures: ImageDataset = {
      ...{ kind: "images", name: "noise", count: 60, shape: [1, 16, 16], data: new Uint8Array(words.buffer) },
      ...{ valueRange: { min: 0, max: 255, convention: "0..255" }, skipped: [], notes: [] },
    };
    const run = await train(
      {
        ...{ data: { source: "noise" }, model: { name: "dcgan", base: 2, latent: 4 }, batch: 8, steps: 2 },
        metrics: { list: "kid,ms-ssim", samples: 30, every: 1 },
      },
      undefined,
      { dataset: pictures },
    );
    const found = metricEvents(run).map(({ step, metric, results }) => [step, metric, Object.keys(results)]);
    const names = [
      ["kid-30-random_conv", ["kid"]],
      ["ms-ssim-30", ["ms-ssim"]],
    ];
    expect(found).toEqual([1, 2].flatMap((step) => names.map((name) => [step, ...name])));
  });

  it("is judged by the other metrics where one cannot, which is said each time", async () => {
    // Steps so large that the loss of a better player is no number.
    const diverging = { name: "duality-gap", lr: 1e30, steps: 3, samples: 64 };
    const run = await train({ ...raw, steps: 8, metrics: { list: [diverging, "fid"], every: 4, samples: 40 } });
    expect(metricEvents(run).map(({ step, metric }) => [step, metric])).toEqual([
      [4, "fid-40-points"],
      [8, "fid-40-points"],
    ]);
    const notes = events(run).flatMap((event) => (event.type === "note" ? [[event.step, event.message]] : []));
    const said = expect.stringMatching(/^metrics: duality-gap: the duality gap has no value/);
    expect(notes).toEqual([
      [4, said],
      [8, said],
    ]);
    expect(bestOf(run)).toMatchObject({ figure: "fid-40-points" });
  });

  it("is passed over with a warning where it cannot be judged, and the training goes on", async () => {
    const judge = {
      weights: "ema",
      judge: () => Promise.reject(new DataError("the features are not finite")),
      release: async () => {},
    } as unknown as Judge;
    const heard: RunEvent[] = [];
    const run = await train({ ...raw, steps: 4 }, undefined, {
      judging: { judge, best: undefined },
      onEvent: (event) => heard.push(event),
    });
    expect(heard.filter(({ type }) => type === "note")).toMatchObject([
      { level: "warning", step: 4, message: "metrics: the features are not finite" },
    ]);
    expect(heard.at(-1)).toMatchObject({ type: "status", status: "finished" });
    expect(metricFiles(run.dir)).toEqual([]);
  });
});
