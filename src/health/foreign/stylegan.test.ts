/** @file Metrics of StyleGAN that are computed when the training is over, which are appended to its files. */

import { expect, test } from "vitest";
import { collapsing, course, fileOf, styleganMetric, styleganStats } from "../../../tests/support/foreign-logs.ts";
import { readForeign } from "./formats.ts";

test("an earlier snapshot that is judged later takes its place, and what came after it stays", () => {
  const points = course(300, collapsing);
  const lines = styleganMetric(points, 50).split(/(?<=\n)/);
  const read = (metric: readonly string[]) =>
    readForeign(
      [fileOf("stats.jsonl", styleganStats(points, 50)), fileOf("metric-fid50k_full.jsonl", metric.join(""))],
      "",
    );
  const { history, notes } = read([...lines.toSpliced(9, 1), lines[9] as string]);
  expect(history.metrics).toHaveLength(30);
  expect(history).toEqual(read(lines).history);
  expect(notes.join()).not.toContain("goes back");
});
