/** @file How different fakes are from each other, beside reals: in small samples, and in the discriminator's features. */

import type { Rows } from "../../look.ts";
import { within } from "../../numerics/distances.ts";
import { present, ratio } from "../../numerics/numbers.ts";
import type { Probe } from "../probe.ts";
import { small } from "../small.ts";

const pairOf = (rows: Rows | undefined) => rows && within(rows)?.pair;

/** Mean pairwise distances of fakes over those of reals. */
export const diversity: Probe = {
  name: "diversity",
  level: "light",
  ofSamples: true,
  signals: ["diversity/*"],
  measure({ samples, average, features }, baseline) {
    const { pair } = baseline.distance;
    const real = pairOf(features.real);
    return {
      values: present({
        "diversity/samples": ratio(pairOf(small(samples.fake, baseline)), pair),
        "diversity/average": average && ratio(pairOf(small(average, baseline)), pair),
        "diversity/features": ratio(pairOf(features.fake), real),
        "diversity/features/held-out": ratio(pairOf(features.heldOut), real),
      }),
    };
  },
};
