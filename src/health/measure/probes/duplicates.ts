/** @file Fakes that are the same as another fake. */

import { median } from "../../../util/averages.ts";
import { within } from "../../numerics/distances.ts";
import { present } from "../../numerics/numbers.ts";
import type { Probe } from "../probe.ts";
import { small } from "../small.ts";

/** The share of the reals' median nearest distance below which two samples are one. */
const NEAR = 0.1;

/** Share of fakes that have a twin. Discrete data has true ones, as many as the null says. */
export const duplicates: Probe = {
  name: "duplicates",
  level: "light",
  signals: ["duplicates/samples"],
  measure({ samples }, baseline) {
    const nearest = within(small(samples.fake, baseline))?.nearest;
    if (nearest === undefined) return { values: {} };
    // Where reals are each other's twins the limit is 0, and what lies on it counts.
    const share = nearest.filter((distance) => distance <= NEAR * baseline.distance.nearest).length / nearest.length;
    return { values: present({ "duplicates/samples": Number.isNaN(median(nearest)) ? Number.NaN : share }) };
  },
};
