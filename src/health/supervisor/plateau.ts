/** @file Whether a training has stopped getting better. */

import { mean } from "../../util/averages.ts";
import { nullOf } from "../evidence/limits.ts";
import { lastGain, qualities } from "../evidence/quality.ts";
import { drawnEnergies, finiteSeries } from "../evidence/trends.ts";
import type { History, Point } from "../history.ts";

/** The share of the planned training without a gain; the least gain that counts, as a share; evaluations of a figure that are needed. */
const [SHARE, GAIN, EVALUATIONS] = [0.2, 0.02, 4];

/** What looks say of how good samples are, each with what chance gives: of fakes as they are drawn, and of the bins that they fill otherwise than reals. */
function ofLooks(history: History): { readonly points: Point[]; readonly floor: number }[] {
  const floor = (signal: string) => nullOf(history, signal)?.high ?? 0;
  return [
    { points: drawnEnergies(history), floor: floor("energy/samples") },
    { points: finiteSeries(history.looks, "bins/different"), floor: floor("bins/different") },
  ];
}

/** Whether the mean of the last `span` steps is better than that of as many before: many looks together see what is within chance in each. */
function improvesOnTheWhole(points: readonly Point[], span: number): boolean {
  const end = points.at(-1)?.step ?? 0;
  const within = (from: number, to: number) =>
    points.filter(({ step }) => step > from && step <= to).map(({ value }) => value);
  const [before, lately] = [within(end - 2 * span, end - span), within(end - span, end)];
  return before.length > 0 && mean(lately) < mean(before) - GAIN * Math.abs(mean(before));
}

/**
 * The step since which no measure of quality has improved, when that is a fifth of the training ago or more; else null. Null, too, where nothing
 * measures quality, or the length is not known. A look counts as better only by more than chance, and looks of a fifth together if their mean is.
 */
export function plateauSince(history: History): number | null {
  const { steps } = history.facts;
  if (steps === null) return null;
  const span = SHARE * steps;
  const figures = qualities(history).filter(({ signal }) => signal !== "energy/samples");
  const measures = [...figures.map(({ points }) => ({ points, floor: Number.NEGATIVE_INFINITY })), ...ofLooks(history)];
  const gains = measures.flatMap(({ points, floor }) => {
    const capped = points.map((point) => ({ ...point, value: Math.max(point.value, floor) }));
    const [gain, last] = [lastGain(capped, GAIN), points.at(-1)];
    if (points.length < EVALUATIONS || gain === undefined || last === undefined) return [];
    return [{ since: gain.step, isFlat: last.step - gain.step >= span && !improvesOnTheWhole(points, span) }];
  });
  if (gains.length === 0 || gains.some(({ isFlat }) => !isFlat)) return null;
  return Math.max(...gains.map(({ since }) => since));
}
