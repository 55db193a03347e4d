/** @file Which cells of the reals fakes are in: what is missing, and what is there too often or too seldom. */

import { cellsOf, countCells } from "../../numerics/cells.ts";
import { allFinite } from "../../numerics/distances.ts";
import type { Baseline } from "../baseline.ts";
import type { Probe } from "../probe.ts";
import { small } from "../small.ts";

/** Fewer than this share of the fakes that a kind should hold: it is missing. */
const MISSING = 0.25;
/** Two-sided 5 % of the normal distribution. */
const SIGNIFICANT = 1.959964;

/** What each kind of cells holds together. */
export function ofKinds(values: readonly number[], kinds: readonly number[]): number[] {
  const sums = new Array<number>(1 + Math.max(...kinds)).fill(0);
  values.forEach((value, k) => {
    sums[kinds[k]!]! += value;
  });
  return sums;
}

/**
 * Compares how many fakes each bin holds with the reals' shares.
 *
 * `missing` is the share of the reals that are of kinds with far too few fakes. `different` is the number of statistically
 * different bins, by two-proportion z-tests at 5 % with a pooled proportion, over the number of bins: Richardson and
 * Weiss, "On GANs and GMMs" (2018).
 */
export function compareBins(counts: readonly number[], baseline: Pick<Baseline, "bins" | "train">) {
  const { shares, kinds } = baseline.bins;
  const reals = baseline.train.rows;
  const fakes = counts.reduce((sum, count) => sum + count, 0);
  const held = ofKinds(counts, kinds);
  const missing = ofKinds(shares, kinds).reduce(
    (sum, share, k) => (held[k]! < MISSING * share * fakes ? sum + share : sum),
    0,
  );
  let different = 0;
  shares.forEach((share, k) => {
    const pooled = (counts[k]! + share * reals) / (fakes + reals);
    const error = Math.sqrt(pooled * (1 - pooled) * (1 / fakes + 1 / reals));
    if (Math.abs(counts[k]! / fakes - share) > SIGNIFICANT * error) different++;
  });
  return { missing, different: different / shares.length };
}

/** Fakes in the bins of the reals. */
export const bins: Probe = {
  name: "bins",
  level: "light",
  ofSamples: true,
  signals: ["bins/missing", "bins/different", "bins/fake"],
  measure({ samples: { fake } }, baseline) {
    if (fake.rows === 0) return { values: {} };
    if (!allFinite(fake)) return { values: { "bins/missing": Number.NaN, "bins/different": Number.NaN } };
    const { centres, kinds } = baseline.bins;
    const counts = countCells(cellsOf(small(fake, baseline), centres), centres.rows);
    const { missing, different } = compareBins(counts, baseline);
    return {
      values: { "bins/missing": missing, "bins/different": different },
      vectors: { "bins/fake": ofKinds(counts, kinds) },
    };
  },
};
