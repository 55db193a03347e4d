/** @file Mean and covariance of features, in float64. */

import { DataError } from "../util/errors.ts";
import { type Features, meanOf, row } from "./features.ts";
import type { Products } from "./products.ts";

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

/**
 * The same moments with `shrinkage` of the off-diagonal covariance taken away, from 0 to 1. Of moments that are shrunken already it takes
 * away more.
 */
export function shrink(given: Moments, shrinkage: number): Moments {
  if (shrinkage === 0) return given;
  const { dimensions: d } = given;
  const covariance = given.covariance.map((value, at) =>
    at % d === Math.floor(at / d) ? value : value * (1 - shrinkage),
  );
  return { ...given, covariance };
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
 * distance computed from it is a number without meaning. `shrinkage` above 0 allows it, with two samples or more.
 */
export function moments(set: Features, options: MomentsOptions = {}): Moments {
  requireEnough(set, options);
  const { count, dimensions: d } = set;
  const mean = meanOf(set);
  const sums = new Float64Array(d * d);
  const centred = new Float64Array(d);
  for (let n = 0; n < count; n++) {
    const x = row(set, n);
    for (let i = 0; i < d; i++) centred[i] = x[i]! - mean[i]!;
    for (let i = 0; i < d; i++) {
      const xi = centred[i]!;
      if (xi === 0) continue;
      for (let j = 0; j <= i; j++) sums[i * d + j]! += xi * centred[j]!;
    }
  }
  return finish(set, mean, sums, options);
}

/** From how many features on the products of a runtime are worth their way. */
const MANY = 256;
/** Rows whose products are summed in float32. */
const CHUNK = 256;

/**
 * {@link moments}, but of many features by way of `products`: sums over {@link CHUNK} centred rows in float32, the rest in float64.
 *
 * @throws DataError as {@link moments}.
 */
export async function momentsBy(set: Features, products: Products, options: MomentsOptions = {}): Promise<Moments> {
  return set.dimensions < MANY ? moments(set, options) : chunkedMoments(set, products, options);
}

/** The part of {@link momentsBy} for many features. */
export async function chunkedMoments(
  set: Features,
  products: Products,
  options: MomentsOptions = {},
): Promise<Moments> {
  requireEnough(set, options);
  const { count, dimensions: d } = set;
  const mean = meanOf(set);
  const sums = new Float64Array(d * d);
  for (let start = 0; start < count; start += CHUNK) {
    // [D, CHUNK]: what is summed over stands in rows. Rows beyond the last are zero.
    const turned = new Float32Array(d * CHUNK);
    for (let n = start; n < Math.min(start + CHUNK, count); n++) {
      const x = row(set, n);
      for (let i = 0; i < d; i++) turned[i * CHUNK + n - start] = x[i]! - mean[i]!;
    }
    const part = await products(turned, turned, CHUNK);
    for (let i = 0; i < d; i++) for (let j = 0; j <= i; j++) sums[i * d + j]! += part[i * d + j]!;
  }
  return finish(set, mean, sums, options);
}

function requireEnough({ count, dimensions }: Features, { shrinkage = 0 }: MomentsOptions): void {
  if (count > (shrinkage > 0 ? 1 : dimensions)) return;
  throw new DataError(
    `${count} ${count === 1 ? "sample" : "samples"} cannot determine the covariance of ${dimensions} features`,
    {
      help: `use more than ${dimensions} samples (ten times as many are advised), a kernel distance, which needs no covariance, or state a shrinkage`,
    },
  );
}

/** Moments out of the mean and the lower triangle of the sums of centred products. */
function finish(
  { count, dimensions: d, extractor }: Features,
  mean: Float64Array,
  sums: Float64Array,
  { shrinkage = 0 }: MomentsOptions,
): Moments {
  const covariance = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      const value = sums[i * d + j]! / (count - 1);
      covariance[i * d + j] = value;
      covariance[j * d + i] = value;
    }
  }
  return shrink({ mean, covariance, count, dimensions: d, extractor }, shrinkage);
}
