/** @file Whether a training has stopped getting better. */

import { mean } from "../../util/averages.ts";
import { nullOf } from "../evidence/limits.ts";
import { directionOf } from "../evidence/metric-names.ts";
import { figureQualities } from "../evidence/quality.ts";
import { drawnEnergies, finiteSeries } from "../evidence/trends.ts";
import type { History, Point } from "../history.ts";

/** The share of the planned training without a gain; the least gain that counts, as a share; evaluations of a figure that are needed. */
const [SHARE, GAIN, EVALUATIONS] = [0.2, 0.02, 4];

/** A point of a measure, and the standard deviation that chance gives it. */
interface Sight extends Point {
  readonly chance: number;
}

/** A course of which small is good. */
interface Measure {
  readonly points: readonly Sight[];
  /** Of looks, which come often and tell little each: many together are compared, too. */
  readonly ofLooks: boolean;
}

/** That what is measured does not improve any more. */
export interface Plateau {
  /** The last step that was better than those before. */
  readonly since: number;
  /** Whether metrics judged the samples, too, which see finer than looks. */
  readonly judged: boolean;
}

const within = <P extends Point>(points: readonly P[], from: number, to: number): P[] =>
  points.filter(({ step }) => step > from && step <= to);

const meanOf = (points: readonly Point[]): number => mean(points.map(({ value }) => value));

/** For each point the mean of those of the last `span` steps: many looks together see what is within chance in each. */
function averaged(points: readonly Point[], span: number, sd: number): Sight[] {
  let from = 0;
  return points.map((point, i) => {
    while (points[from]!.step <= point.step - span) from++;
    const recent = points.slice(from, i + 1);
    return { ...point, value: meanOf(recent), chance: sd / Math.sqrt(recent.length) };
  });
}

/** What looks say of how good samples are: of fakes as they are drawn, and of the bins that they fill otherwise than reals. */
function ofLooks(history: History, span: number): Measure[] {
  const sd = (signal: string) => nullOf(history, signal)?.sd ?? 0;
  const energies = averaged(drawnEnergies(history), span, sd("energy/samples"));
  const bins = averaged(finiteSeries(history.looks, "bins/different"), span, sd("bins/different"));
  return [energies, bins].map((points) => ({ points, ofLooks: true }));
}

/** Figures of metrics of which it is known which values are good: as the log says, or in one that does not by their names. Below its floor a figure is chance. */
function ofMetrics({ metrics, facts: { figures } }: History): Measure[] {
  const sideOf = figures === undefined ? directionOf : (figure: string) => figures[figure] ?? null;
  return figureQualities(metrics, sideOf).map(({ points, floor }) => ({
    points: points.map((point) => ({ ...point, value: Math.max(point.value, floor), chance: 0 })),
    ofLooks: false,
  }));
}

/** The last point that was better than the best before it, by a share of that and by more than chance makes of two such points. */
function lastImprovement(points: readonly Sight[]): Sight | undefined {
  let best: Sight | undefined;
  for (const point of points) {
    const least = best && Math.max(GAIN * Math.abs(best.value), Math.hypot(best.chance, point.chance));
    if (best === undefined || point.value < best.value - least!) best = point;
  }
  return best;
}

/** Whether the mean of the last `span` steps is better than that of as many before. */
function improvesOnTheWhole({ points }: Measure, span: number): boolean {
  const end = points.at(-1)?.step ?? 0;
  const [before, lately] = [within(points, end - 2 * span, end - span), within(points, end - span, end)];
  return before.length > 0 && meanOf(lately) < meanOf(before) - GAIN * Math.abs(meanOf(before));
}

/** A plateau in words. */
export const plateauText = ({ since, judged }: Plateau): string =>
  `samples have not become better since step ${since}, ${judged ? "by looks and metrics" : "as far as looks can tell; metrics see finer differences"}`;

/**
 * A plateau, when no measure of quality has improved for a fifth of the training or more; else null. Null, too, where nothing measures quality,
 * or the length is not known.
 */
export function findPlateau(history: History): Plateau | null {
  const { steps } = history.facts;
  if (steps === null) return null;
  const span = SHARE * steps;
  const found = [...ofMetrics(history), ...ofLooks(history, span / 2)].flatMap((measure) => {
    const { points, ofLooks } = measure;
    const [gain, last] = [lastImprovement(points), points.at(-1)];
    if (points.length < EVALUATIONS || gain === undefined || last === undefined) return [];
    const lasts = last.step - gain.step >= span && !(ofLooks && improvesOnTheWhole(measure, span));
    return [{ since: gain.step, lasts, ofLooks }];
  });
  if (found.length === 0 || found.some(({ lasts }) => !lasts)) return null;
  return { since: Math.max(...found.map(({ since }) => since)), judged: found.some((one) => !one.ofLooks) };
}
