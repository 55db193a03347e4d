/** @file The Frechet distance between Gaussians fitted to two sets of features, and its value for infinitely many samples. */

import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { DataError } from "../util/errors.ts";
import { permutation, streamKey } from "../util/rng.ts";
import { type Features, pick, requireSameExtractor } from "./features.ts";
import { type Moments, moments } from "./moments.ts";

/** A symmetric matrix for the library; rounding must not make it take the general path. */
function symmetric(values: Float64Array, d: number): Matrix {
  const matrix = new Matrix(d, d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) matrix.set(i, j, 0.5 * (values[i * d + j]! + values[j * d + i]!));
  }
  return matrix;
}

function eigen(matrix: Matrix) {
  return new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
}

/** The symmetric root of a covariance. Eigenvalues that rounding made negative count as 0. */
function root(covariance: Float64Array, d: number): Matrix {
  const { eigenvectorMatrix: vectors, realEigenvalues } = eigen(symmetric(covariance, d));
  const scaled = vectors.clone();
  realEigenvalues.forEach((value, k) => {
    scaled.mulColumn(k, Math.sqrt(Math.max(value, 0)));
  });
  return scaled.mmul(vectors.transpose());
}

/**
 * |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^½).
 *
 * The trace of the root is the sum of the roots of the eigenvalues of C1^½ C2 C1^½, which is symmetric: no complex numbers arise.
 * Dowson and Landau, "The Frechet Distance between Multivariate Normal Distributions" (1982); Heusel et al. (2017) on Inception
 * features (FID). Agrees with scipy's `sqrtm` form to rounding.
 */
export function frechetDistance(a: Moments, b: Moments): number {
  requireSameExtractor(a, b);
  const d = a.dimensions;
  let distance = 0;
  for (let i = 0; i < d; i++) {
    distance += (a.mean[i]! - b.mean[i]!) ** 2 + a.covariance[i * d + i]! + b.covariance[i * d + i]!;
  }
  const half = root(a.covariance, d);
  const product = half.mmul(symmetric(b.covariance, d)).mmul(half);
  const { realEigenvalues } = eigen(symmetric(Float64Array.from(product.to1DArray()), d));
  return distance - 2 * realEigenvalues.reduce((sum, value) => sum + Math.sqrt(Math.max(value, 0)), 0);
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
export interface ExtrapolationOptions {
  /** Numbers of samples tried, evenly spaced. Default 15. */
  readonly points?: number;
  /** Smallest number of samples. Default a tenth of them, and at least twice the number of features. */
  readonly from?: number;
  /** Seed of the subsets. Default 0. */
  readonly seed?: number;
}

/**
 * The distance for infinitely many generated samples, by a straight line in 1/N through random subsets: the bias of the
 * plain figure depends on the generator. Chong and Forsyth, "Effectively Unbiased FID and Inception Score and Where to Find
 * Them" (2020), with pseudo-random subsets in place of Sobol sequences.
 */
export function frechetAtInfinity(
  fakes: Features,
  reference: Moments,
  { points = 15, from, seed = 0 }: ExtrapolationOptions = {},
): Extrapolation {
  const start = from ?? Math.max(2 * fakes.dimensions, Math.floor(fakes.count / 10));
  if (points < 2 || start >= fakes.count) {
    throw new DataError(`${fakes.count} samples are too few to extrapolate from ${start} upwards`, {
      help: `use more than ${2 * fakes.dimensions} samples: twice as many as there are features`,
    });
  }
  const measured = Array.from({ length: points }, (_, i) => {
    const count = Math.round(start + ((fakes.count - start) * i) / (points - 1));
    const order = permutation(streamKey(seed, "metrics/frechet-at-infinity"), i, fakes.count);
    return { count, distance: frechetDistance(moments(pick(fakes, order.subarray(0, count))), reference) };
  });
  const xs = measured.map(({ count }) => 1 / count);
  const meanX = xs.reduce((a, b) => a + b) / points;
  const meanY = measured.reduce((sum, { distance }) => sum + distance, 0) / points;
  const covariance = measured.reduce((sum, { distance }, i) => sum + (xs[i]! - meanX) * (distance - meanY), 0);
  const slope = covariance / xs.reduce((sum, x) => sum + (x - meanX) ** 2, 0);
  return { value: meanY - slope * meanX, slope, points: measured };
}
