/** @file The names of the metrics, for help. */

import { metrics } from "../metrics/metrics.ts";

/** One line: `Metrics: fid, kid, …`. */
export const metricsLine = (): string => `Metrics: ${Object.keys(metrics).join(", ")}`;
