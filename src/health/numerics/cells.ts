/** @file Cells of a set of rows: k-means, and which cell a row is in. */

import { fillUniform, streamKey } from "../../util/rng.ts";
import type { Rows } from "../look.ts";
import { nearestIn } from "./distances.ts";

const row = ({ columns, values }: Rows, i: number) => values.subarray(i * columns, (i + 1) * columns);

/**
 * First centres by k-means++: each next one is drawn with the squared distance to the nearest so far (Arthur and
 * Vassilvitskii, 2007).
 */
function firstCentres(set: Rows, count: number, seed: number): Rows {
  const uniform = new Float32Array(count);
  fillUniform(streamKey(seed, "health/cells"), 0, uniform);
  const values = new Float32Array(count * set.columns);
  const nearest = new Float64Array(set.rows).fill(Number.POSITIVE_INFINITY);
  let chosen = Math.floor(uniform[0]! * set.rows);
  for (let k = 0; k < count; k++) {
    const centre = row(set, chosen);
    values.set(centre, k * set.columns);
    const { distance } = nearestIn(set, { rows: 1, columns: set.columns, values: centre });
    let total = 0;
    for (let i = 0; i < set.rows; i++) {
      nearest[i] = Math.min(nearest[i]!, distance[i]! ** 2);
      total += nearest[i]!;
    }
    let left = (uniform[k + 1] ?? 0) * total;
    for (chosen = 0; chosen < set.rows - 1; chosen++) {
      left -= nearest[chosen]!;
      if (left < 0) break;
    }
  }
  return { rows: count, columns: set.columns, values };
}

/** The cell of each row, by the nearest centre. */
export const cellsOf = (rows: Rows, centres: Rows): Int32Array => nearestIn(rows, centres).index;

/** How many rows each cell holds. */
export function countCells(cells: ArrayLike<number>, count: number): number[] {
  const counts = new Array<number>(count).fill(0);
  for (let i = 0; i < cells.length; i++) counts[cells[i]!]!++;
  return counts;
}

/**
 * Centres of `count` cells by Lloyd's algorithm. A cell that loses all its rows keeps its centre, so with fewer
 * different rows than cells some are empty.
 *
 * @param rounds Most rounds of assignment; it ends sooner when nothing changes.
 */
export function findCentres(set: Rows, count: number, seed: number, rounds = 10): Rows {
  const centres = firstCentres(set, count, seed);
  const { columns } = set;
  let cells = cellsOf(set, centres);
  for (let round = 0; round < rounds; round++) {
    const sums = new Float64Array(count * columns);
    const sizes = countCells(cells, count);
    for (let i = 0; i < set.rows; i++) {
      const to = cells[i]! * columns;
      for (let c = 0; c < columns; c++) sums[to + c]! += set.values[i * columns + c]!;
    }
    for (let k = 0; k < count; k++) {
      if (sizes[k] === 0) continue;
      for (let c = 0; c < columns; c++) centres.values[k * columns + c] = sums[k * columns + c]! / sizes[k]!;
    }
    const before = cells;
    cells = cellsOf(set, centres);
    if (cells.every((cell, i) => cell === before[i])) break;
  }
  return centres;
}

/**
 * Which group each centre belongs to, counted from 0: centres that are no farther apart than `reach` are one kind. The nearest two groups are
 * joined first, as long as no two centres of a group are farther apart (complete linkage).
 */
export function groupCentres(centres: Rows, reach: number): number[] {
  const distance = (i: number, j: number) => Math.hypot(...row(centres, i).map((x, c) => x - row(centres, j)[c]!));
  const all = Array.from({ length: centres.rows }, (_, k) => k);
  const apart = all.map((i) => all.map((j) => distance(i, j)));
  const groups = all.map((k) => [k]);
  for (;;) {
    let [least, first, second] = [reach, -1, -1];
    for (let a = 0; a < groups.length; a++) {
      for (let b = a + 1; b < groups.length; b++) {
        if (apart[a]![b]! <= least) [least, first, second] = [apart[a]![b]!, a, b];
      }
    }
    if (first < 0) break;
    groups[first]!.push(...groups[second]!);
    const farther = groups.map((_, k) => Math.max(apart[first]![k]!, apart[second]![k]!));
    farther.forEach((far, k) => {
      apart[first]![k] = far;
      apart[k]![first] = far;
    });
    groups.splice(second, 1);
    apart.splice(second, 1);
    for (const distances of apart) distances.splice(second, 1);
  }
  return all.map((k) => groups.findIndex((group) => group.includes(k)));
}
