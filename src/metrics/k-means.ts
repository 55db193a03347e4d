/** @file k-means: cells of a set of features. */

import { DataError } from "../util/errors.ts";
import { fillUniform, streamKey } from "../util/rng.ts";
import { squaredDistance } from "./distances.ts";
import { type Features, meanOf, pick, row, rows, shift } from "./features.ts";
import type { Products } from "./products.ts";

/** Options of {@link kMeans}. */
export interface KMeansOptions {
  /** Of the first centres. Default 0. */
  readonly seed?: number;
  /** Most rounds of assignment. Default 50; it ends sooner when no assignment changes. */
  readonly rounds?: number;
}

/** The nearest of `centres` to each row of `set`. All are moved to the middle of the centres first: far out, float32 could not tell them apart. */
export async function assign(set: Features, centres: Features, products: Products): Promise<Int32Array> {
  const { dimensions } = set;
  const middle = meanOf(centres);
  const moved = shift(centres, middle);
  const norms = Float64Array.from({ length: moved.count }, (_, k) => row(moved, k).reduce((s, x) => s + x * x, 0));
  const out = new Int32Array(set.count);
  const block = 2048;
  for (let start = 0; start < set.count; start += block) {
    const end = Math.min(start + block, set.count);
    const product = await products(shift(rows(set, start, end), middle).data, moved.data, dimensions);
    for (let i = start; i < end; i++) {
      let best = Number.POSITIVE_INFINITY;
      for (let k = 0; k < centres.count; k++) {
        const value = norms[k]! - 2 * product[(i - start) * centres.count + k]!;
        if (value < best) [best, out[i]] = [value, k];
      }
    }
  }
  return out;
}

/** The first centres by k-means++: each next one drawn with the squared distance to the nearest so far. No more than there are different rows. */
function seedCentres(set: Features, k: number, seed: number): Features {
  const { count } = set;
  const uniform = new Float32Array(k);
  fillUniform(streamKey(seed, "metrics/k-means"), 0, uniform);
  const centres: number[] = [];
  const nearest = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  let chosen = Math.floor(uniform[0]! * count);
  while (centres.length < k) {
    centres.push(chosen);
    const centre = row(set, chosen);
    let total = 0;
    for (let i = 0; i < count; i++) {
      nearest[i] = Math.min(nearest[i]!, squaredDistance(row(set, i), centre));
      total += nearest[i]!;
    }
    if (total === 0) break;
    let left = (uniform[centres.length] ?? 0) * total;
    for (chosen = 0; chosen < count - 1; chosen++) {
      left -= nearest[chosen]!;
      if (left <= 0 && nearest[chosen]! > 0) break;
    }
  }
  return pick(set, centres);
}

/**
 * Centres, as features of the same extractor, and the cell of each row: `k` cells, or one for each different row where there are fewer of those.
 * Lloyd's algorithm from k-means++ centres (Arthur and Vassilvitskii, 2007). A cell that loses all its rows keeps its centre.
 * @throws DataError with fewer rows than cells.
 */
export async function kMeans(
  set: Features,
  k: number,
  products: Products,
  { seed = 0, rounds = 50 }: KMeansOptions = {},
): Promise<{ readonly centres: Features; readonly labels: Int32Array }> {
  if (set.count < k)
    throw new DataError(`${set.count} samples cannot make ${k} cells`, { help: "ask for fewer cells" });
  const { dimensions } = set;
  const centres = seedCentres(set, k, seed);
  let labels = await assign(set, centres, products);
  for (let round = 0; round < rounds; round++) {
    const sums = new Float64Array(centres.count * dimensions);
    const counts = new Uint32Array(centres.count);
    for (let i = 0; i < set.count; i++) {
      const c = labels[i]!;
      counts[c]!++;
      const x = row(set, i);
      for (let d = 0; d < dimensions; d++) sums[c * dimensions + d]! += x[d]!;
    }
    for (let c = 0; c < centres.count; c++) {
      if (counts[c] === 0) continue;
      for (let d = 0; d < dimensions; d++) centres.data[c * dimensions + d] = sums[c * dimensions + d]! / counts[c]!;
    }
    const before = labels;
    labels = await assign(set, centres, products);
    if (labels.every((label, i) => label === before[i])) break;
  }
  return { centres, labels };
}
