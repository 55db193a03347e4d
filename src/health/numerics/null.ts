/** @file The range of a signal when nothing is wrong, from its values for pairs of batches of reals. */

import { mean } from "../../util/averages.ts";
import type { Null } from "../history.ts";

/** The share of looks that falls below `low`, and that above `high`, when the samples are as good as reals. */
const FALSE_ALARMS = 1 / 1000;

/** The normal distribution's quantile for {@link FALSE_ALARMS}. */
export const ONE_IN_A_THOUSAND = 3.090232;
const Z = ONE_IN_A_THOUSAND;

/**
 * Quantile of Student's distribution for {@link FALSE_ALARMS}: the expansion around the normal quantile, right to 1 %
 * from 10 degrees of freedom on.
 */
function studentQuantile(degrees: number): number {
  const first = (Z ** 3 + Z) / 4;
  const second = (5 * Z ** 5 + 16 * Z ** 3 + 3 * Z) / 96;
  const third = (3 * Z ** 7 + 19 * Z ** 5 + 17 * Z ** 3 - 15 * Z) / 384;
  return Z + first / degrees + second / degrees ** 2 + third / degrees ** 3;
}

/** How a null is made of values. */
export interface NullOptions {
  /**
   * How many of the values may be taken for independent: fewer than there are where few reals were used again and
   * again. Default all.
   */
  readonly independent?: number;
  /** The least difference from the mean that means anything, as of a share that goes in steps. Default 0. */
  readonly grain?: number;
}

/**
 * The null of `values`, at least two.
 *
 * Each limit is the prediction limit for one more value: Student's quantile times sd·√(1 + 1/M), moved outwards, never
 * inwards, by the expansion of Cornish and Fisher (1938) with the values' skewness and kurtosis. No limit is nearer
 * than the farthest value seen, nor than the grain. Limits from 40 values are themselves uncertain: over many data sets
 * the rate is right on average for values that are about normal, and for one data set it may be several times that.
 */
export function nullFrom(
  values: readonly number[],
  { independent = values.length, grain = 0 }: NullOptions = {},
): Null {
  const pairs = values.length;
  const middle = mean(values);
  const deviations = values.map((value) => value - middle);
  const sd = Math.sqrt(deviations.reduce((sum, x) => sum + x * x, 0) / (pairs - 1));
  const moment = (power: number) => (sd === 0 ? 0 : mean(deviations.map((x) => (x / sd) ** power)));
  const skewness = moment(3);
  const t = studentQuantile(pairs - 1);
  const heavy = ((t ** 3 - 3 * t) / 24) * (moment(4) - 3) - ((2 * t ** 3 - 5 * t) / 36) * skewness ** 2;
  const reach = (skewed: number) =>
    sd * Math.sqrt(1 + 1 / independent) * (t + ((t * t - 1) / 6) * Math.max(0, skewed) + Math.max(0, heavy));
  return {
    mean: middle,
    sd,
    low: Math.min(middle - Math.max(grain, reach(-skewness)), ...values),
    high: Math.max(middle + Math.max(grain, reach(skewness)), ...values),
    pairs,
  };
}

/**
 * The null of very many values, drawn as theory says: {@link FALSE_ALARMS} of them lie beyond each limit, and the mean
 * never does.
 */
export function drawnNull(values: ArrayLike<number>): Null {
  const sorted = Float64Array.from(values).sort();
  const middle = mean(sorted);
  const beyond = Math.floor(sorted.length * FALSE_ALARMS);
  const variance = sorted.reduce((sum, x) => sum + (x - middle) ** 2, 0) / (sorted.length - 1);
  const [low = middle, high = middle] = [sorted[beyond], sorted[sorted.length - 1 - beyond]];
  return { mean: middle, sd: Math.sqrt(variance), low: Math.min(low, middle), high: Math.max(high, middle), pairs: 0 };
}

/**
 * The null of P(a > b) for `n` values of a and `m` of b, all of one distribution, known whatever that is: Mann and
 * Whitney (1947).
 */
export function aucNull(n: number, m: number): Null {
  const sd = Math.sqrt((n + m + 1) / (12 * n * m));
  return { mean: 0.5, sd, low: Math.max(0, 0.5 - Z * sd), high: Math.min(1, 0.5 + Z * sd), pairs: 0 };
}
