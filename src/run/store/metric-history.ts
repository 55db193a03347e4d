/** @file What the metrics of a run were, and when it had all known modes. */

import { type CoverageTime, coverageTime } from "../../metrics/coverage-time.ts";
import type { MetricResults } from "./events.ts";
import { type MetricLine, metricFiles, readMetricLines } from "./metric-log.ts";

/** What is known of one metric of a run. */
export interface MetricHistory {
  /** The last evaluation. */
  readonly last: MetricLine;
  /** Of a metric that counts modes: when it had all; null when it never had. Absent for other metrics. */
  readonly coverage?: CoverageTime | null;
}

/** The metric's own figure. */
export const firstFigure = (results: MetricResults) => Object.values(results)[0]!;

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
