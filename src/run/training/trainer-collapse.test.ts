import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Backend } from "../../backend/backend.ts";
import { nodeBackend } from "../../backend/onnx/node.ts";
import { parseConfig } from "../../config/config.ts";
import { gameFromConfig } from "../../config/game-from-config.ts";
import type { ImageDataset } from "../../data/dataset.ts";
import { ring } from "../../data/synthetic.ts";
import { fillBits, streamKey } from "../../util/rng.ts";
import { generatorModel } from "../sampling/export.ts";
import { listCheckpoints, loadCheckpoint } from "../store/checkpoint.ts";
import { readEvents } from "../store/event-log.ts";
import { loadRun } from "../store/load-run.ts";
import { createRun, type RunPaths } from "../store/run-dir.ts";
import { runTraining } from "./trainer.ts";

type Raw = Readonly<Record<string, unknown>>;

const points: Raw = {
  data: { source: "ring" },
  model: { name: "mlp", width: 8 },
  batch: 16,
  steps: 17,
  log: { every: 5 },
  samples: { every: 50, count: 16 },
  checkpoint: { every: 7, keep: 100 },
};

const pictures: Raw = {
  ...points,
  data: { source: "noise" },
  model: { name: "dcgan", base: 2, latent: 4 },
  batch: 8,
  steps: 9,
};

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
  root = mkdtempSync(join(tmpdir(), "gantry-collapse-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Trains in a new run, or goes on in `run`; stops after `stop` steps of this session. */
async function train(
  raw: Raw,
  run: RunPaths = createRun(root, "test"),
  resume = false,
  stop = Number.POSITIVE_INFINITY,
) {
  const config = parseConfig(raw);
  const dataset = config.model.name === "mlp" ? ring({ count: 500 }) : noise;
  const game = gameFromConfig(config, { kind: dataset.kind, shape: dataset.shape });
  let done = 0;
  const stopReason = () => (++done === stop ? "SIGINT" : null);
  const result = await runTraining({ config, dataset, game, run, resume }, { backend, stopReason });
  return { run, result };
}

const lastCheckpoint = (run: RunPaths) => listCheckpoints(run.checkpoints).at(-1)!;
const bytesOf = (run: RunPaths) => readFileSync(join(run.checkpoints, `${lastCheckpoint(run).name}.safetensors`));

describe.each<[string, Raw]>([
  ["a replay of points", { ...points, replay: { capacity: 4 } }],
  ["a replay of images", { ...pictures, replay: { capacity: 3, share: 0.25 }, updates: { discriminatorSteps: 2 } }],
  ["top-k on a schedule", { ...points, topK: {}, objective: "relativistic" }],
  ["a reconstructor of points", { ...points, reconstructor: { noise: 0.1 } }],
  ["a reconstructor of images", { ...pictures, reconstructor: { weight: { from: 1, to: 0.1 } } }],
  ["feature matching", { ...points, objective: { name: "feature-matching", adversarial: 0.1 } }],
])("a training with %s", (_, raw) => {
  it("goes on after stops as if there had been none", async () => {
    const unbroken = await train(raw);
    expect(unbroken.result).toMatchObject({ status: "finished", step: raw.steps });
    const { run } = await train(raw, undefined, false, 2);
    await train(raw, run, true, 3);
    expect((await train(raw, run, true)).result).toMatchObject({ status: "finished", step: raw.steps });
    expect(bytesOf(run).equals(bytesOf(unbroken.run))).toBe(true);
  });
});

describe("old fakes", () => {
  it("are in the checkpoint, as many as there have been updates", async () => {
    const { run } = await train({ ...points, steps: 2, replay: { capacity: 4 } });
    const { state } = loadCheckpoint(lastCheckpoint(run).path);
    expect(state.get("replay/fakes")!.shape).toEqual([4, 8, 2]);
    expect([...state.get("replay/count")!.data]).toEqual([2]);
    const slots = Array.from({ length: 4 }, (_, k) => [
      ...state.get("replay/fakes")!.data.subarray(16 * k, 16 * k + 16),
    ]);
    expect(slots.map((slot) => slot.every((x) => x !== 0))).toEqual([true, true, false, false]);
  });
});

describe("on the ring", () => {
  const longer = { ...points, batch: 64, steps: 400, log: { every: 100 }, checkpoint: { every: 400 } };
  const slow = { name: "adam", lr: 1e-3, beta1: 0 };

  it.each<[string, Raw]>([
    ["replay and R1", { replay: {}, penalties: "r1" }],
    ["top-k", { topK: {} }],
    ["feature matching", { objective: "feature-matching" }],
    ["minibatch discrimination", { model: { name: "mlp", width: 16, minibatch: "discrimination" }, batch: 12 }],
  ])("%s trains without a hitch", async (_, raw) => {
    const { result } = await train({ ...longer, optimizer: { generator: slow, discriminator: slow }, ...raw });
    expect(result).toMatchObject({ status: "finished", step: 400 });
  });

  it("the reconstructor learns to find latents", async () => {
    const adam = { name: "adam", lr: 2e-3, beta1: 0 };
    const raw = { ...longer, model: { name: "mlp", width: 32 }, optimizer: { generator: adam, discriminator: adam } };
    const { run, result } = await train({ ...raw, log: { every: 10 }, reconstructor: {} });
    expect(result.status).toBe("finished");
    const errors = [...readEvents(run.events)].flatMap((event) =>
      event.type === "scalars" ? [event.values["penalty/reconstruction"]!] : [],
    );
    // Two latents of variance 1: a reconstructor that says 0 errs by 2.
    expect(errors[0]).toBeGreaterThan(1);
    expect(errors.at(-1)).toBeLessThan(0.1 * errors[0]!);
  });
});

it("exports the generator without the reconstructor beside it", async () => {
  const sizes: { bytes: number; parameters: number }[] = [];
  for (const more of [{}, { reconstructor: {} }]) {
    const loaded = loadRun((await train({ ...pictures, steps: 1, ...more })).run);
    const { length } = generatorModel(loaded, { batch: 1, weights: "ema" });
    sizes.push({ bytes: length, parameters: loaded.game.generator.parameters.length });
  }
  expect(sizes[1]!.parameters).toBeGreaterThan(sizes[0]!.parameters);
  expect(sizes[1]!.bytes).toBe(sizes[0]!.bytes);
});
