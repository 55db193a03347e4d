/** @file The value of a game out of logits: M = E log σ(r) + E log(1 − σ(f)), in float64. */

/** Logits of reals and of fakes, before any sigmoid. */
export interface Logits {
  readonly real: Float32Array;
  readonly fake: Float32Array;
}

/** log σ(x) */
const logSigmoid = (x: number): number => Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x)));

const sigmoid = (x: number): number => Math.exp(logSigmoid(x));

const meanOf = (values: Float64Array): number => values.reduce((sum, x) => sum + x, 0) / values.length;

const varianceOf = (values: Float64Array): number => {
  const mean = meanOf(values);
  return values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1);
};

/** What each sample adds to M: the value is the sum of both means. */
export interface ValueTerms {
  /** log σ(r) */
  readonly real: Float64Array;
  /** log(1 − σ(f)) */
  readonly fake: Float64Array;
}

/** The terms of M. */
export const valueTerms = ({ real, fake }: Logits): ValueTerms => ({
  real: Float64Array.from(real, logSigmoid),
  fake: Float64Array.from(fake, (x) => logSigmoid(-x)),
});

/** M. */
export const gameValue = ({ real, fake }: ValueTerms): number => meanOf(real) + meanOf(fake);

/**
 * M at `a` less M at `b`, measured on the same samples, with its standard error.
 *
 * @param reals How many of the real samples are different ones.
 */
export function valueDifference(
  a: ValueTerms,
  b: ValueTerms,
  reals: number,
): { readonly value: number; readonly standardError: number } {
  const real = a.real.map((x, i) => x - b.real[i]!);
  const fake = a.fake.map((x, i) => x - b.fake[i]!);
  const variance = varianceOf(real) / Math.min(reals, real.length) + varianceOf(fake) / fake.length;
  return { value: meanOf(real) + meanOf(fake), standardError: Math.sqrt(variance) };
}

/** Halvings of the bracket: to the last bit of a float32 in any bracket that logits make. */
const HALVINGS = 60;

/**
 * The constant c for which M of the logits r + c and f + c is largest. M is concave in c, and its slope, E(1 − σ(r + c)) −
 * E σ(f + c), falls from 1 to −1.
 */
export function bestOffset({ real, fake }: Logits): number {
  const largest = (values: Float32Array) => values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  let high = Math.max(largest(real), largest(fake)) + 1;
  let low = -high;
  for (let i = 0; i < HALVINGS; i++) {
    const middle = 0.5 * (low + high);
    const slope =
      meanOf(Float64Array.from(real, (x) => sigmoid(-x - middle))) -
      meanOf(Float64Array.from(fake, (x) => sigmoid(x + middle)));
    if (slope > 0) low = middle;
    else high = middle;
  }
  return 0.5 * (low + high);
}
