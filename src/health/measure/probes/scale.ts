/** @file How far fakes spread, beside reals, and whether they stand at the ends of their range. */

import type { Rows } from "../../look.ts";
import { allFinite } from "../../numerics/distances.ts";
import { once, present, ratio } from "../../numerics/numbers.ts";
import type { Probe } from "../probe.ts";

/** Beyond this an image's number, of -1..1, is at the end. */
const END = 0.99;

/**
 * Standard deviation of samples around the mean sample: the square root of the mean variance of a column; undefined of fewer
 * than two rows.
 */
export const deviation = once(({ rows, columns, values }: Rows): number | undefined => {
  if (rows < 2) return undefined;
  const means = new Float64Array(columns);
  for (let i = 0, at = 0; i < rows; i++) for (let c = 0; c < columns; c++) means[c]! += values[at++]!;
  for (let c = 0; c < columns; c++) means[c]! /= rows;
  let squares = 0;
  for (let i = 0, at = 0; i < rows; i++) {
    for (let c = 0; c < columns; c++) {
      const away = values[at++]! - means[c]!;
      squares += away * away;
    }
  }
  return Math.sqrt(squares / ((rows - 1) * columns));
});

function shareAtEnds({ values }: Rows): number | undefined {
  if (values.length === 0) return undefined;
  let atEnds = 0;
  for (let i = 0; i < values.length; i++) if (Math.abs(values[i]!) > END) atEnds++;
  return atEnds / values.length;
}

/** Scale of samples, in all their numbers, and saturation of images. */
export const scale: Probe = {
  name: "scale",
  level: "light",
  ofSamples: true,
  signals: ["scale/samples", "saturation/fake"],
  measure({ samples }, { shape }) {
    return {
      values: present({
        "scale/samples": ratio(deviation(samples.fake), deviation(samples.real)),
        "saturation/fake":
          shape.length !== 3 ? undefined : allFinite(samples.fake) ? shareAtEnds(samples.fake) : Number.NaN,
      }),
    };
  },
};
