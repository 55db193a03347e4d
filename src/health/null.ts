/** @file The range of a signal when nothing is wrong, from its values for pairs of batches of reals. */

import type { Null } from "./history.ts";
import { mean } from "./numbers.ts";

/** The share of looks that falls below `low`, and that above `high`, when the samples are as good as reals. */
export const FALSE_ALARMS = 1 / 1000;

/** The normal distribution's quantile for {@link FALSE_ALARMS}. */
const Z = 3.090232;

/** Quantile of Student's distribution for {@link FALSE_ALARMS}: the expansion around the normal quantile, right to 1 % from 10 degrees of freedom on. */
function studentQuantile(degrees: number): number {
  const first = (Z ** 3 + Z) / 4;
  const second = (5 * Z ** 5 + 16 * Z ** 3 + 3 * Z) / 96;
  const third = (3 * Z ** 7 + 19 * Z ** 5 + 17 * Z ** 3 - 15 * Z) / 384;
  return Z + first / degrees + second / degrees ** 2 + third / degrees ** 3;
}

/**
 * The null of `values`, at least two.
 *
 * Each limit is the prediction limit for one more value: Student's quantile times sd·√(1 + 1/M), moved outwards on the side to which the values are
 * skewed by the first term of Cornish and Fisher's expansion, (t² − 1)/6 times the skewness. No limit is nearer than the farthest
 * value seen, nor than `grain` from the mean.
 *
 * @param grain The least difference from the mean that means anything, as of a share that goes in steps. Default 0.
 */
export function nullOf(values: readonly number[], grain = 0): Null {
  const pairs = values.length;
  const middle = mean(values);
  const deviations = values.map((value) => value - middle);
  const variance = deviations.reduce((sum, x) => sum + x * x, 0) / (pairs - 1);
  const sd = Math.sqrt(variance);
  const skewness = sd === 0 ? 0 : mean(deviations.map((x) => (x / sd) ** 3));
  const t = studentQuantile(pairs - 1);
  const reach = (skewed: number) => sd * Math.sqrt(1 + 1 / pairs) * (t + ((t * t - 1) / 6) * Math.max(0, skewed));
  return {
    mean: middle,
    sd,
    low: Math.min(middle - Math.max(grain, reach(-skewness)), ...values),
    high: Math.max(middle + Math.max(grain, reach(skewness)), ...values),
    pairs,
  };
}

/** The null of many values: the limits are those that {@link FALSE_ALARMS} of them lie beyond. */
export function empiricalNull(values: ArrayLike<number>, pairs: number): Null {
  const sorted = Float64Array.from(values).sort();
  const middle = mean(sorted);
  const beyond = Math.floor(sorted.length * FALSE_ALARMS);
  const variance = sorted.reduce((sum, x) => sum + (x - middle) ** 2, 0) / (sorted.length - 1);
  const [low = middle, high = middle] = [sorted[beyond], sorted[sorted.length - 1 - beyond]];
  return { mean: middle, sd: Math.sqrt(variance), low, high, pairs };
}

/**
 * The null of P(a > b) for two lists of one distribution, known whatever that is: Mann and Whitney (1947).
 *
 * @param count Length of one list.
 * @param other Length of the other. Default as long.
 */
export function aucNull(count: number, other = count): Null {
  const sd = Math.sqrt((count + other + 1) / (12 * count * other));
  return { mean: 0.5, sd, low: Math.max(0, 0.5 - Z * sd), high: Math.min(1, 0.5 + Z * sd), pairs: 0 };
}
