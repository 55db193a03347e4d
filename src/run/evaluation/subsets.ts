/** @file Which reals judge: subsets drawn by seed, so that the same question has the same answer. */

import { permutation, streamKey } from "../../util/rng.ts";
import type { Samples } from "./extractor.ts";

/** The samples that `indices` name, copied. */
export function pickSamples<S extends Samples>(samples: S, indices: ArrayLike<number>): S {
  const size = samples.data.length / samples.count;
  const data =
    samples.kind === "images" ? new Uint8Array(indices.length * size) : new Float32Array(indices.length * size);
  for (let i = 0; i < indices.length; i++) {
    data.set(samples.data.subarray(indices[i]! * size, (indices[i]! + 1) * size), i * size);
  }
  return { ...samples, data, count: indices.length };
}

/** `count` of the samples, drawn by `seed`; where there are no more, all as they are. */
export function someOf<S extends Samples>(samples: S, count: number, seed: number): S {
  if (count >= samples.count) return samples;
  return pickSamples(samples, permutation(streamKey(seed, "metrics/some"), 0, samples.count).subarray(0, count));
}

/** Reals that judge, and two disjoint sets of reals that show what the judgement of reals by reals is. */
export interface RealSubsets {
  readonly reference: Samples;
  readonly null: { readonly reference: Samples; readonly samples: Samples };
}

/**
 * `count` reals that judge. The null is `count` others against them where there are twice as many; else one half of all against
 * the other half.
 */
export function realSubsets(reals: Samples, count: number, seed: number): RealSubsets {
  const order = permutation(streamKey(seed, "metrics/reals"), 0, reals.count);
  const part = (start: number, end: number) => pickSamples(reals, order.subarray(start, end));
  const reference = part(0, Math.min(count, reals.count));
  if (reals.count >= 2 * count) return { reference, null: { reference, samples: part(count, 2 * count) } };
  const half = Math.floor(reals.count / 2);
  return { reference, null: { reference: part(0, half), samples: part(half, 2 * half) } };
}
