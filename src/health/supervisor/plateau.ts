/** @file Whether a training has stopped getting better. */

import { nullOf } from "../evidence/limits.ts";
import { lastGain, qualities } from "../evidence/quality.ts";
import { finiteSeries } from "../evidence/trends.ts";
import type { History, Point } from "../history.ts";

/** The share of the planned training without a gain; the least gain that counts, as a share; evaluations of a figure that are needed. */
const [SHARE, GAIN, EVALUATIONS] = [0.2, 0.02, 4];

/**
 * What looks say of how good samples are. The energy distance is soon within what chance gives, long before the samples are as good as they will be;
 * the share of bins that fakes fill otherwise than reals falls on then.
 */
const OF_LOOKS = ["energy/samples", "bins/different"] as const;

/** Below what chance gives, better is chance. */
const capped = (points: readonly Point[], floor: number): Point[] =>
  points.map((point) => ({ ...point, value: Math.max(point.value, floor) }));

/**
 * The step since which no measure of quality has improved, when that is a fifth of the training ago or more; else null. Null, too, where nothing
 * measures quality, or the length is not known.
 */
export function plateauSince(history: History): number | null {
  const { steps } = history.facts;
  if (steps === null) return null;
  const figures = qualities(history).filter(({ signal }) => signal !== "energy/samples");
  const measures = [
    ...figures.map(({ points }) => points),
    ...OF_LOOKS.map((signal) => capped(finiteSeries(history.looks, signal), nullOf(history, signal)?.high ?? 0)),
  ];
  const gains = measures.flatMap((points) => {
    const [gain, last] = [lastGain(points, GAIN), points.at(-1)];
    if (points.length < EVALUATIONS || gain === undefined || last === undefined) return [];
    return [{ since: gain.step, isFlat: last.step - gain.step >= SHARE * steps }];
  });
  if (gains.length === 0 || gains.some(({ isFlat }) => !isFlat)) return null;
  return Math.max(...gains.map(({ since }) => since));
}
