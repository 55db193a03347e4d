/** @file The number of statistically different bins: which regions of the data a generator serves too often or too seldom. */

import { DataError } from "../util/errors.ts";
import { classCounts } from "./classes.ts";
import type { Features } from "./features.ts";
import { jsDivergence, shares } from "./histogram.ts";
import { assign, kMeans } from "./k-means.ts";
import type { Products } from "./products.ts";

/** What {@link differentBins} finds. */
export interface DifferentBins {
  /** Share of bins whose counts differ significantly; about `level` for two samples of one distribution. */
  readonly share: number;
  /** Jensen-Shannon divergence of the two histograms, in nats. */
  readonly js: number;
  /** Bins that a generator serves too seldom, and too often. */
  readonly under: number;
  readonly over: number;
  /** As many as were asked for, or as there are different reals. */
  readonly bins: number;
  readonly level: number;
}

/** Two-sided quantile of the normal distribution for the levels that are used. */
const QUANTILE: Readonly<Record<string, number>> = { "0.05": 1.959964, "0.01": 2.575829 };

/** Options of {@link differentBins}. */
export interface DifferentBinsOptions {
  /** Cells of k-means on the reals. Default 100. */
  readonly bins?: number;
  /** Level of each test. Default 0.05. */
  readonly level?: 0.05 | 0.01;
  readonly seed?: number;
}

/**
 * Bins are cells of k-means on the training reals; each is compared by a two-proportion z-test with a pooled proportion.
 * Richardson and Weiss, "On GANs and GMMs" (2018). A bin that is empty on both sides does not differ.
 *
 * @param reals The set that the bins are made of, and the proportions compared with.
 * @throws DataError where all of them are the same.
 */
export async function differentBins(
  reals: Features,
  fakes: Features,
  products: Products,
  { bins: wanted = 100, level = 0.05, seed = 0 }: DifferentBinsOptions = {},
): Promise<DifferentBins> {
  const { centres, labels } = await kMeans(reals, wanted, products, { seed });
  const bins = centres.count;
  if (bins < 2) {
    throw new DataError("the reals are all the same: there is one bin, and every sample is in it", {
      help: "take a reference with at least two different reals",
    });
  }
  const real = classCounts(labels, bins);
  const fake = classCounts(await assign(fakes, centres, products), bins);
  const [n, m] = [reals.count, fakes.count];
  let [under, over] = [0, 0];
  for (let k = 0; k < bins; k++) {
    const pooled = (real[k]! + fake[k]!) / (n + m);
    const error = Math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m));
    const z = error === 0 ? 0 : (fake[k]! / m - real[k]! / n) / error;
    if (z < -QUANTILE[level]!) under++;
    if (z > QUANTILE[level]!) over++;
  }
  return { share: (under + over) / bins, js: jsDivergence(shares(real), shares(fake)), under, over, bins, level };
}
