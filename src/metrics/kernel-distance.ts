/** @file The kernel distance: an unbiased comparison of two sets of features that needs no covariance. */

import { DataError } from "../util/errors.ts";
import { permutation, streamKey } from "../util/rng.ts";
import { type Features, pick, requireSameExtractor } from "./features.ts";
import type { Products } from "./products.ts";

/** A mean over blocks, and how sure it is. */
export interface KernelDistance {
  /** The mean of the blocks' unbiased squared MMD. May be negative: its expectation for equal distributions is 0. */
  readonly value: number;
  /** Standard error of that mean; NaN with fewer than five blocks, whose spread says too little. */
  readonly standardError: number;
  readonly blocks: number;
  readonly blockSize: number;
}

/** Blocks from which on a standard error is given; and how many there are at least where nobody says how large they are. */
const [FEWEST_BLOCKS, USUAL_BLOCKS] = [5, 10];
/** Samples of each set in a block, at most, where nobody says how many. */
const USUAL_SIZE = 1000;

/** Options of {@link kernelDistance}. */
export interface KernelDistanceOptions {
  /** Samples of each set in a block, at most: blocks are of one size, and leave out fewer samples than there are blocks. Default 1000, or a tenth of the samples where that is less. */
  readonly blockSize?: number | undefined;
  /** Seed of the shuffle that makes the blocks. Default 0. */
  readonly seed?: number;
}

/** The polynomial kernel of degree 3: (x·y / D + 1)^3, from products. */
function kernel(product: number, dimensions: number): number {
  const base = product / dimensions + 1;
  return base * base * base;
}

/** Sum of the kernel over all pairs, and over the diagonal. */
function kernelSums(products: Float32Array, n: number, dimensions: number): { all: number; diagonal: number } {
  let [all, diagonal] = [0, 0];
  for (let i = 0; i < products.length; i++) all += kernel(products[i]!, dimensions);
  for (let i = 0; i < products.length; i += n + 1) diagonal += kernel(products[i]!, dimensions);
  return { all, diagonal };
}

/**
 * The unbiased squared MMD with the kernel (x·y / D + 1)^3, as a mean over disjoint blocks.
 * Binkowski, Sutherland, Arbel and Gretton, "Demystifying MMD GANs" (2018). Most code draws 100 overlapping blocks; ours are disjoint, so
 * that their standard error means something.
 *
 * @throws DataError with fewer than two samples in a set.
 */
export async function kernelDistance(
  a: Features,
  b: Features,
  products: Products,
  { blockSize, seed = 0 }: KernelDistanceOptions = {},
): Promise<KernelDistance> {
  requireSameExtractor(a, b);
  const count = Math.min(a.count, b.count);
  if (count < 2) throw new DataError("a kernel distance needs at least two samples of each set");
  const most = Math.max(2, blockSize ?? Math.min(USUAL_SIZE, Math.floor(count / USUAL_BLOCKS)));
  const blocks = Math.max(1, Math.min(Math.ceil(count / most), Math.floor(count / 2)));
  const size = Math.floor(count / blocks);
  const [orderA, orderB] = [a, b].map((set, i) => permutation(streamKey(seed, `metrics/kernel/${i}`), 0, set.count));
  const d = a.dimensions;
  const values: number[] = [];
  for (let i = 0; i < blocks; i++) {
    const x = pick(a, orderA!.subarray(i * size, (i + 1) * size)).data;
    const y = pick(b, orderB!.subarray(i * size, (i + 1) * size)).data;
    const xx = kernelSums(await products(x, x, d), size, d);
    const yy = kernelSums(await products(y, y, d), size, d);
    const xy = kernelSums(await products(x, y, d), size, d);
    const own = (xx.all - xx.diagonal + yy.all - yy.diagonal) / (size * (size - 1));
    values.push(own - (2 * xy.all) / (size * size));
  }
  const value = values.reduce((sum, x) => sum + x, 0) / blocks;
  const variance = values.reduce((sum, x) => sum + (x - value) ** 2, 0) / (blocks - 1);
  const standardError = blocks < FEWEST_BLOCKS ? Number.NaN : Math.sqrt(variance / blocks);
  return { value, standardError, blocks, blockSize: size };
}
