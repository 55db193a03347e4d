/** @file Complex numbers, as far as the eigenvalues of small matrices need them; and the spectral radius of a real matrix. */

/** re + im i. */
export interface Complex {
  readonly re: number;
  readonly im: number;
}

export const real = (re: number): Complex => ({ re, im: 0 });
export const plus = (...xs: readonly Complex[]): Complex => ({
  re: xs.reduce((sum, x) => sum + x.re, 0),
  im: xs.reduce((sum, x) => sum + x.im, 0),
});
export const times = (a: Complex, b: Complex): Complex => ({
  re: a.re * b.re - a.im * b.im,
  im: a.re * b.im + a.im * b.re,
});
export const scaled = (x: Complex, by: number): Complex => times(x, real(by));
export const modulus = ({ re, im }: Complex): number => Math.hypot(re, im);

/** x to a whole power. */
export const power = (x: Complex, n: number): Complex => (n === 0 ? real(1) : times(x, power(x, n - 1)));

/** The root with a real part of at least 0. */
export function root(x: Complex): Complex {
  const size = modulus(x);
  const re = Math.sqrt((size + x.re) / 2);
  const im = Math.sqrt((size - x.re) / 2);
  return { re, im: x.im < 0 ? -im : im };
}

/** Both solutions of λ² − b λ + c = 0. */
export function solutions(b: Complex, c: Complex): readonly [Complex, Complex] {
  const discriminant = root(plus(times(b, b), scaled(c, -4)));
  return [scaled(plus(b, discriminant), 0.5), scaled(plus(b, scaled(discriminant, -1)), 0.5)];
}

/** A real matrix, by rows. */
export type Matrix = readonly (readonly number[])[];

export const product = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((sum, x, k) => sum + x * b[k]![j]!, 0)));

/** a + factor * b. */
export const sumOf = (a: Matrix, b: Matrix, factor = 1): Matrix =>
  a.map((row, i) => row.map((x, j) => x + factor * b[i]![j]!));

export const identity = (size: number): Matrix =>
  Array.from({ length: size }, (_, i) => Array.from({ length: size }, (__, j) => (i === j ? 1 : 0)));

/** Both eigenvalues of a 2 x 2 matrix: λ² − trace λ + determinant = 0. */
export function eigenvalues([[a, b], [c, d]]: readonly [readonly [number, number], readonly [number, number]]) {
  return solutions(real(a + d), real(a * d - b * c));
}

/** The largest modulus of an eigenvalue, from ‖A^k‖^(1/k) with k = 2^40 (Gelfand's formula). */
export function spectralRadius(matrix: Matrix): number {
  let [current, logarithm]: [Matrix, number] = [matrix, 0];
  for (let i = 0; i < 40; i++) {
    const size = Math.hypot(...current.flat());
    if (size === 0) return 0;
    logarithm += Math.log(size) / 2 ** i;
    const normed = current.map((row) => row.map((x) => x / size));
    current = product(normed, normed);
  }
  return Math.exp(logarithm);
}
