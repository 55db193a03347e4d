/** @file In how many directions fakes vary, beside as many reals. */

import type { Rows } from "../../look.ts";
import { firstRows, within } from "../../numerics/distances.ts";
import { present, ratio } from "../../numerics/numbers.ts";
import type { Probe } from "../probe.ts";
import { small } from "../small.ts";

function rankRatio(fake: Rows, real: Rows): number | undefined {
  // A participation ratio grows with the number of rows, so both sets must have as many.
  const count = Math.min(fake.rows, real.rows);
  return ratio(within(firstRows(fake, count))?.rank, within(firstRows(real, count))?.rank);
}

/** Participation ratios of fakes over those of reals. */
export const rank: Probe = {
  name: "rank",
  level: "standard",
  ofSamples: true,
  signals: ["rank/*"],
  measure({ samples, features }, baseline) {
    return {
      values: present({
        "rank/samples": rankRatio(small(samples.fake, baseline), small(samples.real, baseline)),
        "rank/features": rankRatio(features.fake, features.real),
      }),
    };
  },
};
