/**
 * @file Keeping some of the samples apart: reals that the discriminator never learns from, to see whether it knows them
 * by heart.
 */

import { DataError } from "../util/errors.ts";
import { permutation, streamKey } from "../util/rng.ts";
import type { Dataset } from "./dataset.ts";

/** Fewer held-out samples than this say nothing, so that none are kept apart. */
export const FEWEST_HELD_OUT = 16;

/** A data set in two parts. */
export interface HeldOut<D extends Dataset = Dataset> {
  /** What is learned from. */
  readonly train: D;
  /** What is only looked at. */
  readonly heldOut: D;
}

/** How many of `count` samples a share is: none where that is fewer than {@link FEWEST_HELD_OUT}. */
export function heldOutCount(count: number, share: number): number {
  const wanted = Math.round(count * share);
  return wanted < FEWEST_HELD_OUT ? 0 : wanted;
}

/**
 * Takes a share of the samples apart: which ones, is a function of `seed` alone. Both parts keep the order of the
 * source, the labels, and all classes, also those of which nothing is left.
 *
 * @param share 0 to 1; of the samples that {@link heldOutCount} says.
 * @throws DataError when a part would be empty.
 */
export function holdOut<D extends Dataset>(dataset: D, share: number, seed: number): HeldOut<D> {
  const apart = heldOutCount(dataset.count, share);
  if (apart === 0 || apart >= dataset.count) {
    throw new DataError(`${dataset.name} has ${dataset.count} samples: a share of ${share} cannot be kept apart`, {
      help: `Keep at least ${FEWEST_HELD_OUT} samples apart and learn from the rest, or set data.holdOut to 0.`,
    });
  }
  const order = permutation(streamKey(seed, "data/hold-out"), 0, dataset.count);
  const chosen = new Uint8Array(dataset.count);
  for (const index of order.subarray(0, apart)) chosen[index] = 1;
  const note = `${apart} of ${dataset.count} samples are kept apart, to see overfitting; data.holdOut says how many.`;
  return {
    train: part(dataset, chosen, 0, dataset.count - apart, [...dataset.notes, note]),
    heldOut: part(dataset, chosen, 1, apart, []),
  };
}

/** The `count` samples whose entry in `chosen` is `side`. */
function part<D extends Dataset>(
  dataset: D,
  chosen: Uint8Array,
  side: 0 | 1,
  count: number,
  notes: readonly string[],
): D {
  const row = dataset.data.length / dataset.count;
  const data = dataset.kind === "images" ? new Uint8Array(count * row) : new Float32Array(count * row);
  const labels = dataset.labels && new Int32Array(count);
  let at = 0;
  for (let i = 0; i < dataset.count; i++) {
    if (chosen[i] !== side) continue;
    data.set(dataset.data.subarray(i * row, (i + 1) * row), at * row);
    if (labels) labels[at] = dataset.labels![i]!;
    at++;
  }
  return { ...dataset, count, data, ...(labels && { labels }), notes };
}
