/** @file Whether fakes are copies of training samples: nearer to one than reals that were never learned from. */

import { median } from "../../../util/averages.ts";
import type { Rows } from "../../look.ts";
import { cellsOf } from "../../numerics/cells.ts";
import { allFinite, firstRows, nearestIn } from "../../numerics/distances.ts";
import { present, ratio } from "../../numerics/numbers.ts";
import type { Baseline } from "../baseline.ts";
import type { Probe } from "../probe.ts";
import { small } from "../small.ts";
import { ofKinds } from "./bins.ts";

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
 * Those of the rows, made small, that are of a kind of which some real is learned from. Of few reals there may be none of
 * a kind: what is of that kind lies far from them all, and says nothing of copies. All, where a number is not finite.
 */
export function ofShownKinds(rows: Rows, { bins }: Pick<Baseline, "bins">): Rows {
  const { centres, shares, kinds } = bins;
  if (shares.every((share) => share > 0) || !allFinite(rows)) return rows;
  const shown = ofKinds(shares, kinds);
  const { columns, values } = rows;
  const kept = Array.from(cellsOf(rows, centres)).flatMap((cell, i) => (shown[kinds[cell]!]! > 0 ? [i] : []));
  const out = new Float32Array(kept.length * columns);
  kept.forEach((from, to) => {
    out.set(values.subarray(from * columns, (from + 1) * columns), to * columns);
  });
  return { rows: kept.length, columns, values: out };
}

/** Median distance of fakes to their nearest training sample over that of held-out reals, both of the kinds that are shown. */
export const copying: Probe = {
  name: "copying",
  level: "standard",
  signals: ["copying/ratio"],
  measure({ samples: { fake } }, baseline) {
    const { unseen } = baseline.distance;
    if (unseen === undefined || fake.rows === 0 || !seesCopies(baseline)) return { values: {} };
    const rows = firstRows(ofShownKinds(small(fake, baseline), baseline), copiesSought(baseline));
    if (rows.rows === 0) return { values: {} };
    return { values: present({ "copying/ratio": ratio(median(nearestLearned(rows, baseline)), unseen) }) };
  },
};
