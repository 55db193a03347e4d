/** @file What can be said about a data set before anyone trains on it: numbers and warnings, ready for JSON. */

import type { Dataset, SkippedItem, ValueRange } from "./dataset.ts";
import type { Duplicates } from "./duplicates.ts";
import { type ClassSize, classSizes, type SampleStatistics, sampleStatistics } from "./statistics.ts";

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
  readonly classes?: readonly ClassSize[];
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

/** Inspects a data set: class sizes, mean and spread, duplicates, and warnings. Reads all of it twice. */
export function inspectDataset(dataset: Dataset): Inspection {
  const statistics = sampleStatistics(dataset);
  const sizes = classSizes(dataset);
  return {
    name: dataset.name,
    kind: dataset.kind,
    count: dataset.count,
    shape: dataset.shape,
    bytes: dataset.data.byteLength,
    valueRange: dataset.valueRange,
    ...(sizes && { classes: sizes }),
    mean: statistics.mean,
    std: statistics.std,
    duplicates: statistics.duplicates,
    skipped: dataset.skipped,
    notes: dataset.notes,
    warnings: [...sizeWarnings(dataset), ...classWarnings(sizes ?? []), ...contentWarnings(dataset, statistics)],
  };
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

function classWarnings(sizes: readonly ClassSize[]): string[] {
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

function contentWarnings(dataset: Dataset, { std, duplicates, images }: SampleStatistics): string[] {
  const out: string[] = [];
  if (std.every((value) => value === 0)) out.push("All values are the same: there is nothing to learn.");
  if (duplicates.count > REPEATED * dataset.count) {
    out.push(`${duplicates.count} of ${dataset.count} samples repeat an earlier one exactly.`);
  }
  if (dataset.skipped.length > 0) out.push(`${dataset.skipped.length} unreadable items were left out.`);
  const bands = images?.bands ?? [];
  if (bands.length > 0) {
    const where = bands.map(({ side, width }) => `${side} ${width} px`).join(", ");
    out.push(`Every image has the same edge (${where}): crop it off, or the discriminator tells fakes by it.`);
  }
  if (images?.grey) {
    out.push("All colour images are grey: set channels to 1 to save two thirds of the work.");
  }
  return out;
}
