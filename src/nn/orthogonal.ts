/** @file Orthogonal initialisation. */

import { fillNormal } from "../util/rng.ts";
import { fans, type Initializer } from "./init.ts";

/** Takes out of `vector` what lies along the first `count` of `basis`. */
function orthogonalise(vector: Float64Array, basis: readonly Float64Array[]): void {
  for (const unit of basis) {
    let product = 0;
    for (let i = 0; i < unit.length; i++) product += unit[i]! * vector[i]!;
    for (let i = 0; i < unit.length; i++) vector[i]! -= product * unit[i]!;
  }
}

/**
 * A weight [out, …] as a matrix with `out` rows whose rows (or columns, if there are fewer of them) are orthonormal: as
 * PyTorch's `orthogonal_` with gain 1. Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning
 * in deep linear neural networks" (2014).
 *
 * Normal vectors, each freed of those before it and scaled to length 1, in float64: even for square matrices the rounding
 * stays far below float32. The time is proportional to the elements times the vectors: one or two seconds for 512 by 4608.
 */
export const orthogonal: Initializer = (key, shape, out) => {
  const rows = shape[0] ?? 1;
  const columns = fans(shape).fanIn;
  const [count, length] = rows <= columns ? [rows, columns] : [columns, rows];
  fillNormal(key, 0, out);
  const basis: Float64Array[] = [];
  for (let k = 0; k < count; k++) {
    const vector = Float64Array.from(out.subarray(k * length, (k + 1) * length));
    orthogonalise(vector, basis);
    const norm = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
    basis.push(vector.map((x) => x / norm));
  }
  basis.forEach((vector, k) => {
    for (let i = 0; i < length; i++) out[rows <= columns ? k * columns + i : i * columns + k] = vector[i]!;
  });
};
