/**
 * @file Squared distances between sets of features, in blocks.
 *
 * |a - b|^2 = |a|^2 + |b|^2 - 2 a·b is fast, but loses digits where a and b are near: so it only screens, and whatever decides
 * anything is computed again from the difference, in float64; what the screen cannot tell apart is compared in full.
 */

import { type Features, meanOf, requireSameExtractor, row, rows, shift } from "./features.ts";
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
  /** [queries, k] Euclidean distances, and their squares. */
  readonly distances: Float64Array;
  readonly squared: Float64Array;
  /** [queries, k] rows of the base. */
  readonly indices: Int32Array;
}

/** A few more candidates than are asked for: where they are not enough for the screen's error, all rows are compared in float64. */
const SPARE = 8;

/** Up to so many dimensions a difference in float64 costs no more than the screen, which could seldom decide. */
const FEW_DIMENSIONS = 4;

/**
 * The `k` nearest rows of `base` to every query, exactly: of equally near ones those that stand first.
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
  requireSameExtractor(queries, base);
  const others = base.count - (self ? 1 : 0);
  const best = new Smallest(queries.count, Math.min(k, others));
  const search = searcher(queries, base, best, self);
  if (base.dimensions <= FEW_DIMENSIONS) {
    for (let i = 0; i < queries.count; i++) search(i);
  } else {
    const screened = await screen(queries, base, Math.min(k + SPARE, others), products, self);
    for (let i = 0; i < queries.count; i++) {
      search(i, screened.candidates(i));
      // A row that was left out may be as near as the farthest of these.
      if (best.worst(i) >= screened.left(i)) search(i);
    }
  }
  return { k: best.kept, distances: best.values.map(Math.sqrt), squared: best.values, indices: best.indices };
}

/** Rows and their values in rising order of the values: the smallest so many for each query. */
class Smallest {
  readonly kept: number;
  readonly values: Float64Array;
  readonly indices: Int32Array;

  constructor(queries: number, kept: number) {
    this.kept = kept;
    this.values = new Float64Array(queries * kept).fill(Number.POSITIVE_INFINITY);
    this.indices = new Int32Array(queries * kept).fill(-1);
  }

  /** The largest value that is kept for a query. */
  worst(query: number): number {
    return this.values[(query + 1) * this.kept - 1]!;
  }

  /** Keeps a row whose value is below {@link worst}, which is returned anew. */
  put(query: number, index: number, value: number): number {
    const { kept, values, indices } = this;
    const first = query * kept;
    let at = kept - 1;
    for (; at > 0 && values[first + at - 1]! > value; at--) {
      values[first + at] = values[first + at - 1]!;
      indices[first + at] = indices[first + at - 1]!;
    }
    values[first + at] = value;
    indices[first + at] = index;
    return values[first + kept - 1]!;
  }

  clear(query: number): void {
    this.values.fill(Number.POSITIVE_INFINITY, query * this.kept, (query + 1) * this.kept);
  }
}

/** What puts the nearest rows to a query into `best`, by differences in float64: of the `candidates`, in rising order; default of all rows. */
function searcher(queries: Features, base: Features, best: Smallest, self: boolean) {
  const { data, dimensions, count } = base;
  return (query: number, candidates?: Int32Array): void => {
    const x = row(queries, query);
    best.clear(query);
    let worst = Number.POSITIVE_INFINITY;
    for (let n = 0; n < (candidates?.length ?? count); n++) {
      const index = candidates === undefined ? n : candidates[n]!;
      if (self && index === query) continue;
      let sum = 0;
      for (let i = 0, at = index * dimensions; i < dimensions; i++) sum += (x[i]! - data[at + i]!) ** 2;
      if (sum < worst) worst = best.put(query, index, sum);
    }
  };
}

/** What the screen leaves to be compared. */
interface Screened {
  /** The rows of the base that seem nearest to a query, in rising order. */
  candidates(query: number): Int32Array;
  /** A squared distance that no other row falls short of. */
  left(query: number): number;
}

async function screen(
  queries: Features,
  base: Features,
  kept: number,
  products: Products,
  self: boolean,
): Promise<Screened> {
  const seeming = new Smallest(queries.count, kept);
  const norms = new Float64Array(queries.count);
  let largest = 0;
  await eachBlock(queries, base, products, ({ query, base: start, queries: count, bases, squared, ...of }) => {
    norms.set(of.queryNorms, query);
    largest = of.baseNorms.reduce((most, norm) => Math.max(most, norm), largest);
    for (let p = 0; p < count; p++) {
      let worst = seeming.worst(query + p);
      for (let q = 0; q < bases; q++) {
        const value = squared[p * bases + q]!;
        if (!(value < worst) || (self && start + q === query + p)) continue;
        worst = seeming.put(query + p, start + q, value);
      }
    }
  });
  const all = kept === base.count - (self ? 1 : 0);
  return {
    candidates: (query) => seeming.indices.slice(query * kept, (query + 1) * kept).sort(),
    left: (query) => (all ? Number.POSITIVE_INFINITY : seeming.worst(query) - SCREEN * (norms[query]! + largest)),
  };
}
