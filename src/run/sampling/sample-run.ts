/** @file Drawing samples by seed from a loaded run, as arrays. */

import type { Backend } from "../../backend/backend.ts";
import type { SampleFormat } from "../../gan/sampler.ts";
import { type Shape, sizeOf } from "../../graph/ops.ts";
import type { LoadedRun } from "../store/load-run.ts";
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

/** Draws one sample for each seed. */
export async function drawSeeds({ game, state }: LoadedRun, backend: Backend, options: DrawOptions): Promise<Drawn> {
  const { seeds, classes, weights, format } = options;
  const size = sizeOf(game.sample.shape);
  const length = seeds.length * size;
  const data = format === "pixels" ? new Uint8Array(length) : new Float32Array(length);
  const batch = Math.min(batchOf(size), seeds.length);
  const sampler = await Sampler.create(game, backend, batch, format);
  try {
    for (let start = 0; start < seeds.length; start += batch) {
      // The last batch is filled up with a seed that is thrown away.
      const part = Array.from({ length: batch }, (_, i) => seeds[start + i] ?? 0);
      const samples = await sampler.draw(
        state,
        weights,
        seedLatents(part, game.latent),
        seedConditions(game.condition, part, classes),
      );
      data.set(samples.subarray(0, Math.min(batch, seeds.length - start) * size), start * size);
    }
  } finally {
    await sampler.release();
  }
  return { data, shape: [seeds.length, ...game.sample.shape] };
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
