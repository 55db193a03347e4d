/** @file Numbers about the samples of a data set, taken in one pass: mean and spread, extremes, flat images, repeats. */

import type { Dataset } from "./dataset.ts";
import { type Duplicates, findDuplicates } from "./duplicates.ts";
import { type Band, constantBands, type Places } from "./frame.ts";

/** Numbers about samples. Values are those of the data: 0..255 for images, as they are for points. */
export interface SampleStatistics {
  /** Samples that were looked at; the numbers are about these. */
  readonly looked: number;
  readonly min: number;
  readonly max: number;
  /** Mean and standard deviation per channel (images) or dimension (points). */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** How much samples differ: root mean square, over all places of a sample, of the standard deviation between samples. */
  readonly between: number;
  readonly duplicates: Duplicates;
  /** Images only. */
  readonly images?: ImageStatistics;
}

/** Numbers that only images have. */
export interface ImageStatistics {
  /** Shares of the values that are exactly 0, and exactly 255. */
  readonly low: number;
  readonly high: number;
  /** Images whose values all lie within {@link FLAT} of each other. */
  readonly flat: number;
  /** Whether the images have three channels that agree everywhere. */
  readonly grey: boolean;
  /** Bands along edges that are the same in all images, and unlike what they border on; absent for fewer than 100 images, which do not tell. */
  readonly bands?: readonly Band[];
}

/** Images that must have a band for it to be more than chance: a few digits may all begin at the same line. */
const FEWEST_FRAMED = 100;

/** Levels of 0..255 that an image may span and still show nothing. */
const FLAT = 2;

/** A class with the number of its samples. */
export interface ClassSize {
  readonly name: string;
  readonly count: number;
}

/** The classes with their sizes, in label order; undefined without labels. */
export function classSizes({ labels, classes }: Pick<Dataset, "labels" | "classes">): ClassSize[] | undefined {
  if (labels === undefined || classes === undefined) return undefined;
  const counts = new Array<number>(classes.length).fill(0);
  for (const label of labels) if (label >= 0 && label < counts.length) counts[label]!++;
  return classes.map((name, k) => ({ name, count: counts[k]! }));
}

/**
 * The numbers of a data set, in time proportional to the bytes looked at.
 *
 * @param mostBytes Where the samples take more than this, as many of them as fit are looked at, evenly spaced. Default: all are.
 */
export function sampleStatistics(dataset: Dataset, mostBytes = Number.POSITIVE_INFINITY): SampleStatistics {
  const { data, count } = dataset;
  const fitting = Math.max(1, Math.floor(mostBytes / (data.byteLength / count)));
  const part = count <= fitting ? dataset : evenlySpaced(dataset, fitting);
  const { min, max, images, ...sums } = pass(part);
  const places = atPlaces(sums, part.count);
  return {
    looked: part.count,
    min,
    max,
    ...spread(places, part.shape[0]),
    duplicates: findDuplicates(part),
    ...(part.kind === "images" && {
      images: { ...images, ...(part.count >= FEWEST_FRAMED && { bands: constantBands(places, part.shape) }) },
    }),
  };
}

/** `wanted` of the samples, evenly spaced. */
function evenlySpaced(dataset: Dataset, wanted: number): Dataset {
  const { data, count, labels } = dataset;
  const row = data.length / count;
  const out = data.slice(0, wanted * row);
  const indices = Array.from({ length: wanted }, (_, i) => Math.floor((i * count) / wanted));
  for (const [i, from] of indices.entries()) out.set(data.subarray(from * row, (from + 1) * row), i * row);
  const kept = labels && Int32Array.from(indices, (i) => labels[i]!);
  return { ...dataset, data: out, count: wanted, ...(kept && { labels: kept }) } as Dataset;
}

interface Sums {
  /** At each place of a sample: the first sample's value, and sums of differences from it and of their squares. */
  readonly centre: Float64Array;
  readonly sum: Float64Array;
  readonly squares: Float64Array;
}

/** One pass over all values. Sums are taken about the first sample, to keep precision. */
function pass({
  kind,
  data,
  count,
  shape,
}: Dataset): Sums & { min: number; max: number; images: Omit<ImageStatistics, "bands"> } {
  const places = data.length / count;
  const centre = Float64Array.from(data.subarray(0, places));
  const [sum, squares] = [new Float64Array(places), new Float64Array(places)];
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let [low, high, flat] = [0, 0, 0];
  for (let n = 0; n < count; n++) {
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let p = 0, at = n * places; p < places; p++, at++) {
      const value = data[at]!;
      const d = value - centre[p]!;
      sum[p]! += d;
      squares[p]! += d * d;
      if (value < least) least = value;
      if (value > most) most = value;
      if (value === 0) low++;
      else if (value === 255) high++;
    }
    if (least < min) min = least;
    if (most > max) max = most;
    if (most - least <= FLAT) flat++;
  }
  const total = data.length;
  const grey = kind === "images" && shape[0] === 3 && channelsAgree(data, count, places / 3);
  return { min, max, centre, sum, squares, images: { low: low / total, high: high / total, flat, grey } };
}

/** Mean and variance between samples, at each place of a sample. */
const atPlaces = ({ centre, sum, squares }: Sums, count: number): Places => ({
  means: centre.map((value, p) => value + sum[p]! / count),
  variances: squares.map((value, p) => Math.max(0, value / count - (sum[p]! / count) ** 2)),
});

/** Mean and spread per channel, and the spread between samples. */
function spread({ means, variances }: Places, channels: number): Pick<SampleStatistics, "mean" | "std" | "between"> {
  const average = (values: Float64Array) => values.reduce((a, b) => a + b, 0) / values.length;
  const run = means.length / channels;
  const each = Array.from({ length: channels }, (_, c) => {
    const own = means.subarray(c * run, (c + 1) * run);
    const mean = average(own);
    const within = average(variances.subarray(c * run, (c + 1) * run));
    return { mean, std: Math.sqrt(within + average(own.map((m) => (m - mean) ** 2))) };
  });
  return {
    mean: each.map(({ mean }) => mean),
    std: each.map(({ std }) => std),
    between: Math.sqrt(average(variances)),
  };
}

function channelsAgree(data: ArrayLike<number>, count: number, pixels: number): boolean {
  for (let n = 0; n < count; n++) {
    const red = 3 * n * pixels;
    for (let at = red; at < red + pixels; at++) {
      if (data[at] !== data[at + pixels] || data[at] !== data[at + 2 * pixels]) return false;
    }
  }
  return true;
}
