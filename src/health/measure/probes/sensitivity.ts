/** @file How far a fake moves when its latent is nudged. That takes fakes of its own, and no diagnosis reads it. */

import { median } from "../../../util/averages.ts";
import { allFinite, firstRows } from "../../numerics/distances.ts";
import { present, ratio } from "../../numerics/numbers.ts";
import type { Probe } from "../probe.ts";
import { small } from "../small.ts";

/**
 * Median |G(z + εδ) − G(z)| / ε over the mean distance of two reals, in small samples. Odena et al. (2018) on a
 * generator's conditioning.
 */
export const sensitivity: Probe = {
  name: "sensitivity",
  level: "full",
  signals: ["sensitivity/generator"],
  measure({ samples, nudged }, baseline) {
    if (nudged === undefined) return { values: {} };
    const before = small(firstRows(samples.fake, nudged.samples.rows), baseline);
    const after = small(nudged.samples, baseline);
    const moves = Float64Array.from({ length: after.rows }, (_, i) => {
      let squares = 0;
      for (let c = i * after.columns; c < (i + 1) * after.columns; c++)
        squares += (after.values[c]! - before.values[c]!) ** 2;
      return Math.sqrt(squares) / nudged.by;
    });
    const move = allFinite(before) && allFinite(after) ? median(moves) : Number.NaN;
    return { values: present({ "sensitivity/generator": ratio(move, baseline.distance.pair) }) };
  },
};
