/** @file What can be said about a data set before anyone trains on it: numbers and warnings, ready for JSON. */

import type { Dataset, ImageDataset, SkippedItem, ValueRange } from "./dataset.ts";
import { type Duplicates, findDuplicates } from "./duplicates.ts";

/** A data set's vital signs. Plain data: it can be printed as JSON. */
export interface Inspection {
  readonly name: string;
  readonly kind: "images" | "points";
  readonly count: number;
  /** [channels, height, width] of images, [dimensions] of points. */
  readonly shape: readonly number[];
  /** Memory the samples take, in bytes. */
  readonly bytes: number;
  readonly valueRange: ValueRange;
  /** Classes with their numbers of samples, in label order; absent without labels. */
  readonly classes?: readonly { readonly name: string; readonly count: number }[];
  /** Per channel (images, in 0..255) or per dimension (points). */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly duplicates: Duplicates;
  readonly skipped: readonly SkippedItem[];
  readonly notes: readonly string[];
  /** What the user should know or do before training. */
  readonly warnings: readonly string[];
}

/** Below this many images a discriminator can learn them by heart. */
const TINY = 1000;
/** Largest class over smallest, from which the small one is likely to be dropped. */
const IMBALANCE = 10;
/** Share of repeated samples worth a word. */
const REPEATED = 0.01;

/** Inspects a data set: class sizes, mean and spread, duplicates, and warnings. Reads all of it a few times. */
export function inspectDataset(dataset: Dataset): Inspection {
  const { labels, classes } = dataset;
  const { mean, std } = moments(dataset);
  const duplicates = findDuplicates(dataset);
  const sizes = labels && classes ? classSizes(labels, classes) : undefined;
  return {
    name: dataset.name,
    kind: dataset.kind,
    count: dataset.count,
    shape: dataset.shape,
    bytes: dataset.data.byteLength,
    valueRange: dataset.valueRange,
    ...(sizes && { classes: sizes }),
    mean,
    std,
    duplicates,
    skipped: dataset.skipped,
    notes: dataset.notes,
    warnings: [...sizeWarnings(dataset), ...classWarnings(sizes ?? []), ...contentWarnings(dataset, std, duplicates)],
  };
}

function classSizes(labels: Int32Array, classes: readonly string[]): { name: string; count: number }[] {
  const sizes = classes.map((name) => ({ name, count: 0 }));
  for (const label of labels) {
    const size = sizes[label];
    if (size !== undefined) size.count++;
  }
  return sizes;
}

/** Mean and standard deviation per channel or dimension, with sums taken about a first guess to keep precision. */
function moments(dataset: Dataset): { mean: number[]; std: number[] } {
  const { data, count } = dataset;
  const groups = dataset.shape[0];
  const run = data.length / count / groups;
  const mean: number[] = [];
  const std: number[] = [];
  for (let g = 0; g < groups; g++) {
    const centre = data[g * run] as number;
    let sum = 0;
    let squares = 0;
    for (let n = 0; n < count; n++) {
      const start = (n * groups + g) * run;
      for (let at = start; at < start + run; at++) {
        const d = (data[at] as number) - centre;
        sum += d;
        squares += d * d;
      }
    }
    const total = count * run;
    mean.push(centre + sum / total);
    std.push(Math.sqrt(Math.max(0, squares / total - (sum / total) ** 2)));
  }
  return { mean, std };
}

function sizeWarnings(dataset: Dataset): string[] {
  if (dataset.kind === "points") return [];
  const [, height, width] = dataset.shape;
  const out: string[] = [];
  if (dataset.count < TINY) {
    out.push(
      `Only ${dataset.count} images: the discriminator can learn them by heart. Use augmentation, or more images.`,
    );
  }
  if (height !== width) {
    out.push(
      `Images are ${width}x${height}, not square: set size (for example ${suggestSize(height, width)}) for the standard models.`,
    );
  } else if (height > 256) {
    out.push(`Images of ${width}x${height} pixels train slowly: consider size ${suggestSize(height, width)}.`);
  }
  return out;
}

/** The largest power of two from 16 to 128 that needs no scaling up. */
function suggestSize(height: number, width: number): number {
  return 2 ** Math.min(7, Math.max(4, Math.floor(Math.log2(Math.min(height, width)))));
}

function classWarnings(sizes: readonly { name: string; count: number }[]): string[] {
  const out: string[] = [];
  const empty = sizes.filter(({ count }) => count === 0);
  if (empty.length > 0)
    out.push(`${empty.length} of ${sizes.length} classes have no samples (first: ${empty[0]?.name}).`);
  const filled = sizes.filter(({ count }) => count > 0).sort((a, b) => a.count - b.count);
  const [least, most] = [filled[0], filled.at(-1)];
  // Chance alone makes tiny classes uneven; a ratio says something only where the largest class has a fair size.
  if (least && most && most.count >= 50 && most.count >= IMBALANCE * least.count) {
    out.push(
      `Classes are uneven: ${most.name} has ${most.count} samples, ${least.name} ${least.count}. Small classes are likely to be dropped.`,
    );
  }
  return out;
}

function contentWarnings(dataset: Dataset, std: readonly number[], duplicates: Duplicates): string[] {
  const out: string[] = [];
  if (std.every((value) => value === 0)) out.push("All values are the same: there is nothing to learn.");
  if (duplicates.count > REPEATED * dataset.count) {
    out.push(`${duplicates.count} of ${dataset.count} samples repeat an earlier one exactly.`);
  }
  if (dataset.skipped.length > 0) out.push(`${dataset.skipped.length} unreadable items were left out.`);
  if (dataset.kind === "images" && dataset.shape[0] === 3 && channelsAgree(dataset)) {
    out.push("All colour images are grey: set channels to 1 to save two thirds of the work.");
  }
  return out;
}

function channelsAgree({ data, shape, count }: ImageDataset): boolean {
  const pixels = shape[1] * shape[2];
  for (let n = 0; n < count; n++) {
    const red = 3 * n * pixels;
    for (let at = red; at < red + pixels; at++) {
      if (data[at] !== data[at + pixels] || data[at] !== data[at + 2 * pixels]) return false;
    }
  }
  return true;
}
