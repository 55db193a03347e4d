/** @file The energy distance of fakes to reals: one number for every difference of two distributions, 0 where there is none. */

import type { Rows } from "../../look.ts";
import { meanBetween, within } from "../../numerics/distances.ts";
import { present, ratio } from "../../numerics/numbers.ts";
import type { Probe } from "../probe.ts";
import { small } from "../small.ts";

/**
 * 2 E|X − Y| − E|X − X'| − E|Y − Y'| without bias, so that for two samples of one distribution it is 0 on average and
 * may be negative. Székely and Rizzo, "Energy Statistics" (2013).
 */
function energyDistance(fake: Rows, real: Rows): number | undefined {
  const [between, fakes, reals] = [meanBetween(fake, real), within(fake), within(real)];
  if (between === undefined || fakes === undefined || reals === undefined) return undefined;
  return 2 * between - fakes.pair - reals.pair;
}

/** Energy distances of fakes, and of those of the moving average, over the mean distance of two reals. */
export const energy: Probe = {
  name: "energy",
  level: "standard",
  ofSamples: true,
  signals: ["energy/*"],
  measure({ samples, average }, baseline) {
    const real = small(samples.real, baseline);
    const relative = (fake: Rows) => ratio(energyDistance(small(fake, baseline), real), baseline.distance.pair);
    return {
      values: present({
        "energy/samples": relative(samples.fake),
        "energy/average": average && relative(average),
      }),
    };
  },
};
