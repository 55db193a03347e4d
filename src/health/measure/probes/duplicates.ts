/** @file Fakes that are the same as another fake: in small samples, and in the discriminator's features. */

import { median } from "../../../util/averages.ts";
import type { Rows } from "../../look.ts";
import { within } from "../../numerics/distances.ts";
import { present } from "../../numerics/numbers.ts";
import type { Probe } from "../probe.ts";
import { small } from "../small.ts";

/** The share of the reals' median nearest distance below which two samples are one. */
const NEAR = 0.1;

/** Share of the rows with a twin, where reals are `usual` from the next one. */
function twins(rows: Rows | undefined, usual: number | undefined): number | undefined {
  const nearest = rows && within(rows)?.nearest;
  if (nearest === undefined || usual === undefined) return undefined;
  if (Number.isNaN(median(nearest))) return Number.NaN;
  // Where reals are each other's twins the limit is 0, and what lies on it counts.
  return nearest.filter((distance) => distance <= NEAR * usual).length / nearest.length;
}

/** Share of fakes that have a twin. Discrete data has true ones, as many as the null says. */
export const duplicates: Probe = {
  name: "duplicates",
  level: "light",
  ofSamples: true,
  signals: ["duplicates/*"],
  measure({ samples, features }, baseline) {
    const nearest = within(features.real)?.nearest;
    const usual = nearest && median(nearest);
    return {
      values: present({
        "duplicates/samples": twins(small(samples.fake, baseline), baseline.distance.nearest),
        "duplicates/features": twins(features.fake, usual),
        "duplicates/features/held-out": twins(features.heldOut, usual),
      }),
    };
  },
};
