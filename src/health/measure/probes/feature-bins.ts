/** @file As the bins of samples, in the discriminator's features: which of the reals of this look have no fakes near them there. */

import type { Rows } from "../../look.ts";
import { cellsOf, countCells, findCentres } from "../../numerics/cells.ts";
import { allFinite } from "../../numerics/distances.ts";
import { once } from "../../numerics/numbers.ts";
import type { Probe } from "../probe.ts";
import { compareBins } from "./bins.ts";

/** Reals in a bin, on average. */
const REALS_OF_BIN = 16;

/** Bins of the reals' features. They are made anew at each look, because the features are others then. */
const binsOf = once((reals: Rows) => {
  const centres = findCentres(reals, Math.max(2, Math.floor(reals.rows / REALS_OF_BIN)), 0);
  const shares = countCells(cellsOf(reals, centres), centres.rows).map((count) => count / reals.rows);
  return { centres, shares, kinds: shares.map((_, k) => k) };
});

function compare(reals: Rows, others: Rows | undefined) {
  if (others === undefined || others.rows === 0) return null;
  if (!allFinite(reals) || !allFinite(others)) return { missing: Number.NaN, different: Number.NaN };
  const bins = binsOf(reals);
  return compareBins(countCells(cellsOf(others, bins.centres), bins.centres.rows), { bins, train: reals });
}

/** Fakes, and reals that are not learned from, in the bins of the reals' features. */
export const featureBins: Probe = {
  name: "feature-bins",
  level: "full",
  signals: ["bins/features/*"],
  measure({ features: { real, fake, heldOut } }) {
    if (real.rows < 2 * REALS_OF_BIN) return { values: {} };
    const rows = Object.entries({ "": compare(real, fake), "/held-out": compare(real, heldOut) });
    return {
      values: Object.fromEntries(
        rows.flatMap(([of, found]) =>
          found === null
            ? []
            : [
                [`bins/features/missing${of}`, found.missing],
                [`bins/features/different${of}`, found.different],
              ],
        ),
      ),
    };
  },
};
