/** @file Divergences between histograms of classes or modes, with what they are for a perfect generator. */

/** Counts as shares. */
export function shares(counts: ArrayLike<number>): Float64Array {
  const total = Array.from(counts).reduce((sum, n) => sum + n, 0);
  return Float64Array.from(counts, (n) => n / total);
}

/** KL(p || q) = Σ p ln(p / q) in nats; bins with p = 0 count nothing. */
export function klDivergence(p: ArrayLike<number>, q: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < p.length; i++) if (p[i]! > 0) sum += p[i]! * Math.log(p[i]! / q[i]!);
  return sum;
}

/** Jensen-Shannon divergence in nats, 0 to ln 2; without smoothing. */
export function jsDivergence(p: ArrayLike<number>, q: ArrayLike<number>): number {
  const middle = Float64Array.from(p, (value, i) => 0.5 * (value + q[i]!));
  return 0.5 * (klDivergence(p, middle) + klDivergence(q, middle));
}

/** Weights below this share of the largest are left out of a sum over a binomial distribution. */
const NEGLIGIBLE = 1e-18;

/** The mean of `of(n)` for n successes in `samples` draws of probability `p`. */
function binomialMean(samples: number, p: number, of: (n: number) => number): number {
  const mode = Math.min(samples, Math.floor((samples + 1) * p));
  const odds = p / (1 - p);
  let [sum, total] = [of(mode), 1];
  for (let n = mode, weight = 1; n < samples && weight > NEGLIGIBLE; n++) {
    weight *= ((samples - n) / (n + 1)) * odds;
    sum += weight * of(n + 1);
    total += weight;
  }
  for (let n = mode, weight = 1; n > 0 && weight > NEGLIGIBLE; n--) {
    weight *= n / (samples - n + 1) / odds;
    sum += weight * of(n - 1);
    total += weight;
  }
  return sum / total;
}

/**
 * The expected KL of a histogram of `samples` draws to the distribution `truth` that they come from, in nats. Near (bins - 1) / (2 samples)
 * where every bin gets a few.
 */
export function klFloor(truth: ArrayLike<number>, samples: number): number {
  const ofBin = (p: number) =>
    binomialMean(samples, p, (n) => (n === 0 ? 0 : (n / samples) * Math.log(n / (samples * p))));
  const known = new Map<number, number>();
  let sum = 0;
  for (const p of Array.from(truth)) {
    if (p === 0) continue;
    const part = known.get(p) ?? ofBin(p);
    known.set(p, part);
    sum += part;
  }
  return sum;
}

/** Every one of `bins` bins as likely. */
export const evenly = (bins: number): Float64Array => new Float64Array(bins).fill(1 / bins);

/**
 * The expected Jensen-Shannon divergence of two histograms of one distribution: (bins - 1) / 8 · (1 / n + 1 / m), to leading order; near where a bin holds
 * ten or more. `bins` are those that either of them hits.
 */
export function jsFloor(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const total = (counts: ArrayLike<number>) => Array.from(counts).reduce((sum, n) => sum + n, 0);
  const bins = Array.from(a).filter((n, i) => n + b[i]! > 0).length;
  return ((bins - 1) / 8) * (1 / total(a) + 1 / total(b));
}

/** KL to the uniform distribution, and the two parts it is the sum of. */
export interface UniformKl {
  readonly kl: number;
  /** ln(K / k): what it would be if the k bins that were hit were hit equally. */
  readonly missing: number;
  /** ln k - H: how unequally they are hit. */
  readonly imbalance: number;
  /** Bins that were hit. */
  readonly hit: number;
}

/** KL(p || uniform) of a histogram of counts, split into missing bins and imbalance. NaN for an empty one. */
export function klToUniform(counts: ArrayLike<number>): UniformKl {
  const p = shares(counts);
  const hit = p.reduce((n, value) => n + (value > 0 ? 1 : 0), 0);
  const kl = hit === 0 ? Number.NaN : klDivergence(p, evenly(p.length));
  const missing = Math.log(p.length / hit);
  return { kl, missing, imbalance: kl - missing, hit };
}
