/** @file Trainings with augmentations: samples keep the data's orientation, and a resumed training is the same. */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Backend } from "../../backend/backend.ts";
import { nodeBackend } from "../../backend/onnx/node.ts";
import { type ConfigInput, parseConfig } from "../../config/config.ts";
import { gameFromConfig } from "../../config/game-from-config.ts";
import type { ImageDataset } from "../../data/dataset.ts";
import { mirrored } from "../../gan/augment/transforms.ts";
import type { Augment } from "../../gan/augment.ts";
import type { Game } from "../../gan/game/game.ts";
import { planStep } from "../../gan/step/phases.ts";
import { scheduledAt } from "../../optim/schedule.ts";
import { fillUniform, streamKey } from "../../util/rng.ts";
import { fixedLatents, Sampler } from "../sampling/sampling.ts";
import { listCheckpoints, loadCheckpoint } from "../store/checkpoint.ts";
import { readEvents } from "../store/event-log.ts";
import { createRun, type RunPaths } from "../store/run-dir.ts";
import { Executor } from "./steps/executor.ts";
import { runTraining, type TrainingEffects } from "./trainer.ts";

const SIZE = 8;
const PIXELS = SIZE * SIZE;
const BATCH = 32;
const SEED = 6;
const SAMPLES = 256;

let backend: Backend;
let root: string;

beforeAll(async () => {
  backend = await nodeBackend({ threads: 1 });
  root = mkdtempSync(join(tmpdir(), "gantry-augment-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Images with a bright square in their left half, at any height: nothing of it is ever on the right. */
function leftSquares(count: number, draw: number): Uint8Array {
  const at = new Float32Array(2 * count);
  fillUniform(streamKey(9, "squares"), draw, at);
  return Uint8Array.from({ length: count * PIXELS }, (_, i) => {
    const sample = Math.floor(i / PIXELS);
    const [x, y] = [i % SIZE, Math.floor(i / SIZE) % SIZE];
    const top = Math.floor(at[2 * sample]! * 6);
    return x < 3 && y >= top && y < top + 3 ? 180 + 60 * at[2 * sample + 1]! : 20;
  });
}

const adam = { name: "adam", lr: 1e-3, beta1: 0 } as const;

function squaresGame(augment: ConfigInput["augment"]): Game {
  const config = parseConfig({
    data: { source: "squares" },
    model: { name: "mlp", latent: 4, width: 64 },
    penalties: [{ name: "r1", gamma: 0.1 }],
    optimizer: { generator: adam, discriminator: adam },
    batch: BATCH,
    augment,
  });
  return gameFromConfig(config, { kind: "images", shape: [1, SIZE, SIZE] });
}

/** Trains for `steps` and gives the share of samples that are brighter on the left. */
async function shareOnTheLeft(game: Game, steps: number): Promise<number> {
  const executor = new Executor(game, backend, SEED);
  for (let step = 0; step < steps; step++) {
    const [phase] = planStep(game.updates, game.penalties, step);
    const known: Readonly<Record<string, number>> = { "ema/decay": 0.99 };
    await executor.run(phase!, {
      real: leftSquares(BATCH, step),
      draw: step,
      scalar: ({ name, ramp }) => (ramp ? scheduledAt(ramp, step / steps) : (known[name] ?? adam.lr)),
    });
  }
  const sampler = await Sampler.create(game, backend, SAMPLES, "raw");
  const samples = await sampler.draw(executor.state, "ema", fixedLatents(1, SAMPLES, game.latent));
  await Promise.all([sampler.release(), executor.release()]);
  let left = 0;
  for (let sample = 0; sample < SAMPLES; sample++) {
    let balance = 0;
    for (let i = 0; i < PIXELS; i++) balance += samples[sample * PIXELS + i]! * (i % SIZE < SIZE / 2 ? 1 : -1);
    if (balance > 0) left++;
  }
  return left / SAMPLES;
}

/** Half of all samples, mirrored: what mirrored data would look like. */
const half: Augment = { kinds: ["images"], transform: (x, { random }) => mirrored(x, random, 0.5) };

/** What is listed, and for how many steps. */
const settings: readonly { readonly augment: ConfigInput["augment"]; readonly steps: number }[] = [
  { augment: "mirror", steps: 400 },
  { augment: "diffaugment", steps: 400 },
  { augment: [{ name: "apa", p: 0.5 }], steps: 400 },
  // Flips and quarter turns, strong from the first step.
  { augment: [{ name: "ada", p: 0.6, parts: ["blit"] }], steps: 600 },
  // Everything there is, as strong as it gets, but not before there is something to keep.
  { augment: [{ name: "ada", p: { from: 0, to: 0.8, kind: "linear" } }], steps: 800 },
];

describe("samples keep the orientation of the data", () => {
  it.each(settings)("with $augment", async ({ augment, steps }) => {
    expect(await shareOnTheLeft(squaresGame(augment), steps)).toBeGreaterThan(0.95);
  });

  it("which a mirror that nothing can tell from no mirror does not", async () => {
    expect(await shareOnTheLeft({ ...squaresGame([]), augments: { half } }, 400)).toBeLessThan(0.6);
  });
});

const dataset: ImageDataset = {
  kind: "images",
  name: "squares",
  count: 64,
  shape: [1, 16, 16],
  data: leftSquares(64 * 4, 0),
  valueRange: { min: 0, max: 255, convention: "0..255" },
  skipped: [],
  notes: [],
};

const pictures = {
  data: { source: "squares" },
  model: { name: "dcgan", base: 2, latent: 4 },
  batch: 8,
  steps: 11,
  log: { every: 5 },
  samples: { every: 50, count: 4 },
  checkpoint: { every: 4, keep: 100 },
} as const;

async function train(
  augment: ConfigInput["augment"],
  run: RunPaths,
  resume: boolean,
  effects: Partial<TrainingEffects> = {},
) {
  const config = parseConfig({ ...pictures, augment });
  const game = gameFromConfig(config, { kind: "images", shape: dataset.shape });
  return runTraining({ config, dataset, game, run, resume }, { backend, ...effects });
}

describe.each([
  { name: "ada", augment: [{ name: "ada", initial: 0.3, interval: 3, kimg: 0.2 }] },
  { name: "apa", augment: [{ name: "apa", initial: 0.3, interval: 3, kimg: 0.2 }] },
  { name: "ada", augment: [{ name: "ada", p: { from: 0.2, to: 0.6 } }] },
])("a training with $augment", ({ name, augment }) => {
  it("is the same to the bit when it was stopped and went on, and says how strong it was", async () => {
    const [unbroken, broken] = [createRun(root, "unbroken"), createRun(root, "broken")];
    await train(augment, unbroken, false);
    let done = 0;
    const { step } = await train(augment, broken, false, { stopReason: () => (++done === 5 ? "SIGINT" : null) });
    expect(step).toBe(5);
    await train(augment, broken, true);
    const [last, same] = [unbroken, broken].map((run) => listCheckpoints(run.checkpoints).at(-1)!.path);
    expect(readFileSync(same!).equals(readFileSync(last!))).toBe(true);
    const values = [...readEvents(unbroken.events)].flatMap((event) =>
      event.type === "scalars" ? [event.values] : [],
    );
    expect(values.every((scalars) => typeof scalars["augment/p"] === "number")).toBe(true);
    const p = loadCheckpoint(last!).state.get(`augment/${name}/p`);
    if ("initial" in augment[0]!) expect(p!.data[0]).not.toBeCloseTo(0.3, 6);
    else expect(p).toBeUndefined();
  });
});
