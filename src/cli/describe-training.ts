/** @file What will be trained, in a few lines. */

import type { Config } from "../config/config.ts";
import type { TrainingSummary } from "../run/training/prepare/prepare.ts";
import { bytes, facts, integer, kimg, short } from "./format.ts";

/** G : D = 9.5 : 1, the larger one first. */
function ratio(generator: number, discriminator: number): string {
  const quotient = Math.max(generator, discriminator) / Math.max(1, Math.min(generator, discriminator));
  const text = quotient >= 10 ? integer(quotient) : String(Number(quotient.toFixed(1)));
  return generator >= discriminator ? `${text}:1` : `1:${text}`;
}

/** `grey images of 28x28`, `points in 2 dimensions`. */
export function sampleKind(kind: "images" | "points", shape: readonly number[]): string {
  const [first, height, width] = shape;
  if (kind === "points") return `points in ${first} dimension${first === 1 ? "" : "s"}`;
  return `${first === 1 ? "grey" : "colour"} images of ${width}x${height}`;
}

/** `fid, prdc every 1,000 steps`. */
function describeMetrics({ metrics: { list, every } }: Config): string | undefined {
  if (list.length === 0) return undefined;
  return `${list.map(({ name }) => name).join(", ")} every ${integer(every)} steps`;
}

/** What it takes; how long that is, the first steps show. */
function describeCost({ gflop, memory }: NonNullable<TrainingSummary["cost"]>, steps: number): string {
  return `about ${bytes(memory)} of memory, ${short(gflop)} GFLOP a step, ${short((gflop * steps) / 1000)} TFLOP in all`;
}

/** Lines on the data, the networks and the length; and the run directory where there is one. */
export function describeTraining(config: Config, summary: TrainingSummary, dir?: string): string[] {
  const { data, parameters, cost } = summary;
  const { min, max, convention } = data.valueRange;
  const kind = sampleKind(data.kind, data.shape);
  const classes = data.classes === null ? "" : ` in ${data.classes} classes`;
  const range = convention === "real" ? "" : `, values ${convention} (${min} to ${max})`;
  const apart = data.heldOut === 0 ? "" : `, ${integer(data.heldOut)} more kept apart`;
  const [first] = data.skipped;
  const { accumulate = 1 } = config.updates;
  const batches = accumulate === 1 ? config.batch : `${accumulate} x ${config.batch}`;
  return facts([
    ["data", `${data.name}: ${integer(data.count)} ${kind}${classes}${range}${apart}`],
    ...data.notes.map((note) => ["", note] as const),
    [
      "skipped",
      first === undefined ? undefined : `${data.skipped.length} unreadable, the first: ${first.item}: ${first.reason}`,
    ],
    [
      "networks",
      `${config.model.name}: generator ${integer(parameters.generator)}, discriminator ${integer(parameters.discriminator)} parameters (${ratio(parameters.generator, parameters.discriminator)})`,
    ],
    [
      "length",
      `${integer(summary.steps)} steps of ${batches} = ${kimg(summary.images)} = ${Number(summary.epochs.toPrecision(2))} epochs`,
    ],
    ["expected", cost && describeCost(cost, summary.steps)],
    ["metrics", describeMetrics(config)],
    ["run", dir],
  ]);
}
