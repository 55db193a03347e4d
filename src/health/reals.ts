/** @file Reals of a data set as rows of numbers, as a look has them. */

import type { ImageDataset, PointDataset } from "../data/dataset.ts";
import type { Rows } from "./look.ts";

/** What is needed of a data set. */
export type Reals = Pick<ImageDataset | PointDataset, "shape" | "count" | "data">;

/** The samples at `indices`: images in -1..1, points as they are. */
export function rowsOf({ shape, data }: Reals, indices: ArrayLike<number>): Rows {
  const columns = shape.reduce((product: number, side) => product * side, 1);
  const values = new Float32Array(indices.length * columns);
  const bytes = data instanceof Uint8Array;
  for (let i = 0; i < indices.length; i++) {
    const from = indices[i]! * columns;
    const to = i * columns;
    if (bytes) for (let c = 0; c < columns; c++) values[to + c] = data[from + c]! / 127.5 - 1;
    else values.set(data.subarray(from, from + columns), to);
  }
  return { rows: indices.length, columns, values };
}
