/** @file Sets with known truth, and looks made of them, for what measures the health of a training. */

import type { Look, Rows } from "../../src/health/look.ts";
import type { Reals } from "../../src/health/measure/reals.ts";
import { fillBits, fillNormal, streamKey } from "../../src/util/rng.ts";

/** Standard normal numbers. */
export function normals(stream: string, length: number, seed = 0): Float32Array {
  const out = new Float32Array(length);
  fillNormal(streamKey(seed, stream), 0, out);
  return out;
}

/** Whole numbers below `below`. */
export function whole(stream: string, length: number, below: number, seed = 0): Uint32Array {
  const out = new Uint32Array(length);
  fillBits(streamKey(seed, stream), 0, out);
  return out.map((word) => Math.floor((word / 2 ** 32) * below));
}

/** Rows of `columns` numbers. */
export const rowsOf = (columns: number, values: Float32Array): Rows => ({
  rows: values.length / columns,
  columns,
  values,
});

/** Eight modes on a circle of radius 2, spread 0.05; only the first `modes` of them are drawn. */
export function ring(count: number, seed: number, { modes = 8, spread = 0.05 } = {}): Rows {
  const values = normals("ring", 2 * count, seed);
  whole("ring/modes", count, modes, seed).forEach((mode, i) => {
    values[2 * i] = spread * values[2 * i]! + 2 * Math.cos((mode * Math.PI) / 4);
    values[2 * i + 1] = spread * values[2 * i + 1]! + 2 * Math.sin((mode * Math.PI) / 4);
  });
  return rowsOf(2, values);
}

/** Grey images of 12×12 with one soft spot, whose place, size and brightness vary. */
export function spots(count: number, seed: number): Reals & { readonly data: Uint8Array } {
  const side = 12;
  const data = new Uint8Array(count * side * side);
  const drawn = normals("spots", 4 * count, seed);
  for (let i = 0; i < count; i++) {
    const [x = 0, y = 0, size = 0, light = 0] = drawn.subarray(4 * i, 4 * i + 4);
    const width = 2 * (1.5 + Math.abs(size)) ** 2;
    for (let at = 0; at < side * side; at++) {
      const squared = ((at % side) - 5.5 - 2 * x) ** 2 + (Math.floor(at / side) - 5.5 - 2 * y) ** 2;
      data[i * side * side + at] = Math.max(0, Math.min(255, (200 + 20 * light) * Math.exp(-squared / width)));
    }
  }
  return { shape: [1, side, side], count, data };
}

/** Points as a data set. */
export const points = (rows: Rows): Reals => ({ shape: [rows.columns], count: rows.rows, data: rows.values });

/** Rows from `from` on. */
export const part = ({ columns, values }: Rows, from: number, count: number): Rows =>
  rowsOf(columns, values.slice(from * columns, (from + count) * columns));

/** Rows without any. */
export const NONE: Rows = { rows: 0, columns: 0, values: new Float32Array(0) };

/** A look in which nothing is there to measure but what is given. */
export function lookOf(given: Partial<Look> & Pick<Look, "samples">): Look {
  return {
    logits: { real: NONE.values, fake: NONE.values },
    features: { real: NONE, fake: NONE },
    generatorSignal: 1,
    weights: { generator: [], discriminator: [] },
    ...given,
  };
}
