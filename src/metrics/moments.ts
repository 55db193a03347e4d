/** @file Mean and covariance of features, in float64. */

import { DataError } from "../util/errors.ts";
import { type Features, row } from "./features.ts";

/** First and second moments of a set of features. */
export interface Moments {
  /** [D]. */
  readonly mean: Float64Array;
  /** [D, D], symmetric, divided by N - 1 (numpy's `cov`, as every FID code). */
  readonly covariance: Float64Array;
  /** How many samples they are of; undefined where a file does not say. */
  readonly count: number | undefined;
  readonly dimensions: number;
  readonly extractor: string;
}

/** The mean row. */
export function meanOf(set: Features): Float64Array {
  const mean = new Float64Array(set.dimensions);
  for (let n = 0; n < set.count; n++) {
    const x = row(set, n);
    for (let i = 0; i < mean.length; i++) mean[i]! += x[i]!;
  }
  return mean.map((sum) => sum / set.count);
}

/** How much of the covariance is replaced by its own diagonal; 0 is none, 1 all off-diagonal entries. */
export interface MomentsOptions {
  /** Default 0: a covariance that the samples cannot determine is refused. */
  readonly shrinkage?: number;
}

/**
 * Mean and covariance, in two passes.
 *
 * @throws DataError when there are no more samples than features: the covariance then has no full rank, and a Frechet
 * distance computed from it is a number without meaning. `shrinkage` above 0 allows it.
 */
export function moments(set: Features, { shrinkage = 0 }: MomentsOptions = {}): Moments {
  const { count, dimensions: d } = set;
  if (count <= d && shrinkage === 0) {
    throw new DataError(`${count} samples cannot determine the covariance of ${d} features`, {
      help: `use more than ${d} samples (ten times as many are advised), a kernel distance, which needs no covariance, or state a shrinkage`,
    });
  }
  const mean = meanOf(set);
  const covariance = new Float64Array(d * d);
  const centred = new Float64Array(d);
  for (let n = 0; n < count; n++) {
    const x = row(set, n);
    for (let i = 0; i < d; i++) centred[i] = x[i]! - mean[i]!;
    for (let i = 0; i < d; i++) {
      const xi = centred[i]!;
      if (xi === 0) continue;
      for (let j = 0; j <= i; j++) covariance[i * d + j]! += xi * centred[j]!;
    }
  }
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      const value = (covariance[i * d + j]! / (count - 1)) * (i === j ? 1 : 1 - shrinkage);
      covariance[i * d + j] = value;
      covariance[j * d + i] = value;
    }
  }
  return { mean, covariance, count, dimensions: d, extractor: set.extractor };
}
