/** @file Samples made small: images are averaged over squares of pixels before distances are taken; points stay as they are. */

import type { Rows } from "../look.ts";
import { once } from "../numerics/numbers.ts";
import type { Baseline } from "./baseline.ts";

/** Most pixels of a side, and most numbers of a small sample: distances between more cost time and see no more of modes. */
const [MOST_PIXELS, MOST_NUMBERS] = [16, 256];

/** Height and width of the grid of squares, the last of a row or column being smaller where they do not fit. */
const grid = (shape: readonly number[], pool: number) => shape.slice(1).map((side) => Math.ceil(side / pool));

/**
 * The least side of the squares that leaves at most 16 pixels a side and 256 numbers in all, or one square; 1 for points.
 *
 * @param shape [channels, height, width] or [dimensions].
 */
export function poolFor(shape: readonly number[]): number {
  if (shape.length !== 3) return 1;
  const [channels = 1, ...sides] = shape;
  for (let pool = 1; ; pool++) {
    const [height = 1, width = 1] = grid(shape, pool);
    const fits = Math.max(height, width) <= MOST_PIXELS && channels * height * width <= MOST_NUMBERS;
    if (fits || pool >= Math.max(...sides)) return pool;
  }
}

function pooled({ rows, values }: Rows, shape: readonly number[], pool: number): Rows {
  const [channels = 1, height = 1, width = 1] = shape;
  const [high = 1, wide = 1] = grid(shape, pool);
  const planes = rows * channels;
  const out = new Float32Array(planes * high * wide);
  const line = new Float64Array(wide);
  for (let plane = 0; plane < planes; plane++) {
    for (let row = 0; row < high; row++) {
      line.fill(0);
      const bottom = Math.min(height, (row + 1) * pool);
      for (let y = row * pool; y < bottom; y++) {
        const from = (plane * height + y) * width;
        for (let to = 0, x = 0; to < wide; to++) {
          const right = Math.min(width, x + pool);
          let sum = 0;
          for (; x < right; x++) sum += values[from + x]!;
          line[to]! += sum;
        }
      }
      const lines = bottom - row * pool;
      for (let to = 0; to < wide; to++) {
        const pixels = lines * Math.min(pool, width - to * pool);
        out[(plane * high + row) * wide + to] = line[to]! / pixels;
      }
    }
  }
  return { rows, columns: channels * high * wide, values: out };
}

/**
 * Rows made small; the very rows where they are small already. Rows are always those of one baseline: they are made
 * small once.
 */
export const small = once(
  (rows: Rows, { shape, pool }: Pick<Baseline, "shape" | "pool">): Rows =>
    pool === 1 ? rows : pooled(rows, shape, pool),
);
