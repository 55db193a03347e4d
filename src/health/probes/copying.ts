/** @file Whether fakes are copies of training samples: nearer to one than reals that were never learned from. */

import type { Baseline } from "../baseline.ts";
import { firstRows, nearestIn } from "../distances.ts";
import type { Rows } from "../look.ts";
import { median, present, ratio } from "../numbers.ts";
import type { Probe } from "../probe.ts";
import { small } from "../small.ts";

/** Samples of a set whose nearest training sample is sought, at most; more cost time. */
export const copiesSought = ({ train }: Pick<Baseline, "train">): number => (train.columns <= 16 ? 128 : 64);

/**
 * Whether the baseline keeps more than half of what is learned from. A copy of a sample that it does not keep looks
 * like no copy, so with less than half the median says nothing.
 */
export const seesCopies = ({ train, count }: Pick<Baseline, "train" | "count">): boolean => 2 * train.rows > count;

const medianNearest = (rows: Rows, baseline: Baseline): number =>
  median(nearestIn(small(firstRows(rows, copiesSought(baseline)), baseline), baseline.train).distance);

/** Median distance of fakes to their nearest training sample over that of held-out reals. */
export const copying: Probe = {
  name: "copying",
  level: "standard",
  signals: ["copying/ratio"],
  measure({ samples: { fake, heldOut } }, baseline) {
    if (heldOut === undefined || heldOut.rows === 0 || fake.rows === 0 || !seesCopies(baseline)) return { values: {} };
    return {
      values: present({ "copying/ratio": ratio(medianNearest(fake, baseline), medianNearest(heldOut, baseline)) }),
    };
  },
};
