/** @file k-means: cells of a set of features. */

import { DataError } from "../util/errors.ts";
import { fillUniform, streamKey } from "../util/rng.ts";
import { type Features, row } from "./features.ts";
import type { Products } from "./products.ts";

/** Options of {@link kMeans}. */
export interface KMeansOptions {
  /** Of the first centres. Default 0. */
  readonly seed?: number;
  /** Most rounds of assignment. Default 50; it ends sooner when no assignment changes. */
  readonly rounds?: number;
}

/** The nearest of `centres` to each row of `set`. */
export async function assign(set: Features, centres: Features, products: Products): Promise<Int32Array> {
  const { dimensions } = set;
  const norms = Float64Array.from({ length: centres.count }, (_, k) => row(centres, k).reduce((s, x) => s + x * x, 0));
  const out = new Int32Array(set.count);
  const block = 2048;
  for (let start = 0; start < set.count; start += block) {
    const end = Math.min(start + block, set.count);
    const part = set.data.subarray(start * dimensions, end * dimensions);
    const product = await products(part, centres.data, dimensions);
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

/** The first centres by k-means++: each next one drawn with the squared distance to the nearest so far. */
function seedCentres(set: Features, k: number, seed: number): Float32Array {
  const { dimensions, count } = set;
  const uniform = new Float32Array(k);
  fillUniform(streamKey(seed, "metrics/k-means"), 0, uniform);
  const centres = new Float32Array(k * dimensions);
  const nearest = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  let chosen = Math.floor(uniform[0]! * count);
  for (let c = 0; c < k; c++) {
    const centre = row(set, chosen);
    centres.set(centre, c * dimensions);
    let total = 0;
    for (let i = 0; i < count; i++) {
      const x = row(set, i);
      let squared = 0;
      for (let d = 0; d < dimensions; d++) squared += (x[d]! - centre[d]!) ** 2;
      nearest[i] = Math.min(nearest[i]!, squared);
      total += nearest[i]!;
    }
    let left = (uniform[c + 1] ?? 0) * total;
    for (chosen = 0; chosen < count - 1; chosen++) {
      left -= nearest[chosen]!;
      if (left <= 0) break;
    }
  }
  return centres;
}

/**
 * Centres, as features of the same extractor, and the cell of each row. Lloyd's algorithm from k-means++ centres (Arthur and Vassilvitskii, 2007). A cell that loses all its rows keeps its centre.
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
  const centres: Features = { ...set, data: seedCentres(set, k, seed), count: k };
  let labels = await assign(set, centres, products);
  for (let round = 0; round < rounds; round++) {
    const sums = new Float64Array(k * dimensions);
    const counts = new Uint32Array(k);
    for (let i = 0; i < set.count; i++) {
      const c = labels[i]!;
      counts[c]!++;
      const x = row(set, i);
      for (let d = 0; d < dimensions; d++) sums[c * dimensions + d]! += x[d]!;
    }
    for (let c = 0; c < k; c++) {
      if (counts[c] === 0) continue;
      for (let d = 0; d < dimensions; d++) centres.data[c * dimensions + d] = sums[c * dimensions + d]! / counts[c]!;
    }
    const before = labels;
    labels = await assign(set, centres, products);
    if (labels.every((label, i) => label === before[i])) break;
  }
  return { centres, labels };
}
