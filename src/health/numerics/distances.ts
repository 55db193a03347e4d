/**
 * @file Euclidean distances between rows, in float64.
 *
 * |a − b|² = |a|² + |b|² − 2 a·b of rows moved to the middle of one set. In float64 this loses no more than 10⁻⁸ of a
 * row's length, so equal rows are told from near ones; what is below that counts as 0.
 */

import type { Rows } from "../look.ts";
import { once } from "./numbers.ts";

/** Rows that pairs are made of, at most: more samples in a look cost time and tell little. */
export const PAIRED_ROWS = 256;

/** The rows of a set that pairs are made of. */
export const paired = (rows: Rows): Rows => firstRows(rows, PAIRED_ROWS);

/** Rows in float64, and their squared lengths. */
interface Points {
  readonly count: number;
  readonly columns: number;
  readonly values: Float64Array;
  readonly norms: Float64Array;
}

/** Share of |a|² + |b|² below which a squared distance is rounding. */
const ROUNDING = 1e-14;

/** The first rows of a set; the set itself where it has no more. */
export function firstRows(rows: Rows, count: number): Rows {
  if (rows.rows <= count) return rows;
  return { rows: count, columns: rows.columns, values: rows.values.subarray(0, count * rows.columns) };
}

/** Whether all numbers are finite. */
export const allFinite = once(({ values }: Rows) => {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i]!)) return false;
  return true;
});

function columnMeans({ rows, columns, values }: Rows): Float64Array {
  const means = new Float64Array(columns);
  for (let i = 0; i < rows; i++) for (let c = 0; c < columns; c++) means[c]! += values[i * columns + c]!;
  return means.map((sum) => sum / rows);
}

function around({ rows, columns, values }: Rows, middle: Float64Array): Points {
  const moved = new Float64Array(rows * columns);
  const norms = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let norm = 0;
    for (let c = 0; c < columns; c++) {
      const x = values[i * columns + c]! - middle[c]!;
      moved[i * columns + c] = x;
      norm += x * x;
    }
    norms[i] = norm;
  }
  return { count: rows, columns, values: moved, norms };
}

/**
 * Products of rows `i` and `i + 1` of `a` with the rows from `from` on of `b`: those of the first at their rows' places
 * in `out`, those of the second `b.count` places further on. Where row `i` is the last, both are its own.
 */
function productsOfTwo(a: Points, i: number, b: Points, from: number, out: Float64Array): void {
  const { columns, values: x } = a;
  const { count, values: y } = b;
  const first = i * columns;
  const second = Math.min(i + 1, a.count - 1) * columns;
  let j = from;
  // Two by four at a time: six numbers are loaded for eight products.
  for (; j + 3 < count; j += 4) {
    const j0 = j * columns;
    const j1 = j0 + columns;
    const j2 = j1 + columns;
    const j3 = j2 + columns;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    let t0 = 0;
    let t1 = 0;
    let t2 = 0;
    let t3 = 0;
    for (let c = 0; c < columns; c++) {
      const u = x[first + c]!;
      const v = x[second + c]!;
      const y0 = y[j0 + c]!;
      const y1 = y[j1 + c]!;
      const y2 = y[j2 + c]!;
      const y3 = y[j3 + c]!;
      s0 += u * y0;
      s1 += u * y1;
      s2 += u * y2;
      s3 += u * y3;
      t0 += v * y0;
      t1 += v * y1;
      t2 += v * y2;
      t3 += v * y3;
    }
    out[j] = s0;
    out[j + 1] = s1;
    out[j + 2] = s2;
    out[j + 3] = s3;
    out[count + j] = t0;
    out[count + j + 1] = t1;
    out[count + j + 2] = t2;
    out[count + j + 3] = t3;
  }
  for (; j < count; j++) {
    let [s, t] = [0, 0];
    for (let c = 0; c < columns; c++) {
      s += x[first + c]! * y[j * columns + c]!;
      t += x[second + c]! * y[j * columns + c]!;
    }
    out[j] = s;
    out[count + j] = t;
  }
}

/**
 * Calls `visit` for every row of `a`: `products[offset + j]` is its product with row `j` of `b`.
 *
 * @param triangle Whether both are one set, and only products with later rows are needed.
 */
function eachRow(
  a: Points,
  b: Points,
  triangle: boolean,
  visit: (i: number, products: Float64Array, offset: number) => void,
): void {
  const products = new Float64Array(2 * b.count);
  for (let i = 0; i < a.count; i += 2) {
    productsOfTwo(a, i, b, triangle ? i + 1 : 0, products);
    visit(i, products, 0);
    if (i + 1 < a.count) visit(i + 1, products, b.count);
  }
}

/** Squared distance from two squared lengths and a product. */
function squared(aNorm: number, bNorm: number, product: number): number {
  const lengths = aNorm + bNorm;
  const found = lengths - 2 * product;
  return found < ROUNDING * lengths ? 0 : found;
}

/** What the rows of one set are to each other. */
export interface Within {
  /** Mean distance of two different rows. */
  readonly pair: number;
  /** Distance of each row to its nearest other one. */
  readonly nearest: Float64Array;
  /**
   * Participation ratio (Σλ)² / Σλ² of the eigenvalues of the covariance: about how many directions vary; 0 where none
   * does.
   */
  readonly rank: number;
}

/** Distances within the rows that pairs are made of; undefined where there are fewer than two. */
export const within = once((all: Rows): Within | undefined => {
  const rows = paired(all);
  if (rows.rows < 2) return undefined;
  const points = around(rows, columnMeans(rows));
  const { count, norms } = points;
  const nearest = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  let [total, trace, squares] = [0, 0, 0];
  eachRow(points, points, true, (i, products, offset) => {
    const norm = norms[i]!;
    trace += norm;
    squares += norm * norm;
    let closest = nearest[i]!;
    for (let j = i + 1; j < count; j++) {
      const product = products[offset + j]!;
      const distance = Math.sqrt(squared(norm, norms[j]!, product));
      total += distance;
      // The eigenvalues of the covariance are those of the matrix of products: the sum of their squares is its squared norm.
      squares += 2 * product * product;
      if (distance < closest) closest = distance;
      if (distance < nearest[j]!) nearest[j] = distance;
    }
    nearest[i] = closest;
  });
  const pair = total / ((count * (count - 1)) / 2);
  if (!allFinite(rows)) nearest.fill(Number.NaN);
  return { pair, nearest, rank: pair === 0 ? 0 : (trace * trace) / squares };
});

/**
 * Mean distance between a row of one set and a row of the other, of the rows that pairs are made of; undefined where
 * one set is empty.
 */
export function meanBetween(one: Rows, other: Rows): number | undefined {
  const [queries, base] = [paired(one), paired(other)];
  if (queries.rows === 0 || base.rows === 0) return undefined;
  const middle = columnMeans(base);
  const [a, b] = [around(queries, middle), around(base, middle)];
  let total = 0;
  eachRow(a, b, false, (i, products, offset) => {
    const norm = a.norms[i]!;
    for (let j = 0; j < b.count; j++) total += Math.sqrt(squared(norm, b.norms[j]!, products[offset + j]!));
  });
  return total / (a.count * b.count);
}

/** The nearest row of a base to each of some rows: which, and how far. Where a number is not finite, the distance is NaN. */
export interface Nearest {
  readonly index: Int32Array;
  readonly distance: Float64Array;
}

/**
 * The nearest of `base` to each row.
 *
 * @param own For each row, a row of the base that does not count, as it is the same sample.
 */
export function nearestIn(rows: Rows, base: Rows, own?: ArrayLike<number>): Nearest {
  const middle = columnMeans(base);
  const [a, b] = [around(rows, middle), around(base, middle)];
  const index = new Int32Array(a.count);
  const distance = new Float64Array(a.count);
  eachRow(a, b, false, (i, products, offset) => {
    const norm = a.norms[i]!;
    const skipped = own?.[i] ?? -1;
    let best = Number.POSITIVE_INFINITY;
    for (let j = 0; j < b.count; j++) {
      const found = squared(norm, b.norms[j]!, products[offset + j]!);
      if (found < best && j !== skipped) {
        best = found;
        index[i] = j;
      }
    }
    distance[i] = best === Number.POSITIVE_INFINITY ? Number.NaN : Math.sqrt(best);
  });
  return { index, distance };
}
