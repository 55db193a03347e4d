/** @file Reals of a data set as rows of numbers, as a look has them. */

import type { ImageDataset, PointDataset } from "../../data/dataset.ts";
import { fillBernoulli, streamKey } from "../../util/rng.ts";
import type { Rows } from "../look.ts";

/** What is needed of a data set. */
export type Reals = Pick<ImageDataset | PointDataset, "shape" | "count" | "data">;

/**
 * The samples at `indices`: images in -1..1, points as they are.
 *
 * @param mirror Images whose entry is not 0 are mirrored left to right.
 */
export function rowsOf({ shape, data }: Reals, indices: ArrayLike<number>, mirror?: ArrayLike<number>): Rows {
  const columns = shape.reduce((product: number, side) => product * side, 1);
  const values = new Float32Array(indices.length * columns);
  const bytes = data instanceof Uint8Array;
  for (let i = 0; i < indices.length; i++) {
    const from = indices[i]! * columns;
    const to = i * columns;
    if (bytes) for (let c = 0; c < columns; c++) values[to + c] = data[from + c]! / 127.5 - 1;
    else values.set(data.subarray(from, from + columns), to);
    if (mirror?.[i] && shape.length === 3) mirrorLines(values.subarray(to, to + columns), shape[2]);
  }
  return { rows: indices.length, columns, values };
}

/** Reverses every line of an image. */
function mirrorLines(image: Float32Array, width: number): void {
  for (let line = 0; line < image.length; line += width) image.subarray(line, line + width).reverse();
}

/** Reals as a training shows them. */
export interface ShownReals {
  readonly count: number;
  /** Numbers of a sample. */
  readonly columns: number;
  /**
   * The samples at `indices`; where the training mirrors, half of them are mirrored, as `draw` says.
   *
   * @param turned The mirror images of those instead.
   */
  readonly rows: (indices: ArrayLike<number>, draw: number, turned?: boolean) => Rows;
}

/**
 * Reals as a training shows them.
 *
 * @param mirror Whether it mirrors half of its images.
 */
export function shownReals(reals: Reals, { mirror, seed }: { mirror: boolean; seed: number }): ShownReals {
  const { shape, count } = reals;
  const key = streamKey(seed, "health/mirror");
  const columns = shape.reduce((product: number, side) => product * side, 1);
  if (!mirror) return { count, columns, rows: (indices) => rowsOf(reals, indices) };
  const rows: ShownReals["rows"] = (indices, draw, turned = false) => {
    const flips = new Uint8Array(indices.length);
    fillBernoulli(key, draw, 0.5, flips);
    return rowsOf(reals, indices, turned ? flips.map((flip) => 1 - flip) : flips);
  };
  return { count, columns, rows };
}
