/** @file Points that lie far from all others: noise, placeholders such as −999, or what got in by mistake. */

/** Points that are asked for their nearest neighbour, and among which it is sought; evenly spaced over more. */
const [ASKED, SOUGHT] = [500, 4000];

/** Distances to the nearest neighbour, beyond this many usual ones, are far. The rim of a Gaussian has few so far out. */
const FAR = 10;

/** Fewer points than this say nothing of what is usual. */
const FEWEST = 100;

/**
 * The share of points, 0 to 1, whose nearest neighbour is more than ten times as far away as is usual (the median). About 0 for one
 * Gaussian in any number of dimensions. Undefined for fewer than 100 points, and where half or more have a twin.
 *
 * @param data Samples, one after the other.
 * @param columns Numbers of a sample.
 */
export function outlyingShare(data: ArrayLike<number>, columns: number): number | undefined {
  const count = data.length / columns;
  if (count < FEWEST) return undefined;
  const sought = evenly(SOUGHT, count);
  const near = evenly(ASKED, count).map((asked) => {
    let least = Number.POSITIVE_INFINITY;
    for (const other of sought) {
      if (other !== asked) least = Math.min(least, squaredDistance(data, columns, asked, other));
    }
    return Math.sqrt(least);
  });
  const usual = near.toSorted((a, b) => a - b)[near.length >> 1] as number;
  return usual > 0 ? near.filter((distance) => distance > FAR * usual).length / near.length : undefined;
}

/** At most `wanted` of the numbers below `count`, evenly spaced. */
const evenly = (wanted: number, count: number): number[] =>
  Array.from({ length: Math.min(wanted, count) }, (_, i) => Math.floor((i * count) / Math.min(wanted, count)));

function squaredDistance(data: ArrayLike<number>, columns: number, a: number, b: number): number {
  let sum = 0;
  for (let c = 0; c < columns; c++) sum += (data[a * columns + c]! - data[b * columns + c]!) ** 2;
  return sum;
}
