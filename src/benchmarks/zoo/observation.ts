/** @file What the oracle sees of a training at one of its checkpoints, and the plain statistics that make it. */

import type { Features } from "../../metrics/features.ts";
import { row } from "../../metrics/features.ts";

/** Changes whenever what is observed does, or how: recorded runs are then observed again. */
export const OBSERVER_VERSION = 10;

/** Share of its true share that makes a mode held or reached. */
const FIFTH = 0.2;

/** Where samples fall. */
export interface Sorted {
  /** Number of modes. */
  readonly modes: number;
  /** The mode that each sample is nearest to. */
  readonly mode: Int32Array;
  /** 1 where the sample could be a real of that mode, else 0. */
  readonly good: Uint8Array;
}

/** What the oracle sees at one checkpoint. Shares are 0 to 1. */
export interface Observation {
  readonly step: number;
  /** Whether all samples are numbers. The rest is null where they are not. */
  readonly finite: boolean;
  /** Share of good samples. */
  readonly quality: number | null;
  /** Share of the modes that good samples hold: at least a fifth of the mode's true share each. */
  readonly held: number | null;
  /** The same of all samples, each counted for the mode that it is nearest to. */
  readonly reached: number | null;
  /** Share of the samples nearest to each mode. */
  readonly shares: readonly number[] | null;
  /** Mean distance of two samples over that of two reals. */
  readonly dispersion: number | null;
  /** Median distance of a sample to the nearest other over the same of as many reals: near 0 where samples repeat. */
  readonly apart: number | null;
  /** Mean way of a sample since the observation before, for the same latent, over the mean distance of two reals; null at the first. */
  readonly moved: number | null;
  /** Median distance of samples to their nearest training real over that of unseen reals of the same modes; null for large training sets. */
  readonly copying: number | null;
  /** P(D(training real) > D(sample)) and P(D(training real) > D(unseen real)); null where logits are not numbers. */
  readonly aucFake: number | null;
  readonly aucUnseen: number | null;
}

/** Number of samples of each mode; of the good ones only where asked. */
export function countModes({ modes, mode, good }: Sorted, onlyGood: boolean): number[] {
  const counts = new Array<number>(modes).fill(0);
  for (let i = 0; i < mode.length; i++) if (!onlyGood || good[i] === 1) counts[mode[i]!]!++;
  return counts;
}

/** Share of the modes whose count is at least a fifth of `truth`, their true share, of `total`. */
export const shareHeld = (counts: readonly number[], truth: readonly number[], total: number): number =>
  counts.filter((count, k) => count >= Math.max(1, FIFTH * truth[k]! * total)).length / counts.length;

/** Mean Euclidean distance between rows i and i + half: pairs that share no row. */
export function meanPairDistance(set: Features): number {
  const half = Math.floor(set.count / 2);
  let sum = 0;
  for (let i = 0; i < half; i++) sum += distance(row(set, i), row(set, i + half));
  return sum / half;
}

/** Mean Euclidean distance between equal rows of two sets. */
export function meanWay(from: Features, to: Features): number {
  let sum = 0;
  for (let i = 0; i < from.count; i++) sum += distance(row(from, i), row(to, i));
  return sum / from.count;
}

function distance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return Math.sqrt(sum);
}

/** Middle of the sorted values. */
export const median = (values: ArrayLike<number>): number => {
  const sorted = Float64Array.from(values).sort();
  return sorted.length === 0 ? Number.NaN : sorted[sorted.length >> 1]!;
};

/** P(a > b), ties counted half; null where a value is no number. */
export function auc(a: Float32Array, b: Float32Array): number | null {
  if (![...a, ...b].every(Number.isFinite)) return null;
  const sorted = Float64Array.from(b).sort();
  const below = (x: number, orEqual: boolean) => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (orEqual ? sorted[middle]! <= x : sorted[middle]! < x) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const wins = a.reduce((sum, x) => sum + (below(x, false) + below(x, true)) / 2, 0);
  return wins / (a.length * b.length);
}
