/** @file Drawing samples by seed from a loaded run, as arrays. */

import type { Backend } from "../../backend/backend.ts";
import type { Game } from "../../gan/game/game.ts";
import type { SampleFormat } from "../../gan/observe/sampler.ts";
import { type Shape, sizeOf } from "../../graph/ops.ts";
import type { LoadedRun } from "../store/load-run.ts";
import type { StateStore } from "../store/state-store.ts";
import { seedConditions } from "./conditions.ts";
import { Sampler, seedLatent, type WeightKind } from "./sampling.ts";

/** What to draw. */
export interface DrawOptions {
  /** One sample each; the same seed gives the same sample, whatever is drawn beside it. */
  readonly seeds: readonly number[];
  /** Numbers of the classes that take turns: seed s is of class `classes`[s mod their number]. Default all. */
  readonly classes?: readonly number[];
  readonly weights: WeightKind;
  readonly format: SampleFormat;
}

/** Samples [N, …]: uint8 for `pixels`, float32 for `raw`. */
export interface Drawn {
  readonly data: Uint8Array | Float32Array;
  readonly shape: Shape;
}

/** Numbers in the samples that are drawn at once, and how many samples at least and at most: large batches are faster, and take memory. */
const [AT_ONCE, FEWEST, MOST] = [2 ** 20, 64, 256];

/** Samples of `size` numbers drawn at once; more are drawn in several goes. */
const batchOf = (size: number): number => Math.min(MOST, Math.max(FEWEST, Math.floor(AT_ONCE / size)));

/** The latents f32[N, latent] of `seeds`. */
export function seedLatents(seeds: readonly number[], latent: number): Float32Array {
  const out = new Float32Array(seeds.length * latent);
  seeds.forEach((seed, i) => {
    out.set(seedLatent(seed, latent), i * latent);
  });
  return out;
}

/** A generator compiled to draw by seed, however many. */
export class SeedSampler {
  private readonly game: Game;
  private readonly format: SampleFormat;
  private readonly sampler: Sampler;

  private constructor(game: Game, format: SampleFormat, sampler: Sampler) {
    this.game = game;
    this.format = format;
    this.sampler = sampler;
  }

  /** @param most The most seeds that will be asked for at once, where that is known to be few. */
  static async create(game: Game, backend: Backend, format: SampleFormat, most = MOST): Promise<SeedSampler> {
    const batch = Math.min(batchOf(sizeOf(game.sample.shape)), most);
    return new SeedSampler(game, format, await Sampler.create(game, backend, batch, format));
  }

  /** Draws one sample for each seed. */
  async draw(state: StateStore, { seeds, classes, weights }: Omit<DrawOptions, "format">): Promise<Drawn> {
    const { latent, condition, sample } = this.game;
    const size = sizeOf(sample.shape);
    const length = seeds.length * size;
    const data = this.format === "pixels" ? new Uint8Array(length) : new Float32Array(length);
    const batch = this.sampler.count;
    for (let start = 0; start < seeds.length; start += batch) {
      // The last batch is filled up with a seed that is thrown away.
      const part = Array.from({ length: batch }, (_, i) => seeds[start + i] ?? 0);
      const asked = seedConditions(condition, part, classes);
      const samples = await this.sampler.draw(state, weights, seedLatents(part, latent), asked);
      data.set(samples.subarray(0, Math.min(batch, seeds.length - start) * size), start * size);
    }
    return { data, shape: [seeds.length, ...sample.shape] };
  }

  release(): Promise<void> {
    return this.sampler.release();
  }
}

/** Draws one sample for each seed. */
export async function drawSeeds({ game, state }: LoadedRun, backend: Backend, options: DrawOptions): Promise<Drawn> {
  const sampler = await SeedSampler.create(game, backend, options.format, options.seeds.length);
  try {
    return await sampler.draw(state, options);
  } finally {
    await sampler.release();
  }
}

/** [N, C, H, W] -> [N, H, W] for grey and [N, H, W, C] for colour, as image libraries keep them; points stay. */
export function channelsLast({ data, shape }: Drawn): Drawn {
  if (shape.length !== 4) return { data, shape };
  const [count, channels, height, width] = shape as [number, number, number, number];
  if (channels === 1) return { data, shape: [count, height, width] };
  const out = data.slice();
  const pixels = height * width;
  for (let n = 0; n < count; n++) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      for (let c = 0; c < channels; c++)
        out[(n * pixels + pixel) * channels + c] = data[(n * channels + c) * pixels + pixel]!;
    }
  }
  return { data: out, shape: [count, height, width, channels] };
}
