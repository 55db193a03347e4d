/** @file Does a generator copy its training data? Three tests of distances to nearest training samples. */

import { median } from "../util/averages.ts";
import { DataError } from "../util/errors.ts";
import { type Neighbours, nearest } from "./distances.ts";
import { type Features, pick } from "./features.ts";
import { assign, kMeans } from "./k-means.ts";
import type { Products } from "./products.ts";

/** The nearest training sample of every row of `set`: what all three tests rest on, and most of their time. */
const nearestTraining = (set: Features, train: Features, products: Products): Promise<Neighbours> =>
  nearest(set, train, 1, products, false);

interface BothNearest {
  readonly fake: Neighbours;
  readonly real: Neighbours;
}

const bothNearest = async (train: Features, heldOut: Features, fakes: Features, products: Products) => ({
  fake: await nearestTraining(fakes, train, products),
  real: await nearestTraining(heldOut, train, products),
});

function ratioOf({ fake, real }: BothNearest): number {
  const usual = median(real.distances);
  if (usual > 0) return median(fake.distances) / usual;
  throw new DataError("half or more of the held-out reals are in the training set", {
    help: "name reals that the generator has not seen",
  });
}

/**
 * Median distance of fakes to their nearest training sample, over that of held-out reals: far below 1 is copying, about 1 is
 * what fresh samples of the true distribution give.
 *
 * @throws DataError when half of the held-out reals are training samples.
 */
export async function copyingRatio(
  train: Features,
  heldOut: Features,
  fakes: Features,
  products: Products,
): Promise<number> {
  return ratioOf(await bothNearest(train, heldOut, fakes, products));
}

/**
 * Share of fakes that are no nearer to their nearest training sample than that sample is to its own nearest other one: 0 for copies of a
 * training set without duplicates. What fresh samples of the true distribution have depends on the dimension, from about 0.4 in one or two to
 * above 0.8 in 64: print that figure beside it.
 * Alaa et al., "How Faithful is your Synthetic Data?" (2022).
 */
export async function authenticity(train: Features, fakes: Features, products: Products): Promise<number> {
  return authenticityOf(train, await nearestTraining(fakes, train, products), products);
}

async function authenticityOf(train: Features, fake: Neighbours, products: Products): Promise<number> {
  // Only training samples that are somebody's nearest matter, and those are few beside all pairs of training samples.
  const matched = Int32Array.from(new Set(fake.indices));
  // The nearest of such a row is itself, at 0; the second is its nearest other one.
  const own = await nearest(pick(train, matched), train, 2, products, false);
  const ownDistance = new Map(Array.from(matched, (index, i) => [index, own.distances[i * own.k + own.k - 1]!]));
  const authentic = fake.distances.filter((distance, i) => distance >= ownDistance.get(fake.indices[i]!)!);
  return authentic.length / fake.distances.length;
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
  options: CopyingTestOptions = {},
): Promise<CopyingTest> {
  return testOf(train, heldOut, fakes, await bothNearest(train, heldOut, fakes, products), products, options);
}

/** All three tests. */
export interface CopyingReport {
  readonly test: CopyingTest;
  /** As {@link copyingRatio}. */
  readonly ratio: number;
  /** As {@link authenticity}. */
  readonly authenticity: number;
}

/** The tests together: the neighbours are looked for once. @throws DataError as {@link copyingTest}. */
export async function copyingReport(
  train: Features,
  heldOut: Features,
  fakes: Features,
  products: Products,
  options: CopyingTestOptions = {},
): Promise<CopyingReport> {
  const both = await bothNearest(train, heldOut, fakes, products);
  return {
    test: await testOf(train, heldOut, fakes, both, products, options),
    ratio: ratioOf(both),
    authenticity: await authenticityOf(train, both.fake, products),
  };
}

async function testOf(
  train: Features,
  heldOut: Features,
  fakes: Features,
  { fake, real }: BothNearest,
  products: Products,
  { cells = 10, threshold = 20 / fakes.count, seed = 0 }: CopyingTestOptions,
): Promise<CopyingTest> {
  const { centres } = await kMeans(train, cells, products, { seed });
  const fakeCells = await assign(fakes, centres, products);
  const realCells = await assign(heldOut, centres, products);
  const inCell = (values: Float64Array, labels: Int32Array, cell: number) =>
    values.filter((_, i) => labels[i] === cell);
  let [sum, weight, counted] = [0, 0, 0];
  for (let cell = 0; cell < centres.count; cell++) {
    const [q, p] = [inCell(fake.distances, fakeCells, cell), inCell(real.distances, realCells, cell)];
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
  return { ct: sum / weight, cells: counted, of: centres.count };
}
