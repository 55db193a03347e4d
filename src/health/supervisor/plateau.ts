/** @file Whether a training has stopped getting better. */

import { nullOf } from "../evidence/limits.ts";
import { lastGain, qualities } from "../evidence/quality.ts";
import type { History } from "../history.ts";

/** The share of the planned training without a gain; the least gain that counts, as a share; evaluations of a figure that are needed. */
const [SHARE, GAIN, EVALUATIONS] = [0.2, 0.02, 4];

/**
 * The step since which no measure of quality has improved, when that is a fifth of the training ago or more; else null. Null, too, where nothing
 * measures quality, or the length is not known.
 */
export function plateauSince(history: History): number | null {
  const { steps } = history.facts;
  if (steps === null) return null;
  const floor = nullOf(history, "energy/samples")?.high ?? 0;
  const gains = qualities(history).flatMap(({ signal, points }) => {
    if (points.length < EVALUATIONS) return [];
    // Below what chance gives, better is chance.
    const capped =
      signal === "energy/samples" ? points.map((p) => ({ ...p, value: Math.max(p.value, floor) })) : points;
    const gain = lastGain(capped, GAIN);
    const last = points.at(-1);
    if (gain === undefined || last === undefined) return [];
    return [{ since: gain.step, isFlat: last.step - gain.step >= SHARE * steps }];
  });
  if (gains.length === 0 || gains.some(({ isFlat }) => !isFlat)) return null;
  return Math.max(...gains.map(({ since }) => since));
}
