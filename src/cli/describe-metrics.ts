/** @file What the metrics of a run say, in a few lines. */

import { type CoverageTime, coverageTime } from "../metrics/coverage-time.ts";
import type { MetricEvent, MetricResults } from "../run/store/events.ts";
import { type MetricLine, metricFiles, readMetricLines } from "../run/store/metric-log.ts";
import { integer, kimg, short } from "./format.ts";

/** What is known of one metric of a run. */
export interface MetricHistory {
  /** The last evaluation. */
  readonly last: MetricLine;
  /** Of a metric that counts modes: when it had all; null when it never had. Absent for other metrics. */
  readonly coverage?: CoverageTime | null;
}

/** The metric's own figure. */
export const firstFigure = (results: MetricResults) => Object.values(results)[0]!;

/** `fid-10k-lenet_mnist 12.3 (reals 0.50)`. */
export function metricText({ metric, results }: Pick<MetricEvent, "metric" | "results">): string {
  const { value, real } = firstFigure(results);
  return `${metric} ${short(value)}${real === undefined ? "" : ` (reals ${short(real)})`}`;
}

const COUNTS_MODES = /^(stacked-)?modes-/;
/** Triples of digits. Their ideal is less where few samples are judged. */
const STACKED_MODES = 1000;

/** Every metric of the run in `dir`. @throws DataError when a file of one is damaged. */
export function metricHistories(dir: string): MetricHistory[] {
  return metricFiles(dir).flatMap((path) => {
    const lines = [...readMetricLines(path)];
    const last = lines.at(-1);
    if (last === undefined) return [];
    if (!COUNTS_MODES.test(last.metric)) return [{ last }];
    const moments = lines.map(({ step, images, results }) => {
      const { value, ideal = Number.NaN } = firstFigure(results);
      return { step, images, captured: value, modes: last.metric.startsWith("stacked") ? STACKED_MODES : ideal };
    });
    return [{ last, coverage: coverageTime(moments) ?? null }];
  });
}

/** The history of one metric as a line. */
export function historyText({ last, coverage }: MetricHistory): string {
  const text = `${metricText(last)} at step ${integer(last.step)}`;
  if (coverage === undefined) return text;
  if (coverage === null) return `${text}; all were never captured at once`;
  const { step, images, stayed, losses, worst } = coverage;
  const times = losses === 1 ? "once" : `${losses} times`;
  const since = stayed ? "and kept" : `and lost ${times}, down to ${integer(worst)}`;
  return `${text}; all captured at step ${integer(step)} (${kimg(images)}) ${since}`;
}
