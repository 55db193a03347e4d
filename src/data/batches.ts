/** @file The order in which samples are drawn, and copying them into a batch. Pure: runs in a browser too. */

import { ConfigError, invariant } from "../util/errors.ts";
import { permutation, type StreamKey, streamKey } from "../util/rng.ts";
import type { Dataset } from "./dataset.ts";

/** What a {@link BatchOrder} needs to know. */
export interface BatchOrderOptions {
  /** Number of samples in the data set. */
  readonly count: number;
  /** Samples per batch. */
  readonly batch: number;
  readonly seed: number;
}

/**
 * A shuffled, endless sequence of sample indices in which every sample comes once per epoch.
 *
 * The index at position p is a function of (seed, p) alone: epoch floor(p / count) is a permutation of its own. So the
 * only state of a run is how many samples it has drawn, and a batch may span two epochs.
 */
export class BatchOrder {
  readonly count: number;
  readonly batch: number;
  private readonly key: StreamKey;
  private epoch = -1;
  private order: Uint32Array = new Uint32Array(0);

  /** @throws ConfigError when a batch would be larger than the data set. */
  constructor({ count, batch, seed }: BatchOrderOptions) {
    if (!Number.isInteger(batch) || batch < 1)
      throw new ConfigError(`The batch size must be a whole number from 1, not ${batch}.`);
    if (count < batch) {
      throw new ConfigError(`The data set has ${count} samples, fewer than one batch of ${batch}.`, {
        help: `Use more data, or a batch of at most ${count}.`,
      });
    }
    this.count = count;
    this.batch = batch;
    this.key = streamKey(seed, "data/order");
  }

  /** Sample indices of batch number `number` (from 0): the positions from `number * batch` on. */
  indices(number: number): Uint32Array {
    return this.fill(number * this.batch, new Uint32Array(this.batch));
  }

  /** Fills `out` with the sample indices at the positions from `cursor` (samples drawn so far) on, and returns it. */
  fill(cursor: number, out: Uint32Array): Uint32Array {
    let done = 0;
    while (done < out.length) {
      const epoch = Math.floor((cursor + done) / this.count);
      const start = cursor + done - epoch * this.count;
      const take = Math.min(out.length - done, this.count - start);
      out.set(this.epochOrder(epoch).subarray(start, start + take), done);
      done += take;
    }
    return out;
  }

  private epochOrder(epoch: number): Uint32Array {
    if (epoch !== this.epoch) {
      this.order = permutation(this.key, epoch, this.count);
      this.epoch = epoch;
    }
    return this.order;
  }
}

/**
 * Copies samples into a preallocated batch.
 *
 * @param indices Which samples, in which order; their number times the size of a sample is the length of `out`.
 * @param out Uint8Array [B, C, H, W] for images, Float32Array [B, D] for points.
 * @param mirror For images: samples whose entry is not 0 are mirrored left to right.
 */
export function gatherBatch(
  dataset: Dataset,
  indices: ArrayLike<number>,
  out: Uint8Array | Float32Array,
  mirror?: ArrayLike<number>,
): void {
  const { data } = dataset;
  const row = data.length / dataset.count;
  invariant(
    out.length === indices.length * row,
    `a batch of ${indices.length} samples of ${row} numbers does not fill ${out.length}`,
  );
  invariant(
    out instanceof Float32Array === (dataset.kind === "points"),
    "a batch of images is bytes, of points floats",
  );
  invariant(mirror === undefined || dataset.kind === "images", "points cannot be mirrored");
  for (let i = 0; i < indices.length; i++) {
    const start = (indices[i] as number) * row;
    out.set(data.subarray(start, start + row), i * row);
    if (mirror?.[i] && dataset.kind === "images") mirrorLines(out, i * row, (i + 1) * row, dataset.shape[2]);
  }
}

/**
 * Fills `out` with the one-hot labels of samples, f32[B, K].
 *
 * @param indices Which samples, in which order; their number times the number of classes is the length of `out`.
 */
export function gatherLabels({ labels }: Dataset, indices: ArrayLike<number>, out: Float32Array): void {
  invariant(labels !== undefined, "the data set has no labels");
  const classes = out.length / indices.length;
  out.fill(0);
  for (let i = 0; i < indices.length; i++) out[i * classes + labels[indices[i] as number]!] = 1;
}

/** Reverses every line of `width` values from `start` to `end`. */
function mirrorLines(values: Uint8Array | Float32Array, start: number, end: number, width: number): void {
  for (let line = start; line < end; line += width) values.subarray(line, line + width).reverse();
}
