/** @file Whether fakes are copies of training samples: nearer to one than reals that were never learned from. */

import type { Baseline } from "../baseline.ts";
import { firstRows, nearestIn } from "../distances.ts";
import type { Rows } from "../look.ts";
import { lowerQuartile, present, ratio } from "../numbers.ts";
import type { Probe } from "../probe.ts";
import { small } from "../small.ts";

/** What is learned from, of which fakes may be copies. */
export type Learned = Pick<Baseline, "train" | "mirrored" | "count">;

/** Samples of a set whose nearest training sample is sought, at most; more cost time. */
export const copiesSought = ({ train }: Learned): number => (train.columns <= 16 ? 128 : 64);

/** The reals that fakes are compared with: several times as many, and once for all looks. */
export const copyingReals = (reals: Rows, learned: Learned): Rows => firstRows(reals, 6 * copiesSought(learned));

/**
 * Whether the baseline keeps more than half of what is learned from. A copy of a sample that it does not keep looks
 * like no copy, so with less than half it says nothing.
 */
export const seesCopies = ({ train, count }: Learned): boolean => 2 * train.rows > count;

/**
 * Distance of each row, made small, to the nearest real that is learned from, or to the mirror image of one where the training
 * mirrors.
 *
 * @param own For each row, the real that does not count, nor its mirror image.
 */
export function nearestLearned(rows: Rows, { train, mirrored }: Learned, own?: ArrayLike<number>): Float64Array {
  const { distance } = nearestIn(rows, train, own);
  if (mirrored === undefined) return distance;
  const turned = nearestIn(rows, mirrored, own).distance;
  return distance.map((near, i) => Math.min(near, turned[i]!));
}

/**
 * Distance of fakes to their nearest training sample over that of held-out reals: the lower quartile, as with few reals the
 * median real may be of a kind that none of them is of, and lie far away.
 */
export const copying: Probe = {
  name: "copying",
  level: "standard",
  signals: ["copying/ratio"],
  measure({ samples: { fake } }, baseline) {
    const { unseen } = baseline.distance;
    if (unseen === undefined || fake.rows === 0 || !seesCopies(baseline)) return { values: {} };
    const distance = nearestLearned(small(firstRows(fake, copiesSought(baseline)), baseline), baseline);
    return { values: present({ "copying/ratio": ratio(lowerQuartile(distance), unseen) }) };
  },
};
