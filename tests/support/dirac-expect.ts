/** @file Comparing what was found on the Dirac game with what theory says. */

import { expect } from "vitest";
import { type Matrix, spectralRadius } from "./complex.ts";
import type { Point } from "./dirac-theory.ts";

/** Half the width within which numbers must agree, relative where they are larger than 1. */
export const TOLERANCE = 1e-5;

/** How far from the equilibrium. */
export const away = ({ theta, psi }: Point): number => Math.hypot(theta, psi);

/** Every element as by hand. */
export function expectMatrix(found: Matrix, wanted: Matrix): void {
  const off = found.flatMap((row, i) => row.map((x, j) => Math.abs(x - wanted[i]![j]!)));
  expect(Math.max(...off), `found ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`).toBeLessThan(TOLERANCE);
}

/** The spectral radius as in the closed form. */
export function expectRadius(found: Matrix, wanted: number): void {
  const radius = spectralRadius(found);
  expect(Math.abs(radius - wanted), `radius ${radius}, not ${wanted}`).toBeLessThan(TOLERANCE);
}

/** Every move as by hand. */
export function expectPath(found: readonly Point[], wanted: readonly Point[]): void {
  expect(found).toHaveLength(wanted.length);
  found.forEach((at, i) => {
    for (const name of ["theta", "psi"] as const) {
      const [x, y] = [at[name], wanted[i]![name]];
      const near = Math.abs(x - y) <= TOLERANCE * Math.max(1, Math.abs(y));
      if (!near) expect.fail(`${name} after move ${i + 1} is ${x}, not ${y}`);
    }
  });
}
