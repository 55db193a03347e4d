/**
 * @file What metrics measured in a training, one file a metric: metric-fid-10k-lenet_mnist.jsonl and the like, beside the log.
 *
 * The files repeat the log's `metric` events, so that a metric can be read or plotted on its own, after the habit of StyleGAN.
 */

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { DataError } from "../../util/errors.ts";
import { ioCode, ioError, syncDirectory } from "./atomic-file.ts";
import type { MetricEvent, MetricResults } from "./events.ts";
import { completeLines, cutLines, type LineFile, lineText, openLines } from "./json-lines.ts";
import { encodeNumbers, isResults, restoreResults } from "./json-numbers.ts";

/** One evaluation by one metric: a line of its file. */
export interface MetricLine {
  /** Full name, such as `fid-10k-lenet_mnist`. */
  readonly metric: string;
  readonly step: number;
  readonly images: number;
  /** Images in thousands. */
  readonly kimg: number;
  readonly results: MetricResults;
  readonly samples: number;
  readonly reference: MetricEvent["reference"];
  readonly real: MetricEvent["real"];
  /** The checkpoint of this very step that the schedule or the metric itself made; null where there is none. */
  readonly checkpoint: string | null;
  readonly weights: MetricEvent["weights"];
  readonly seed: number;
  /** How long the evaluation took, all its metrics together. */
  readonly seconds: number;
  /** When it was written, as ISO 8601 in UTC. */
  readonly time: string;
}

/** The line of an event. */
export function metricLine(event: MetricEvent, checkpoint: string | null): MetricLine {
  const { metric, step, images, results, samples, reference, real, weights, seed, seconds, time } = event;
  const kimg = images / 1000;
  return { metric, step, images, kimg, results, samples, reference, real, checkpoint, weights, seed, seconds, time };
}

const FILE = /^metric-(.+)\.jsonl$/;

/** The file of a metric. Characters that have no place in a file name become `-`. */
export const metricPath = (dir: string, metric: string): string =>
  join(dir, `metric-${metric.replace(/[^A-Za-z0-9._-]+/g, "-")}.jsonl`);

/** The files of a run's metrics, by name. */
export function metricFiles(dir: string): string[] {
  try {
    const names = readdirSync(dir).filter((name) => FILE.test(name) && !name.endsWith(".superseded.jsonl"));
    return names.sort().map((name) => join(dir, name));
  } catch (error) {
    if (ioCode(error) === "ENOENT") return [];
    throw ioError("read", dir, error);
  }
}

/**
 * Reads the lines of a metric's file in order. A torn last line is ignored.
 *
 * @throws DataError naming the number of a line that is not valid.
 */
export function* readMetricLines(path: string): Generator<MetricLine, void> {
  for (const line of completeLines(path)) yield decodeLine(lineText(line), `${path} line ${line.number}`);
}

/**
 * Takes what was measured after `step` out of every metric's file of a run, see {@link cutLines}. Steps rise in these files:
 * where training goes back, they are cut back too.
 */
export function cutMetricsAfter(dir: string, step: number): void {
  for (const path of metricFiles(dir)) {
    const later = [...readMetricLines(path)].findIndex((line) => line.step > step);
    if (later !== -1) cutLines(path, later);
  }
}

/** The files of a run's metrics, open for appending. Each is made with its first line. */
export class MetricLog {
  private readonly dir: string;
  private readonly files = new Map<string, LineFile>();

  constructor(dir: string) {
    this.dir = dir;
  }

  append(line: MetricLine): void {
    const path = metricPath(this.dir, line.metric);
    const file = this.files.get(path) ?? this.open(path);
    file.append(encodeNumbers(line));
  }

  private open(path: string): LineFile {
    const isNew = !existsSync(path);
    const file = openLines(path);
    this.files.set(path, file);
    if (isNew) syncDirectory(this.dir);
    return file;
  }

  /** Flushes to the disk. Call it before saving a checkpoint. */
  sync(): void {
    for (const file of this.files.values()) file.sync();
  }

  close(): void {
    for (const file of this.files.values()) file.close();
    this.files.clear();
  }
}

function decodeLine(text: string, where: string): MetricLine {
  const line = parse(text);
  if (Number.isSafeInteger(line.step) && typeof line.metric === "string" && isResults(line.results)) {
    return { ...(line as unknown as MetricLine), results: restoreResults(line.results) };
  }
  throw new DataError(`${where} cannot be read: it is not the line of a metric`, {
    help: "The file was altered. Remove the line, or restore it from a copy.",
  });
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
