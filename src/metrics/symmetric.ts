/**
 * @file What a Frechet distance needs of symmetric matrices, in float64: a factor, a congruence and eigenvalues without vectors.
 *
 * Features may have thousands of dimensions. All loops run along rows, and nothing is computed that only vectors would need: at
 * 2048 dimensions that is seconds, where a full decomposition takes minutes.
 */

import { invariant } from "../util/errors.ts";

/** L with C = L Lᵀ, where C is positive semi-definite and its rows and columns are taken in a certain order. */
export interface Factor {
  /** L: [size, rank], row by row, zero above the diagonal. */
  readonly data: Float64Array;
  readonly size: number;
  readonly rank: number;
  /** Which row of C each row of L belongs to. */
  readonly order: Int32Array;
}

/** The sum of products of `length` numbers from `i` and from `j`. */
function dot(x: Float64Array, i: number, j: number, length: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let k = 0;
  for (; k + 3 < length; k += 4) {
    s0 += x[i + k]! * x[j + k]!;
    s1 += x[i + k + 1]! * x[j + k + 1]!;
    s2 += x[i + k + 2]! * x[j + k + 2]!;
    s3 += x[i + k + 3]! * x[j + k + 3]!;
  }
  for (; k < length; k++) s0 += x[i + k]! * x[j + k]!;
  return s0 + s1 + (s2 + s3);
}

/**
 * The pivoted Cholesky factor of a positive semi-definite matrix [size, size]. It ends where what is left of the diagonal is
 * rounding: the rank is then smaller than the size.
 *
 * Higham, "Analysis of the Cholesky Decomposition of a Semi-Definite Matrix" (1990).
 */
export function cholesky(matrix: Float64Array, size: number): Factor {
  const data = new Float64Array(size * size);
  const left = Float64Array.from({ length: size }, (_, i) => matrix[i * size + i]!);
  const order = Int32Array.from({ length: size }, (_, i) => i);
  const rounding = size * Number.EPSILON * left.reduce((a, b) => Math.max(a, b), 0);
  for (let column = 0; column < size; column++) {
    let at = column;
    for (let k = column + 1; k < size; k++) if (left[k]! > left[at]!) at = k;
    if (!(left[at]! > rounding)) return { data: firstColumns(data, size, column), size, rank: column, order };
    swap(left, 1, column, at);
    swap(order, 1, column, at);
    swap(data, size, column, at);
    const root = Math.sqrt(left[column]!);
    data[column * size + column] = root;
    const pivot = order[column]! * size;
    for (let k = column + 1; k < size; k++) {
      const value = (matrix[pivot + order[k]!]! - dot(data, k * size, column * size, column)) / root;
      data[k * size + column] = value;
      left[k]! -= value * value;
    }
  }
  return { data, size, rank: size, order };
}

/** Exchanges rows `i` and `j` of `width` numbers. */
function swap(x: Float64Array | Int32Array, width: number, i: number, j: number): void {
  const row = x.slice(i * width, (i + 1) * width);
  x.copyWithin(i * width, j * width, (j + 1) * width);
  x.set(row, j * width);
}

/** The first `count` columns of a square matrix. */
function firstColumns(data: Float64Array, size: number, count: number): Float64Array {
  const out = new Float64Array(size * count);
  for (let i = 0; i < size; i++) out.set(data.subarray(i * size, i * size + count), i * count);
  return out;
}

/** Lᵀ C L [rank, rank] for a symmetric C [size, size]; only its lower triangle is filled. */
export function congruence({ data, size, rank, order }: Factor, matrix: Float64Array): Float64Array {
  const turned = new Float64Array(rank * size);
  const ordered = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < rank; k++) turned[k * size + i] = data[i * rank + k]!;
    for (let k = 0; k < size; k++) ordered[i * size + k] = matrix[order[i]! * size + order[k]!]!;
  }
  const half = upperProducts(turned, rank, ordered, size, size, false);
  return upperProducts(turned, rank, half, rank, size, true);
}

/** Rows of `a` that are multiplied at once with two of `b`: each number that is read is used several times. */
const TILE = 4;

/**
 * a bᵀ [n, m] for rows of `width` numbers, where row i of `a` is zero before its entry i.
 * @param lower Whether only the lower triangle is wanted.
 */
function upperProducts(
  a: Float64Array,
  n: number,
  b: Float64Array,
  m: number,
  width: number,
  lower: boolean,
): Float64Array {
  const out = new Float64Array(n * m);
  for (let i = 0; i < n; i += TILE) {
    // Rows beyond the last are the last again.
    const [i1, i2, i3] = [Math.min(i + 1, n - 1), Math.min(i + 2, n - 1), Math.min(i + 3, n - 1)];
    const [a0, a1, a2, a3] = [i * width, i1 * width, i2 * width, i3 * width];
    const end = lower ? Math.min(m, i + TILE) : m;
    for (let j = 0; j < end; j += 2) {
      const j1 = Math.min(j + 1, m - 1);
      const [b0, b1] = [j * width, j1 * width];
      let s00 = 0;
      let s01 = 0;
      let s10 = 0;
      let s11 = 0;
      let s20 = 0;
      let s21 = 0;
      let s30 = 0;
      let s31 = 0;
      for (let k = i; k < width; k++) {
        const x0 = b[b0 + k]!;
        const x1 = b[b1 + k]!;
        const y0 = a[a0 + k]!;
        const y1 = a[a1 + k]!;
        const y2 = a[a2 + k]!;
        const y3 = a[a3 + k]!;
        s00 += y0 * x0;
        s01 += y0 * x1;
        s10 += y1 * x0;
        s11 += y1 * x1;
        s20 += y2 * x0;
        s21 += y2 * x1;
        s30 += y3 * x0;
        s31 += y3 * x1;
      }
      out[i3 * m + j1] = s31;
      out[i3 * m + j] = s30;
      out[i2 * m + j1] = s21;
      out[i2 * m + j] = s20;
      out[i1 * m + j1] = s11;
      out[i1 * m + j] = s10;
      out[i * m + j1] = s01;
      out[i * m + j] = s00;
    }
  }
  return out;
}

/**
 * Eigenvalues of a symmetric matrix [size, size], in no order; only its lower triangle is read, and it is overwritten.
 *
 * Householder's reduction and the implicit QL algorithm, without vectors. Wilkinson and Reinsch, "Handbook for Automatic
 * Computation II" (1971): tred1, imtql1.
 */
export function eigenvalues(matrix: Float64Array, size: number): Float64Array {
  return tridiagonalEigenvalues(...tridiagonal(matrix, size));
}

/** Diagonal and subdiagonal (entry i beside diagonal entry i - 1) of a tridiagonal matrix of the same eigenvalues. */
function tridiagonal(a: Float64Array, n: number): [diagonal: Float64Array, beside: Float64Array] {
  const [diagonal, beside] = [new Float64Array(n), new Float64Array(n)];
  for (let i = n - 1; i > 0; i--) {
    const v = a.slice(i * n, i * n + i);
    const squares = v.reduce((sum, x) => sum + x * x, 0);
    diagonal[i] = a[i * n + i]!;
    if (squares === 0) continue;
    const last = v[i - 1]!;
    const reflected = last > 0 ? -Math.sqrt(squares) : Math.sqrt(squares);
    beside[i] = reflected;
    v[i - 1] = last - reflected;
    reflect(a, n, v, squares - last * reflected);
  }
  if (n > 0) diagonal[0] = a[0]!;
  return [diagonal, beside];
}

/** H A H for the leading block of A that is as large as v, where H = 1 - v vᵀ / h reflects and h = |v|² / 2. */
function reflect(a: Float64Array, n: number, v: Float64Array, h: number): void {
  const size = v.length;
  const w = new Float64Array(size);
  for (let j = 0; j < size; j++) {
    const [row, vj] = [j * n, v[j]!];
    let sum = a[row + j]! * vj;
    for (let k = 0; k < j; k++) {
      const x = a[row + k]!;
      sum += x * v[k]!;
      w[k]! += x * vj;
    }
    w[j]! += sum;
  }
  let overlap = 0;
  for (let j = 0; j < size; j++) {
    w[j]! /= h;
    overlap += w[j]! * v[j]!;
  }
  for (let j = 0; j < size; j++) w[j]! -= (overlap / (2 * h)) * v[j]!;
  for (let j = 0; j < size; j++) {
    const [row, vj, wj] = [j * n, v[j]!, w[j]!];
    for (let k = 0; k <= j; k++) a[row + k]! -= vj * w[k]! + wj * v[k]!;
  }
}

/** Sweeps for one eigenvalue; two or three are usual. */
const MOST_SWEEPS = 60;

function tridiagonalEigenvalues(d: Float64Array, beside: Float64Array): Float64Array {
  const n = d.length;
  const e = new Float64Array(n);
  e.set(beside.subarray(1));
  for (let l = 0; l < n; l++) {
    for (let sweep = 0; ; sweep++) {
      let m = l;
      while (m < n - 1 && Math.abs(e[m]!) > Number.EPSILON * (Math.abs(d[m]!) + Math.abs(d[m + 1]!))) m++;
      if (m === l) break;
      invariant(sweep < MOST_SWEEPS, "eigenvalues do not converge");
      sweepUp(d, e, l, m);
    }
  }
  return d;
}

/** One implicit QL sweep from entry m down to l. */
function sweepUp(d: Float64Array, e: Float64Array, l: number, m: number): void {
  const shift = (d[l + 1]! - d[l]!) / (2 * e[l]!);
  const r = Math.hypot(shift, 1);
  let g = d[m]! - d[l]! + e[l]! / (shift + (shift < 0 ? -r : r));
  let [s, c, p] = [1, 1, 0];
  for (let i = m - 1; i >= l; i--) {
    const f = s * e[i]!;
    const b = c * e[i]!;
    const length = Math.hypot(f, g);
    e[i + 1] = length;
    if (length === 0) {
      d[i + 1]! -= p;
      e[m] = 0;
      return;
    }
    s = f / length;
    c = g / length;
    g = d[i + 1]! - p;
    const turned = (d[i]! - g) * s + 2 * c * b;
    p = s * turned;
    d[i + 1] = g + p;
    g = c * turned - b;
  }
  d[l]! -= p;
  e[l] = g;
  e[m] = 0;
}
