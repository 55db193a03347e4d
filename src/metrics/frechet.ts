/** @file The Frechet distance between Gaussians fitted to two sets of features, and its value for infinitely many samples. */

import { DataError } from "../util/errors.ts";
import { permutation, streamKey } from "../util/rng.ts";
import { type Features, pick, requireSameExtractor } from "./features.ts";
import { type Moments, type MomentsOptions, momentsBy } from "./moments.ts";
import type { Products } from "./products.ts";
import { cholesky, congruence, eigenvalues } from "./symmetric.ts";

/**
 * |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^½).
 *
 * The trace of the root is the sum of the roots of the eigenvalues of Lᵀ C1 L, where C2 = L Lᵀ: it is symmetric, so that no complex
 * numbers arise, and neither vectors nor a root of a matrix are needed. Eigenvalues that rounding made negative count as 0.
 * Dowson and Landau, "The Frechet Distance between Multivariate Normal Distributions" (1982); Heusel et al. (2017) on Inception
 * features (FID). Agrees with scipy's `sqrtm` form to rounding.
 *
 * @throws DataError when the moments are of different extractors.
 */
export function frechetDistance(a: Moments, b: Moments): number {
  return frechetTo(b)(a);
}

/** The Frechet distance to `reference`, which is factored once. */
export function frechetTo(reference: Moments): (moments: Moments) => number {
  const d = reference.dimensions;
  const factor = cholesky(reference.covariance, d);
  return (moments) => {
    requireSameExtractor(moments, reference);
    let distance = 0;
    for (let i = 0; i < d; i++) {
      const variances = moments.covariance[i * d + i]! + reference.covariance[i * d + i]!;
      distance += (moments.mean[i]! - reference.mean[i]!) ** 2 + variances;
    }
    const squares = eigenvalues(congruence(factor, moments.covariance), factor.rank);
    return distance - 2 * squares.reduce((sum, value) => sum + Math.sqrt(Math.max(value, 0)), 0);
  };
}

/** A straight line through the distances at several numbers of samples. */
export interface Extrapolation {
  /** The distance for infinitely many samples: where the line meets 1/N = 0. */
  readonly value: number;
  /** What each further 1/N adds. */
  readonly slope: number;
  /** The points of the line. */
  readonly points: readonly { readonly count: number; readonly distance: number }[];
}

/** Options of {@link frechetAtInfinity}. */
export interface ExtrapolationOptions extends MomentsOptions {
  /** Numbers of samples tried, evenly spaced. Default 15. */
  readonly points?: number;
  /** Smallest number of samples. Default a tenth of them, and at least twice the number of features. */
  readonly from?: number;
  /** Seed of the subsets. Default 0. */
  readonly seed?: number;
}

/**
 * The distance for infinitely many samples, by a straight line in 1/N through random subsets: the bias of the plain figure
 * depends on the generator. Chong and Forsyth, "Effectively Unbiased FID and Inception Score and Where to Find Them" (2020), with
 * pseudo-random subsets in place of Sobol sequences.
 *
 * Few reals give a bias of their own, which a line through subsets of the fakes leaves in. The paper takes all 50,000 for granted; here reals that are
 * given as features shrink with the fakes, by the same share, so that the line goes to infinitely many of both. Of a reference that is
 * given as moments the bias stays.
 */
export async function frechetAtInfinity(
  fakes: Features,
  reference: Moments | Features,
  products: Products,
  { points = 15, from, seed = 0, shrinkage = 0 }: ExtrapolationOptions = {},
): Promise<Extrapolation> {
  const fewest = "covariance" in reference ? fakes.count : Math.min(fakes.count, reference.count);
  const needed = Math.ceil((2 * fakes.dimensions * fakes.count) / fewest);
  const start = from ?? Math.max(needed, Math.floor(fakes.count / 10));
  if (points < 2 || start >= fakes.count) {
    throw new DataError(`${fewest} samples are too few to extrapolate from ${start} upwards`, {
      help: `use more than ${2 * fakes.dimensions} samples and reals: twice as many as there are features`,
    });
  }
  const momentsOf = (set: Features, name: string, i: number, count: number) => {
    const order = permutation(streamKey(seed, name), i, set.count);
    return momentsBy(pick(set, order.subarray(0, count)), products, { shrinkage });
  };
  const whole = "covariance" in reference ? frechetTo(reference) : undefined;
  const partOf = (reals: Features, i: number, share: number) =>
    momentsOf(reals, "metrics/frechet-at-infinity/reals", i, Math.round(share * reals.count));
  const measured: { count: number; distance: number }[] = [];
  for (let i = 0; i < points; i++) {
    const count = Math.round(start + ((fakes.count - start) * i) / (points - 1));
    const distanceTo = whole ?? frechetTo(await partOf(reference as Features, i, count / fakes.count));
    measured.push({ count, distance: distanceTo(await momentsOf(fakes, "metrics/frechet-at-infinity", i, count)) });
  }
  const xs = measured.map(({ count }) => 1 / count);
  const meanX = xs.reduce((a, b) => a + b) / points;
  const meanY = measured.reduce((sum, { distance }) => sum + distance, 0) / points;
  const covariance = measured.reduce((sum, { distance }, i) => sum + (xs[i]! - meanX) * (distance - meanY), 0);
  const slope = covariance / xs.reduce((sum, x) => sum + (x - meanX) ** 2, 0);
  return { value: meanY - slope * meanX, slope, points: measured };
}
