/**
 * @file A player's arrays as one vector.
 *
 * Optimisers, gradient norms and averages then work on a single tensor: a few large operations instead of a few for each
 * of many small arrays.
 */

import { type Shape, sizeOf, type Tensor } from "../graph/ops.ts";
import { concat, reshape, slice } from "../graph/tensor.ts";

/** Where one array lies in the vector. */
export interface PackEntry {
  readonly name: string;
  readonly shape: Shape;
  readonly offset: number;
  readonly size: number;
}

/** How arrays lie in the vector, in order and without gaps. */
export interface PackLayout {
  readonly entries: readonly PackEntry[];
  readonly length: number;
}

/** Lays arrays one after another. */
export function packLayout(arrays: readonly { readonly name: string; readonly shape: Shape }[]): PackLayout {
  let length = 0;
  const entries = arrays.map(({ name, shape }) => {
    const entry = { name, shape, offset: length, size: sizeOf(shape) };
    length += entry.size;
    return entry;
  });
  return { entries, length };
}

/** The arrays of the vector `packed`, by name. */
export function unpack(packed: Tensor, layout: PackLayout): Map<string, Tensor> {
  return new Map(
    layout.entries.map(({ name, shape, offset, size }) => [name, reshape(slice(packed, [offset], [size]), shape)]),
  );
}

/** One vector of `arrays`, which must be given in layout order. */
export function pack(arrays: readonly Tensor[]): Tensor {
  return concat(
    arrays.map((x) => reshape(x, [sizeOf(x.shape)])),
    0,
  );
}
