/** @file Does a generator copy its training data? Three tests of distances to nearest training samples. */

import { DataError } from "../util/errors.ts";
import { nearest } from "./distances.ts";
import type { Features } from "./features.ts";
import { assign, kMeans } from "./k-means.ts";
import type { Products } from "./products.ts";

const median = (values: Float64Array): number => {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

/**
 * Median distance of fakes to their nearest training sample, over that of held-out reals: far below 1 is copying, about 1 is
 * what fresh samples of the true distribution give.
 */
export async function copyingRatio(
  train: Features,
  heldOut: Features,
  fakes: Features,
  products: Products,
): Promise<number> {
  const [fake, real] = [
    await nearest(fakes, train, 1, products, false),
    await nearest(heldOut, train, 1, products, false),
  ];
  return median(fake.distances) / median(real.distances);
}

/**
 * Share of fakes that are no nearer to their nearest training sample than that sample is to its own nearest other one: ½ to 0.6 for
 * fresh samples of the true distribution (print that figure beside it), 0 for copies.
 * Alaa et al., "How Faithful is your Synthetic Data?" (2022).
 */
export async function authenticity(train: Features, fakes: Features, products: Products): Promise<number> {
  const own = await nearest(train, train, 1, products);
  const { distances, indices } = await nearest(fakes, train, 1, products, false);
  return distances.filter((distance, i) => distance >= own.distances[indices[i]!]!).length / fakes.count;
}

/** What {@link copyingTest} finds. */
export interface CopyingTest {
  /** Below about -3: fakes lie nearer to the training data than fresh reals do. Far above 0: they lie too far. */
  readonly ct: number;
  /** Cells that counted, and all cells. A collapse can hide in those that did not. */
  readonly cells: number;
  readonly of: number;
}

/** Options of {@link copyingTest}. */
export interface CopyingTestOptions {
  /** Cells of k-means on the training data. Default 10. */
  readonly cells?: number;
  /** Smallest share of the fakes that a cell must hold to count. Default 20 of them, as the authors advise. */
  readonly threshold?: number;
  readonly seed?: number;
}

/** Mann-Whitney U of `a` over `b` as a z-score: how much smaller the numbers of `a` are, negative when they are. Ties count half. */
export function mannWhitney(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const sorted = Float64Array.from(b).sort();
  const below = (x: number, orEqual: boolean): number => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (orEqual ? sorted[middle]! <= x : sorted[middle]! < x) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const u = Array.from(a).reduce((sum, x) => sum + 0.5 * (below(x, false) + below(x, true)), 0);
  const [n, m] = [a.length, b.length];
  return (u - (n * m) / 2) / Math.sqrt((n * m * (n + m + 1)) / 12);
}

/**
 * The data-copying test: in each cell of the training data, the z-score of the fakes' distances to their nearest training sample against those of
 * held-out reals; the mean over cells, weighted by the held-out reals in them.
 * Meehan, Chaudhuri and Dasgupta, "A Non-Parametric Test to Detect Data-Copying in Generative Models" (2020). The authors' code has nm/2 - 1/2
 * for the mean of U; ours is nm/2, with ties counted half.
 *
 * @throws DataError when no cell counts.
 */
export async function copyingTest(
  train: Features,
  heldOut: Features,
  fakes: Features,
  products: Products,
  { cells = 10, threshold = 20 / fakes.count, seed = 0 }: CopyingTestOptions = {},
): Promise<CopyingTest> {
  const { centres } = await kMeans(train, cells, products, { seed });
  const fakeCells = await assign(fakes, centres, products);
  const realCells = await assign(heldOut, centres, products);
  const fake = (await nearest(fakes, train, 1, products, false)).distances;
  const real = (await nearest(heldOut, train, 1, products, false)).distances;
  const inCell = (values: Float64Array, labels: Int32Array, cell: number) =>
    values.filter((_, i) => labels[i] === cell);
  let [sum, weight, counted] = [0, 0, 0];
  for (let cell = 0; cell < cells; cell++) {
    const [q, p] = [inCell(fake, fakeCells, cell), inCell(real, realCells, cell)];
    if (q.length === 0 || p.length === 0 || q.length / fakes.count < threshold) continue;
    const share = p.length / heldOut.count;
    sum += share * mannWhitney(q, p);
    weight += share;
    counted++;
  }
  if (counted === 0) {
    throw new DataError("no cell holds enough fakes and a held-out real", {
      help: `use fewer cells than ${cells}, or more samples`,
    });
  }
  return { ct: sum / weight, cells: counted, of: cells };
}
