import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { DataError } from "../../util/errors.ts";
import type { MetricEvent } from "./events.ts";
import { cutMetricsAfter, MetricLog, metricFiles, metricLine, readMetricLines } from "./metric-log.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "gantry-metric-log-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const event = (metric: string, step: number, value = step / 3): MetricEvent => ({
  ...{ v: 1, type: "metric", step, images: step * 64, time: "2026-11-25T00:00:00.000Z", metric },
  ...{ results: { own: { value, real: 0.5 } }, better: "small", samples: 100 },
  ...{ reference: { name: "ring", count: 100 }, real: null, seed: 0, weights: "ema", seconds: 1 },
});

function write(...events: readonly MetricEvent[]): void {
  const log = new MetricLog(dir);
  for (const one of events) log.append(metricLine(one, null));
  log.sync();
  log.close();
}

const steps = () => metricFiles(dir).map((path) => [...readMetricLines(path)].map(({ step }) => step));

it("keeps a file for each metric, made with its first line, and goes on with it later", () => {
  expect(metricFiles(join(dir, "none"))).toEqual([]);
  new MetricLog(dir).close();
  expect(metricFiles(dir)).toEqual([]);
  write(event("fid-100-points", 1), event("modes-100", 1));
  write(event("fid-100-points", 2));
  expect(readdirSync(dir).sort()).toEqual(["metric-fid-100-points.jsonl", "metric-modes-100.jsonl"]);
  expect(steps()).toEqual([[1, 2], [1]]);
});

it("keeps NaN and the infinities, as the log does", () => {
  write(event("kid-100-points", 1, Number.NaN), event("kid-100-points", 2, Number.POSITIVE_INFINITY));
  const [path] = metricFiles(dir);
  expect(readFileSync(path!, "utf8")).toContain('"own":{"value":"NaN","real":0.5}');
  expect([...readMetricLines(path!)].map(({ results }) => results.own!.value)).toEqual([Number.NaN, Infinity]);
});

it("makes a file name of any name", () => {
  write(event("fid-100-nets/inception v3.onnx", 1), event("../fid", 1));
  expect(readdirSync(dir).sort()).toEqual(["metric-..-fid.jsonl", "metric-fid-100-nets-inception-v3.onnx.jsonl"]);
});

it("is cut back to a step in every file, also of metrics that are listed no more", () => {
  write(event("fid-100-points", 1), event("fid-100-points", 5), event("modes-100", 5), event("modes-100", 9));
  cutMetricsAfter(dir, 5);
  expect(steps()).toEqual([[1, 5], [5]]);
  cutMetricsAfter(dir, 0);
  expect(steps()).toEqual([[], []]);
  // What was taken out is kept, and is no metric's file.
  expect(readFileSync(join(dir, "metric-modes-100.superseded.jsonl"), "utf8").split("\n")).toHaveLength(3);
});

it("passes over a torn last line, and cuts it off before it goes on", () => {
  write(event("modes-100", 1));
  const [path] = metricFiles(dir) as [string];
  const whole = readFileSync(path, "utf8");
  for (const length of [1, 20, whole.length - 1]) {
    writeFileSync(path, whole + whole.slice(0, length));
    expect(steps()).toEqual([[1]]);
    write(event("modes-100", 2));
    expect(steps()).toEqual([[1, 2]]);
    writeFileSync(path, whole);
  }
});

it("names a damaged line, and changes nothing then", () => {
  write(event("modes-100", 1), event("modes-100", 2));
  const [path] = metricFiles(dir) as [string];
  for (const line of ["{}", "no JSON", '{"step":2,"metric":"modes-100","results":{"own":5}}']) {
    const text = `${readFileSync(path, "utf8").split("\n")[0]}\n${line}\n`;
    writeFileSync(path, text);
    expect(() => steps()).toThrow(DataError);
    expect(() => cutMetricsAfter(dir, 0)).toThrow(`${path} line 2 cannot be read`);
    expect(readFileSync(path, "utf8")).toBe(text);
  }
});
