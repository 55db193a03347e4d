/**
 * @file Tiny trainings: a model of a few channels on a trivial set of images, through the real trainer, and how near what it
 * draws comes to the data.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Backend } from "../../src/backend/backend.ts";
import { nodeBackend } from "../../src/backend/onnx/node.ts";
import { parseConfig } from "../../src/config/config.ts";
import { gameFromConfig } from "../../src/config/game-from-config.ts";
import type { ImageDataset } from "../../src/data/dataset.ts";
import type { Game } from "../../src/gan/game/game.ts";
import { gameState } from "../../src/gan/game/game-state.ts";
import { sizeOf } from "../../src/graph/ops.ts";
import { fixedLatents, Sampler } from "../../src/run/sampling/sampling.ts";
import { loadRun } from "../../src/run/store/load-run.ts";
import { createRun } from "../../src/run/store/run-dir.ts";
import { StateStore } from "../../src/run/store/state-store.ts";
import { runTraining } from "../../src/run/training/trainer.ts";
import { fillUniform, streamKey } from "../../src/util/rng.ts";

/** What numbers say of images: `values` f32[N, C, H, W] in -1..1, `shape` [C, H, W]. */
export type Statistic = (values: ArrayLike<number>, shape: readonly [number, number, number]) => readonly number[];

/** A training that takes seconds. */
export interface TinyTraining {
  /** A row of the model registry and its options, with as few channels as will do. */
  readonly model: { readonly name: string } & Readonly<Record<string, unknown>>;
  readonly steps: number;
  /** Side of the images. Default 16. */
  readonly size?: number;
  /** Channels of the images. Default 3. */
  readonly channels?: 1 | 3;
  /** Other keys of the config, over {@link USUAL}. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Default {@link twoColours}. */
  readonly dataset?: ImageDataset;
  /** What is compared. Default {@link meansOfHalves}. */
  readonly statistic?: Statistic;
}

/** The statistic of the data, and of what the generator draws before and after the training. */
export interface TinyResult {
  readonly data: readonly number[];
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** Config of a tiny training: large steps that shrink to nothing, so that it settles. */
export const USUAL = {
  objective: "non-saturating",
  optimizer: {
    generator: { name: "adam", lr: 4e-3, beta1: 0, beta2: 0.9, schedule: { kind: "cosine" } },
    discriminator: { name: "adam", lr: 4e-3, beta1: 0, beta2: 0.9, schedule: { kind: "cosine" } },
  },
  ema: { halfLife: 160, rampUp: 0 },
  batch: 16,
} as const;

const COLOURS = [
  [224, 128, 48],
  [40, 96, 192],
] as const;

/** Images whose upper half has one colour and whose lower half another; each image is up to 20 of 255 lighter or darker. */
export function twoColours(size: number, channels: 1 | 3, count = 128): ImageDataset {
  const light = new Float32Array(count);
  fillUniform(streamKey(5, "light"), 0, light);
  const data = new Uint8Array(count * channels * size * size);
  let at = 0;
  for (let n = 0; n < count; n++) {
    for (let c = 0; c < channels; c++) {
      for (let y = 0; y < size; y++) {
        const value = COLOURS[y < size / 2 ? 0 : 1]![c]! + Math.round(20 * (2 * light[n]! - 1));
        data.fill(value, at, at + size);
        at += size;
      }
    }
  }
  return {
    kind: "images",
    name: "two-colours",
    count,
    shape: [channels, size, size],
    data,
    valueRange: { min: 0, max: 255, convention: "0..255" },
    skipped: [],
    notes: [],
  };
}

/** The mean of each channel in the upper and in the lower half, over all images. */
export const meansOfHalves: Statistic = (values, [channels, height, width]) => {
  const sums = new Float64Array(2 * channels);
  for (let i = 0; i < values.length; i++) {
    const y = Math.floor(i / width) % height;
    const c = Math.floor(i / (width * height)) % channels;
    sums[2 * c + (y < height / 2 ? 0 : 1)]! += values[i]!;
  }
  return [...sums].map((sum) => sum / (values.length / (2 * channels)));
};

/** Samples drawn to compare with the data. */
const DRAWN = 64;

/** Trains in a folder of its own, which is removed. */
export async function tinyTraining(training: TinyTraining): Promise<TinyResult> {
  const { model, steps, size = 16, channels = 3, statistic = meansOfHalves } = training;
  const dataset = training.dataset ?? twoColours(size, channels);
  const config = parseConfig({
    data: { source: dataset.name },
    ...USUAL,
    ...training.config,
    model,
    steps,
    samples: { every: steps + 1, count: 1 },
    checkpoint: { every: steps },
  });
  const game = gameFromConfig(config, { kind: dataset.kind, shape: dataset.shape });
  const backend = await nodeBackend({ threads: 1 });
  const begun = new StateStore(gameState(game));
  begun.initialise(config.seed);
  const before = await draw(game, begun, backend, config.seed);
  const root = mkdtempSync(join(tmpdir(), "gantry-tiny-"));
  try {
    const run = createRun(root, "tiny");
    await runTraining({ config, dataset, game, run, resume: false }, { backend });
    const after = await draw(game, loadRun(run).state, backend, config.seed);
    const real = Float32Array.from(dataset.data, (byte) => byte / 127.5 - 1);
    const of = (values: ArrayLike<number>) => statistic(values, dataset.shape);
    return { data: of(real), before: of(before), after: of(after) };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Samples by the moving average of the generator. */
async function draw(game: Game, state: StateStore, backend: Backend, seed: number): Promise<Float32Array> {
  const sampler = await Sampler.create(game, backend, DRAWN, "raw");
  try {
    const samples = await sampler.draw(state, "ema", fixedLatents(seed, DRAWN, game.latent));
    return Float32Array.from(samples.subarray(0, DRAWN * sizeOf(game.sample.shape)));
  } finally {
    await sampler.release();
  }
}
