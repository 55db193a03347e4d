/** @file Samples against known modes: how many are captured, how well, how evenly. */

import { ShapeError } from "../util/errors.ts";
import { evenly, klDivergence, klFloor, klToUniform, shares } from "./histogram.ts";

/** Equally likely isotropic Gaussians. */
export interface KnownModes {
  /** [K][D]. */
  readonly centres: readonly (readonly number[])[];
  /** Standard deviation of each coordinate within a mode. */
  readonly std: number;
}

/** What {@link modeReport} finds. */
export interface ModeReport {
  /** Samples looked at, and modes there are. */
  readonly samples: number;
  readonly modes: number;
  /** Modes with at least one sample of high quality. */
  readonly captured: number;
  /** What that is on average for the true distribution: all of them, unless samples are few. */
  readonly capturedCeiling: number;
  /** Share of samples within 3 standard deviations of a mode. */
  readonly highQuality: number;
  /** What that share is for the true distribution: 1 - e^(-9/2) = 0.98889 in the plane. A figure clearly above it is a sign of shrunken modes. */
  readonly highQualityCeiling: number;
  /** KL(generated || uniform) over the modes of the samples of high quality; NaN when there are none. */
  readonly reverseKl: number;
  /** Its part that missing modes explain, ln(K / captured), and the rest. */
  readonly missing: number;
  readonly imbalance: number;
  /** What it is on average for a perfect generator. */
  readonly reverseKlFloor: number;
  /** KL(generated || true) over K + 1 bins, the last for samples on no mode. */
  readonly klWithRest: number;
  /** What it is on average for a perfect generator. */
  readonly klWithRestFloor: number;
  /**
   * Root of the mean, over modes with two samples or more, of the variance within them (around their own mean) over the true one; 1 is
   * right, below is collapse inside modes. NaN where there is no such mode.
   */
  readonly spread: number;
  /** Root of the mean, over captured modes, of the squared distance from a mode's mean to its true centre, in standard deviations. */
  readonly offset: number;
  /** What it is for a perfect generator, nearly: the error of a mean of as many samples as a mode gets. */
  readonly offsetFloor: number;
  /** Samples of high quality for each mode. */
  readonly counts: readonly number[];
}

/** Distance, in standard deviations, within which a sample is of high quality. */
const LIMIT = 3;

/** P(|x| < 3 std) of an isotropic Gaussian: the chi-squared distribution at 9. */
export function highQualityCeiling(dimensions: number): number {
  // P(d) = P(d - 2) - 2 (9/2)^(d/2 - 1) e^(-9/2) / (2 Γ(d/2)), from erf for d = 1 and 1 - e^(-9/2) for d = 2.
  let [value, d] = dimensions % 2 === 0 ? [1 - Math.exp(-4.5), 2] : [0.99730020393674, 1];
  // Γ(d/2 + 1), carried along.
  let gamma = d === 2 ? 1 : Math.sqrt(Math.PI) / 2;
  for (; d < dimensions; d += 2) {
    value -= (4.5 ** (d / 2) * Math.exp(-4.5)) / gamma;
    gamma *= d / 2 + 1;
  }
  return value;
}

/**
 * The rule of VEEGAN and PacGAN: a sample belongs to its nearest mode, and is of high quality within 3 standard deviations of it; a mode
 * is captured by one such sample. Srivastava et al. (2017); Lin et al. (2018), whose code draws 2,500 samples. The KL with a rest bin and the spread are
 * ours: coverage alone calls a generator good whose samples are mostly between the modes.
 *
 * @param samples f32[N, D].
 */
export function modeReport(samples: Float32Array, { centres, std }: KnownModes): ModeReport {
  const dimensions = centres[0]?.length ?? 0;
  if (dimensions === 0 || samples.length === 0 || samples.length % dimensions !== 0) {
    throw new ShapeError(`${samples.length} numbers are not samples of ${dimensions} coordinates`);
  }
  const count = samples.length / dimensions;
  const counts = new Array<number>(centres.length).fill(0);
  // Of the samples of each mode, from its true centre: the sum of their squares, and their sum.
  const squares = new Array<number>(centres.length).fill(0);
  const sums = centres.map(() => new Float64Array(dimensions));
  for (let n = 0; n < count; n++) {
    let [best, nearest] = [Number.POSITIVE_INFINITY, 0];
    centres.forEach((centre, k) => {
      let squared = 0;
      for (let i = 0; i < dimensions; i++) squared += (samples[n * dimensions + i]! - centre[i]!) ** 2;
      if (squared < best) [best, nearest] = [squared, k];
    });
    if (best >= (LIMIT * std) ** 2) continue;
    counts[nearest]!++;
    squares[nearest]! += best;
    for (let i = 0; i < dimensions; i++) sums[nearest]![i]! += samples[n * dimensions + i]! - centres[nearest]![i]!;
  }
  const good = counts.reduce((sum, n) => sum + n, 0);
  const ceiling = highQualityCeiling(dimensions);
  const bins = [...shares([...counts, count - good])];
  const truth = [...centres.map(() => ceiling / centres.length), 1 - ceiling];
  const captured = counts.filter((n) => n > 0).length;
  const { kl, missing, imbalance } = klToUniform(counts);
  const shifts = sums.map((sum, k) => sum.reduce((total, x) => total + (x / counts[k]!) ** 2, 0));
  // The limit cuts a mode off at 3: that is the variance to be expected.
  const expected = cutVariance(dimensions) * dimensions * std ** 2;
  // Rounding may leave less than nothing of a difference that is none.
  const widths = counts.map((n, k) => Math.max(0, squares[k]! - n * shifts[k]!) / (n - 1) / expected);
  return {
    samples: count,
    modes: centres.length,
    captured,
    capturedCeiling: centres.length * (1 - (1 - ceiling / centres.length) ** count),
    highQuality: good / count,
    highQualityCeiling: ceiling,
    reverseKl: kl,
    missing,
    imbalance,
    reverseKlFloor: klFloor(evenly(centres.length), count),
    klWithRest: klDivergence(bins, truth),
    klWithRestFloor: klFloor(truth, count),
    spread: Math.sqrt(mean(widths.filter((_, k) => counts[k]! > 1))),
    offset: Math.sqrt(mean(shifts.filter((_, k) => counts[k]! > 0))) / std,
    offsetFloor: Math.sqrt((cutVariance(dimensions) * dimensions * centres.length) / (count * ceiling)),
    counts,
  };
}

const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

/** Variance of a coordinate of a standard Gaussian in `d` dimensions, given that it lies within 3 of the middle. */
function cutVariance(d: number): number {
  // E[|x|^2; |x| < 3] = d P(chi^2 with d + 2 degrees < 9).
  return highQualityCeiling(d + 2) / highQualityCeiling(d);
}
