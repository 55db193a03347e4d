/** @file Points that lie far from all others: noise, or what got in by mistake. */

import { permutation, streamKey } from "../util/rng.ts";

/** Points that are asked for their nearest neighbour, and among which it is sought; of more, some are drawn. */
const [ASKED, SOUGHT] = [500, 4000];

/** Numbers that are compared, at most: of points in many dimensions it is sought among fewer. */
const MOST_COMPARED = 1e8;

/** Distances to the nearest neighbour, beyond this many usual ones, are far. The rim of a Gaussian has few so far out. */
const FAR = 10;

/** Fewer points than this say nothing of what is usual. */
const FEWEST = 100;

/**
 * The share of points, 0 to 1, whose nearest neighbour is more than ten times as far away as is usual (the median). About 0 for one
 * Gaussian in any number of dimensions; above it for parts of very different density, and for tails that are heavy. Undefined for fewer than 100 points, and where half or more have a twin.
 *
 * @param data Samples, one after the other.
 * @param columns Numbers of a sample.
 */
export function outlyingShare(data: ArrayLike<number>, columns: number): number | undefined {
  const count = data.length / columns;
  if (count < FEWEST) return undefined;
  // Drawn, not evenly spaced: sources that take turns have a rhythm.
  const drawn = permutation(streamKey(0, "outliers"), 0, count);
  const asked = drawn.subarray(0, ASKED);
  const sought = drawn.subarray(0, Math.max(FEWEST, Math.min(SOUGHT, Math.floor(MOST_COMPARED / (ASKED * columns)))));
  const near = Array.from(asked, (one) => {
    let least = Number.POSITIVE_INFINITY;
    for (const other of sought) {
      if (other !== one) least = Math.min(least, squaredDistance(data, columns, one, other));
    }
    return Math.sqrt(least);
  });
  const usual = near.toSorted((a, b) => a - b)[near.length >> 1] as number;
  return usual > 0 ? near.filter((distance) => distance > FAR * usual).length / near.length : undefined;
}

function squaredDistance(data: ArrayLike<number>, columns: number, a: number, b: number): number {
  let sum = 0;
  for (let c = 0; c < columns; c++) sum += (data[a * columns + c]! - data[b * columns + c]!) ** 2;
  return sum;
}
