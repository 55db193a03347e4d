/** @file What the metrics of a run say, in a few lines. */

import type { MetricEvent } from "../run/store/events.ts";
import { firstFigure, type MetricHistory } from "../run/store/metric-history.ts";
import { integer, kimg, short } from "./format.ts";

/** `fid-10k-lenet_mnist 12.3 (reals 0.50)`. */
export function metricText({ metric, results }: Pick<MetricEvent, "metric" | "results">): string {
  const { value, real } = firstFigure(results);
  return `${metric} ${short(value)}${real === undefined ? "" : ` (reals ${short(real)})`}`;
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
