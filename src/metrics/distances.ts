/**
 * @file Squared distances between sets of features, in blocks.
 *
 * |a - b|^2 = |a|^2 + |b|^2 - 2 a·b is fast, but loses digits where a and b are near: so it only screens, and whatever decides
 * anything is computed again from the difference, in float64.
 */

import { type Features, requireSameExtractor, row, rows } from "./features.ts";
import { meanOf } from "./moments.ts";
import type { Products } from "./products.ts";

/** Rows of queries and of the base that are compared at once: 16 MB of products. */
const [QUERIES, BASE] = [512, 8192];

/** The share of |a|^2 + |b|^2 by which a screened squared distance may be wrong: float32 products of centred rows. */
export const SCREEN = 1e-5;

/** |a - b|^2 in float64. */
export function squaredDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return sum;
}

/** Both sets around the mean of the second: distances stay, norms shrink, and with them the screen's error. */
function centre(a: Features, b: Features): [Features, Features] {
  const mean = meanOf(b);
  const centred = shift(b, mean);
  return [a === b ? centred : shift(a, mean), centred];
}

function shift(set: Features, mean: Float64Array): Features {
  const data = new Float32Array(set.data.length);
  for (let start = 0; start < data.length; start += mean.length) {
    for (let i = 0; i < mean.length; i++) data[start + i] = set.data[start + i]! - mean[i]!;
  }
  return { ...set, data };
}

function squaredNorms(set: Features): Float64Array {
  const norms = new Float64Array(set.count);
  for (let n = 0; n < set.count; n++) {
    const x = row(set, n);
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += x[i]! * x[i]!;
    norms[n] = sum;
  }
  return norms;
}

/** One screened block of squared distances. */
export interface Block {
  /** The first query and the first base row of the block, and how many of each. */
  readonly query: number;
  readonly base: number;
  readonly queries: number;
  readonly bases: number;
  /** [queries, bases]; each is wrong by at most `SCREEN * (|a|^2 + |b|^2)`. */
  readonly squared: Float32Array;
  /** Squared norms of the centred rows. */
  readonly queryNorms: Float64Array;
  readonly baseNorms: Float64Array;
}

/** Goes through all pairs of rows, block by block. */
export async function eachBlock(
  queries: Features,
  base: Features,
  products: Products,
  visit: (block: Block) => void,
): Promise<void> {
  requireSameExtractor(queries, base);
  const [a, b] = centre(queries, base);
  const [aNorms, bNorms] = [squaredNorms(a), squaredNorms(b)];
  for (let i = 0; i < a.count; i += QUERIES) {
    const part = rows(a, i, Math.min(i + QUERIES, a.count));
    for (let j = 0; j < b.count; j += BASE) {
      const other = rows(b, j, Math.min(j + BASE, b.count));
      const squared = await products(part.data, other.data, a.dimensions);
      const queryNorms = aNorms.subarray(i, i + part.count);
      const baseNorms = bNorms.subarray(j, j + other.count);
      for (let p = 0; p < part.count; p++) {
        const norm = queryNorms[p]!;
        const line = p * other.count;
        for (let q = 0; q < other.count; q++) squared[line + q] = norm + baseNorms[q]! - 2 * squared[line + q]!;
      }
      visit({ query: i, base: j, queries: part.count, bases: other.count, squared, queryNorms, baseNorms });
    }
  }
}

/** The nearest rows of a base to each query, nearest first. */
export interface Neighbours {
  readonly k: number;
  /** [queries, k] Euclidean distances. */
  readonly distances: Float64Array;
  /** [queries, k] rows of the base. */
  readonly indices: Int32Array;
}

/** A few more candidates than are asked for, so that a wrong order in the screen does no harm. */
const SPARE = 8;

/**
 * The `k` nearest rows of `base` to every query.
 *
 * @param self True where both are the same set: a row is then not its own neighbour.
 */
export async function nearest(
  queries: Features,
  base: Features,
  k: number,
  products: Products,
  self = queries === base,
): Promise<Neighbours> {
  const kept = Math.min(k + SPARE, base.count - (self ? 1 : 0));
  const found = new Float64Array(queries.count * kept).fill(Number.POSITIVE_INFINITY);
  const indices = new Int32Array(queries.count * kept).fill(-1);
  await eachBlock(queries, base, products, (block) => {
    const { squared, bases } = block;
    for (let p = 0; p < block.queries; p++) {
      const query = block.query + p;
      const first = query * kept;
      let worst = found[first + kept - 1]!;
      for (let q = 0; q < bases; q++) {
        const value = squared[p * bases + q]!;
        if (!(value < worst) || (self && block.base + q === query)) continue;
        let at = kept - 1;
        for (; at > 0 && found[first + at - 1]! > value; at--) {
          found[first + at] = found[first + at - 1]!;
          indices[first + at] = indices[first + at - 1]!;
        }
        found[first + at] = value;
        indices[first + at] = block.base + q;
        worst = found[first + kept - 1]!;
      }
    }
  });
  return refine(queries, base, Math.min(k, kept), kept, indices);
}

/** Orders the candidates by their distance in float64 and keeps the best `k`. */
function refine(queries: Features, base: Features, k: number, kept: number, candidates: Int32Array): Neighbours {
  const distances = new Float64Array(queries.count * k);
  const indices = new Int32Array(queries.count * k);
  for (let i = 0; i < queries.count; i++) {
    const query = row(queries, i);
    const exact = Array.from(candidates.subarray(i * kept, (i + 1) * kept), (index) => ({
      index,
      squared: squaredDistance(query, row(base, index)),
    })).sort((a, b) => a.squared - b.squared || a.index - b.index);
    for (let j = 0; j < k; j++) {
      distances[i * k + j] = Math.sqrt(exact[j]!.squared);
      indices[i * k + j] = exact[j]!.index;
    }
  }
  return { k, distances, indices };
}
