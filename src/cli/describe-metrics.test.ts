import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { metricHistories } from "../run/store/metric-history.ts";
import { type MetricLine, MetricLog } from "../run/store/metric-log.ts";
import { historyText } from "./describe-metrics.ts";

const root = mkdtempSync(join(tmpdir(), "gantry-describe-metrics-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** What is said of a run in which a metric gave these values at the steps 100, 200, … */
function said(metric: string, values: readonly number[], figure: { ideal?: number; real?: number }): string[] {
  const dir = mkdtempSync(join(root, "run-"));
  const log = new MetricLog(dir);
  values.forEach((value, i) => {
    const step = 100 * (i + 1);
    const line = { metric, step, images: 64 * step, results: { own: { value, ...figure }, other: { value: 7 } } };
    log.append(line as unknown as MetricLine);
  });
  log.close();
  return metricHistories(dir).map(historyText);
}

it("tells the last value of a metric beside that of reals", () => {
  expect(said("fid-10k-lenet_mnist", [200, 12.34], { real: 0.5 })).toEqual([
    "fid-10k-lenet_mnist 12.3 (reals 0.500) at step 200",
  ]);
  expect(said("kid-40-points", [Number.NaN], {})).toEqual(["kid-40-points NaN at step 100"]);
  expect(said("modes-40", [], {})).toEqual([]);
});

it("tells when all modes were captured, and whether they were kept", () => {
  expect(said("modes-2500", [5, 8, 8], { ideal: 8, real: 8 })).toEqual([
    "modes-2500 8.00 (reals 8.00) at step 300; all captured at step 200 (12.8 kimg) and kept",
  ]);
  expect(said("modes-2500", [8, 7, 8, 6], { ideal: 8 })).toEqual([
    "modes-2500 6.00 at step 400; all captured at step 100 (6.4 kimg) and lost 2 times, down to 6",
  ]);
  expect(said("stacked-modes-10k-x", [900, 999], { ideal: 950 })).toEqual([
    "stacked-modes-10k-x 999 at step 200; all were never captured at once",
  ]);
  expect(said("mode-score-10k-x", [1000], { ideal: 10 })).toEqual(["mode-score-10k-x 1000 at step 100"]);
});
