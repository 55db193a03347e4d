/** @file Improved precision and recall, density and coverage: fidelity and diversity apart. */

import { DataError } from "../util/errors.ts";
import { eachBlock, nearest, SCREEN, squaredDistance } from "./distances.ts";
import { type Features, row } from "./features.ts";
import type { Products } from "./products.ts";

/** The four figures, each with the real samples as the standard. */
export interface PrecisionRecall {
  /** Share of fakes inside the k-ball of some real: fidelity. */
  readonly precision: number;
  /** Share of reals inside the k-ball of some fake: diversity; outliers among the fakes inflate it. */
  readonly recall: number;
  /** Mean number of real k-balls that a fake is in, over k: fidelity, robust to outliers; may be above 1. */
  readonly density: number;
  /** Share of reals whose k-ball holds a fake: diversity, robust to outliers among the fakes. */
  readonly coverage: number;
}

/**
 * What {@link PrecisionRecall.coverage} is for two samples of one distribution, M reals and N fakes: 1 - Π (M - 1 - i) / (N + M - 1 - i) over i
 * below k, near 1 - 2^-k. Naeem et al. (2020), equation 9, where a real's own ball does not count it: 0.969 for k = 5 and N = M.
 */
export function expectedCoverage(reals: number, fakes: number, k: number): number {
  let missed = 1;
  for (let i = 0; i < k; i++) missed *= (reals - 1 - i) / (reals + fakes - 1 - i);
  return 1 - missed;
}

/** The squared distance of every row to its k-th nearest other row. */
async function squaredRadii(set: Features, k: number, products: Products): Promise<Float64Array> {
  const { squared } = await nearest(set, set, k, products);
  return Float64Array.from({ length: set.count }, (_, i) => squared[i * k + k - 1]!);
}

/**
 * Kynkäänniemi et al., "Improved Precision and Recall Metric for Assessing Generative Models" (2019), and Naeem et al.,
 * "Reliable Fidelity and Diversity Metrics for Generative Models" (2020). Balls are open (distance < radius) for all four, as in the
 * latter's code; the former's has closed ones. A row with k equals or more among its own set has a ball of radius 0, which holds nothing: reals
 * that are all equal give no precision, density or coverage, and fakes that are all equal no recall, even to a set that is the same.
 *
 * @param k Neighbours that make a ball; default 5.
 * @throws DataError when a set has no more than `k` rows.
 */
export async function precisionRecall(
  reals: Features,
  fakes: Features,
  products: Products,
  k = 5,
): Promise<PrecisionRecall> {
  for (const [name, { count }] of Object.entries({ reals, fakes })) {
    if (count <= k)
      throw new DataError(`${count} ${name} have no ${k} neighbours each`, { help: `use more than ${k}` });
  }
  const realRadius = await squaredRadii(reals, k, products);
  const fakeRadius = await squaredRadii(fakes, k, products);
  const balls = new Uint32Array(fakes.count);
  const recalled = new Uint8Array(reals.count);
  const covered = new Uint8Array(reals.count);
  await eachBlock(reals, fakes, products, ({ query, base, queries, bases, squared, queryNorms, baseNorms }) => {
    for (let p = 0; p < queries; p++) {
      const i = query + p;
      const own = realRadius[i]!;
      for (let q = 0; q < bases; q++) {
        const j = base + q;
        const other = fakeRadius[j]!;
        let distance: number = squared[p * bases + q]!;
        const doubt = SCREEN * (queryNorms[p]! + baseNorms[q]!);
        if (distance > own + doubt && distance > other + doubt) continue;
        if (Math.abs(distance - own) <= doubt || Math.abs(distance - other) <= doubt) {
          distance = squaredDistance(row(reals, i), row(fakes, j));
        }
        if (distance < own) {
          balls[j]!++;
          covered[i] = 1;
        }
        if (distance < other) recalled[i] = 1;
      }
    }
  });
  const share = (flags: ArrayLike<number>) => Array.from(flags).filter((x) => x > 0).length / flags.length;
  return {
    precision: share(balls),
    recall: share(recalled),
    density: balls.reduce((sum, x) => sum + x, 0) / (k * fakes.count),
    coverage: share(covered),
  };
}
