/** @file Features: rows of numbers that stand for samples, with the name of what made them. */

import { DataError } from "../util/errors.ts";

/** One row of `dimensions` numbers for each sample. */
export interface Features {
  /** [count, dimensions], row by row. */
  readonly data: Float32Array;
  readonly count: number;
  readonly dimensions: number;
  /** What computed them, such as `lenet_mnist`. Features of different extractors are never compared. */
  readonly extractor: string;
}

/** A square of this, summed over thousands of features, is still a number in float32. */
const FARTHEST = 1e17;

/**
 * Features out of an array, checked.
 * @throws DataError where a value is above 1e17, so that distances would overflow, or not finite: a NaN would make every metric a NaN, or hide in a maximum.
 */
export function features(data: Float32Array, dimensions: number, extractor: string): Features {
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    const [row, column] = [Math.floor(bad / dimensions), bad % dimensions];
    throw new DataError(
      `the features of ${extractor} are not all finite: sample ${row}, feature ${column} is ${data[bad]}`,
      {
        help: "look at the samples that they were computed from; a generator that diverged gives such values, and so may a network of features that computes them",
      },
    );
  }
  const far = data.findIndex((value) => Math.abs(value) > FARTHEST);
  if (far >= 0) {
    throw new DataError(
      `the features of ${extractor} are too large for distances in float32: sample ${Math.floor(far / dimensions)}, feature ${far % dimensions} is ${data[far]}`,
      {
        help: "look at the samples that they were computed from; a generator that diverged gives such values, and so may a network of features that computes them",
      },
    );
  }
  if (dimensions < 1 || data.length % dimensions !== 0) {
    throw new DataError(`${data.length} numbers are not rows of ${dimensions} features`);
  }
  return { data, count: data.length / dimensions, dimensions, extractor };
}

/** Row `i` of `set`, as a view. */
export const row = ({ data, dimensions }: Features, i: number): Float32Array =>
  data.subarray(i * dimensions, (i + 1) * dimensions);

/** Rows `start` to `end` of `set`, as a view. */
export const rows = (set: Features, start: number, end: number): Features => ({
  ...set,
  data: set.data.subarray(start * set.dimensions, end * set.dimensions),
  count: end - start,
});

/** The rows of `set` that `indices` names, copied. */
export function pick(set: Features, indices: ArrayLike<number>): Features {
  const data = new Float32Array(indices.length * set.dimensions);
  for (let i = 0; i < indices.length; i++) data.set(row(set, indices[i]!), i * set.dimensions);
  return { ...set, data, count: indices.length };
}

/** The mean row, in float64. */
export function meanOf(set: Features): Float64Array {
  const mean = new Float64Array(set.dimensions);
  for (let n = 0; n < set.count; n++) {
    const x = row(set, n);
    for (let i = 0; i < mean.length; i++) mean[i]! += x[i]!;
  }
  return mean.map((sum) => sum / set.count);
}

/** `set` with `origin` in the place of zero: distances stay, and lose fewer digits where all of it lies far out. */
export function shift(set: Features, origin: Float64Array): Features {
  const data = new Float32Array(set.data.length);
  for (let start = 0; start < data.length; start += origin.length) {
    for (let i = 0; i < origin.length; i++) data[start + i] = set.data[start + i]! - origin[i]!;
  }
  return { ...set, data };
}

/** @throws DataError unless both sets were made by the same extractor. */
export function requireSameExtractor(
  a: Pick<Features, "extractor" | "dimensions">,
  b: Pick<Features, "extractor" | "dimensions">,
): void {
  if (a.extractor === b.extractor && a.dimensions === b.dimensions) return;
  throw new DataError(
    `features of different extractors cannot be compared: ${a.extractor} (${a.dimensions}) and ${b.extractor} (${b.dimensions})`,
    { help: "compute both with the same extractor; statistics of a file hold for the extractor they were made with" },
  );
}
