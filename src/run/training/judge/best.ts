/** @file The best checkpoint: by which figure, and when one is better. */

import type { Config } from "../../../config/config.ts";
import { energy } from "../../../health/measure/probes/energy.ts";
import { measuresAt } from "../../../health/measure/probes.ts";
import { type Better, badness } from "../../../metrics/metric.ts";
import { ConfigError } from "../../../util/errors.ts";
import { didYouMean } from "../../../util/suggest.ts";
import { figureName } from "../../evaluation/evaluation.ts";
import type { MetricDescription } from "../../evaluation/evaluator.ts";

/** Where the best is: at the smallest or the largest value, or at the one nearest to a number. */
export type BestMode = "min" | "max" | { readonly near: number };

/** What decides which checkpoint is the best. */
export interface BestFigure {
  /** Name of a scalar, or of a metric's figure, such as `fid-10k-lenet_mnist` or `prdc-10k-lenet_mnist/density`; `energy` of looks. */
  readonly figure: string;
  readonly mode: BestMode;
  /** Where it is found: among the scalars of the log, what looks measure, or the figures of the metrics. */
  readonly among: "scalars" | "looks" | "metrics";
}

/** The best checkpoint so far, as every checkpoint remembers it. */
export interface BestCheckpoint {
  /** Such as `step-00000400`. */
  readonly name: string;
  readonly value: number;
  /** What was good about it, see {@link BestFigure}. */
  readonly figure: string;
  readonly mode: BestMode;
}

/** The values that are good under a mode. */
const betterOf = (mode: BestMode): Better => (typeof mode === "object" ? mode : mode === "min" ? "small" : "large");

/** The mode that finds good values. */
const modeOf = (better: Better): BestMode => (typeof better === "object" ? better : better === "small" ? "min" : "max");

/** Whether `value` is better than that of the best so far. A NaN never is; of what looks cannot tell apart, the later has been trained for longer. */
export function isBetter(value: number, { mode, among }: BestFigure, before: BestCheckpoint | null): boolean {
  if (Number.isNaN(value)) return false;
  if (before === null) return true;
  const [now, then] = [badness(value, betterOf(mode)), badness(before.value, betterOf(mode))];
  return now < then || (now === then && among === "looks");
}

/**
 * The best checkpoint of a run that goes on; null where it was chosen by something else than now. What was kept without being asked for
 * stays when nothing is asked for any more.
 */
export function stillBest(before: BestCheckpoint | null, now: BestFigure | undefined): BestCheckpoint | null {
  if (now === undefined && before?.figure === NEAREST.figure) return before;
  const same = before?.figure === now?.figure && JSON.stringify(before?.mode) === JSON.stringify(now?.mode);
  return same ? before : null;
}

/** Every figure of metrics: the names by which it may be asked for, that in a log, and which of its values are good. */
const figuresIn = (metrics: readonly MetricDescription[]) =>
  metrics.flatMap((metric) =>
    Object.entries(metric.figures).map(([figure, better], i) => ({
      names: namesOf(metric, figure, i === 0),
      figure: figureName(metric.name, figure, i === 0),
      better,
    })),
  );

/** The figures of metrics by the names that they have in a log, and which of their values are good; without those of which none are. */
export const figuresJudged = (metrics: readonly MetricDescription[]): Record<string, Better> =>
  Object.fromEntries(
    figuresIn(metrics).flatMap(({ figure, better }) => (better === null ? [] : [[figure, better] as const])),
  );

/** The names by which a figure of a metric may be asked for. */
function namesOf({ row, name }: MetricDescription, figure: string, first: boolean): readonly string[] {
  const all = [`${row}/${figure}`, `${name}/${figure}`];
  return first ? [row, name, ...all] : all;
}

/** What is the best where a training may be taken back and given up, and nobody says it: samples that are nearest to reals. */
const NEAREST: BestFigure = { figure: "energy", mode: "min", among: "looks" };

/**
 * What `checkpoint.best` of a config means; where it is left out, what is usual under `health.remedy: auto`, and else undefined.
 *
 * @param measured Scalars that a step measures.
 * @param metrics What evaluations measure.
 * @throws ConfigError when nothing is called so, or nobody says which of its values are good.
 */
export function findBest(
  { checkpoint: { best }, health: { remedy, probes } }: Pick<Config, "checkpoint" | "health">,
  measured: readonly string[],
  metrics: readonly MetricDescription[],
): BestFigure | undefined {
  if (best === undefined) return remedy === "auto" && measuresAt(probes, energy) ? NEAREST : undefined;
  const { scalar, mode } = best;
  if (measured.includes(scalar)) return { figure: scalar, mode: mode ?? "min", among: "scalars" };
  const figures = figuresIn(metrics);
  const found = figures.find(({ names }) => names.includes(scalar));
  if (found === undefined) {
    const known = [...figures.map(({ names }) => names[0]!), ...new Set(measured)];
    throw new ConfigError(`checkpoint.best: nothing is called "${scalar}".${didYouMean(scalar, known)}`, {
      help: `measured: ${known.join(", ")}; metrics are those of metrics.list`,
    });
  }
  const wanted = mode ?? (found.better === null ? undefined : modeOf(found.better));
  if (wanted === undefined) {
    throw new ConfigError(`checkpoint.best: no values of ${scalar} are good in themselves`, {
      help: "say checkpoint.best.mode: min or max",
    });
  }
  return { figure: found.figure, mode: wanted, among: "metrics" };
}
