/**
 * @file The map of one step near the Dirac game's equilibrium, for each order of moves, and its spectral radius in closed
 * form. M holds the derivatives of both gradients, rows and columns (θ, ψ); h is the learning rate.
 */

import {
  type Complex,
  eigenvalues,
  identity,
  type Matrix,
  modulus,
  plus,
  product,
  real,
  scaled,
  solutions,
  sumOf,
  times,
} from "./complex.ts";

/** Ways to move of which the map is written down. */
export type Mode = "simultaneous" | "alternating" | "extragradient" | "optimistic";

type Square = readonly [readonly [number, number], readonly [number, number]];

/** The eigenvalues μ of M. For the plain game ±i a; with R1 γ/2 ± √(γ²/4 − a²). */
export const spectrum = (m: Matrix): readonly [Complex, Complex] => eigenvalues(m as unknown as Square);

/** The derivative of a step at the equilibrium. */
export function mapAtRest(m: Matrix, h: number, mode: Mode): Matrix {
  const one = identity(2);
  const [theta, psi] = m as [readonly number[], readonly number[]];
  switch (mode) {
    case "simultaneous":
      return sumOf(one, m, -h);
    case "alternating": {
      // ψ moves first; θ answers.
      const discriminator = sumOf(one, [[0, 0], psi], -h);
      const generator = sumOf(one, [theta, [0, 0]], -h);
      return product(generator, discriminator);
    }
    case "extragradient":
      // z − h M(z − h M z)
      return sumOf(sumOf(one, m, -h), product(m, m), h * h);
    case "optimistic": {
      // z' = z − h(2 M z − u), u' = M z, on (θ, ψ, u_θ, u_ψ)
      const moved = sumOf(one, m, -2 * h);
      const rows = (a: Matrix, b: Matrix) => a.map((row, i) => [...row, ...b[i]!]);
      return [
        ...rows(
          moved,
          sumOf(m, m, -1).map((row, i) => row.map((_, j) => (i === j ? h : 0))),
        ),
        ...rows(m, [
          [0, 0],
          [0, 0],
        ]),
      ];
    }
  }
}

const largest = (...xs: readonly Complex[]) => Math.max(...xs.map(modulus));

/** The spectral radius of that map, from the eigenvalues of M. */
export function radiusAtRest(m: Matrix, h: number, mode: Mode): number {
  const mu = spectrum(m);
  const one = real(1);
  switch (mode) {
    case "simultaneous":
      // 1 − hμ; for the plain game √(1 + h²a²).
      return largest(...mu.map((x) => plus(one, scaled(x, -h))));
    case "alternating": {
      // Trace and determinant of the product above: for the plain game 2 − h²a² and 1.
      const [[tt, tp], [pt, pp]] = m as unknown as Square;
      return largest(...solutions(real(2 - h * (tt + pp) + h * h * tp * pt), real((1 - h * tt) * (1 - h * pp))));
    }
    case "extragradient":
      // 1 − hμ + h²μ²; for the plain game |λ|² = 1 − h²a² + h⁴a⁴.
      return largest(...mu.map((x) => plus(one, scaled(x, -h), scaled(times(x, x), h * h))));
    case "optimistic":
      // λ² − (1 − 2hμ) λ − hμ = 0
      return largest(...mu.flatMap((x) => solutions(plus(one, scaled(x, -2 * h)), scaled(x, -h))));
  }
}
