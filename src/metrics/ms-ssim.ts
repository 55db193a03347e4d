/** @file Multi-scale structural similarity: how alike pairs of generated images are, against how alike pairs of reals are. */

import { ShapeError } from "../util/errors.ts";

/** One channel of an image, values 0..255. */
interface Plane {
  readonly data: Float64Array;
  readonly height: number;
  readonly width: number;
}

/** Wang et al.'s weights of the five scales, finest first. */
const WEIGHTS = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333];
const [C1, C2] = [(0.01 * 255) ** 2, (0.03 * 255) ** 2];
/** The window: 11 x 11 Gaussian with standard deviation 1.5. */
const WINDOW = (() => {
  const values = Array.from({ length: 11 }, (_, i) => Math.exp(-((i - 5) ** 2) / (2 * 1.5 ** 2)));
  const total = values.reduce((a, b) => a + b);
  return values.map((x) => x / total);
})();

/** Convolution with the window along both axes, where it fits whole. */
function blur({ data, height, width }: Plane): Plane {
  const [h, w, size] = [height - 10, width - 10, 11];
  const rows = new Float64Array(height * w);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < w; x++) {
      let sum = 0;
      for (let k = 0; k < size; k++) sum += WINDOW[k]! * data[y * width + x + k]!;
      rows[y * w + x] = sum;
    }
  }
  const out = new Float64Array(h * w);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      let sum = 0;
      for (let k = 0; k < size; k++) sum += WINDOW[k]! * rows[(y + k) * w + x]!;
      out[y * w + x] = sum;
    }
  }
  return { data: out, height: h, width: w };
}

const zip = (a: Plane, b: Plane, f: (x: number, y: number) => number): Plane => ({
  ...a,
  data: a.data.map((x, i) => f(x, b.data[i]!)),
});

/** Means over the image of the luminance term times the contrast term, and of the contrast term alone. */
function similarity(a: Plane, b: Plane): { whole: number; contrast: number } {
  const [meanA, meanB] = [blur(a), blur(b)];
  const [squareA, squareB, product] = [
    zip(a, a, (x, y) => x * y),
    zip(b, b, (x, y) => x * y),
    zip(a, b, (x, y) => x * y),
  ].map(blur) as [Plane, Plane, Plane];
  let [whole, contrast] = [0, 0];
  const count = meanA.data.length;
  for (let i = 0; i < count; i++) {
    const [ma, mb] = [meanA.data[i]!, meanB.data[i]!];
    const variances = squareA.data[i]! - ma * ma + squareB.data[i]! - mb * mb;
    const c = (2 * (product.data[i]! - ma * mb) + C2) / (variances + C2);
    contrast += c / count;
    whole += (c * (2 * ma * mb + C1)) / (ma * ma + mb * mb + C1) / count;
  }
  return { whole, contrast };
}

/** Mean of each 2 x 2 square; an odd last row or column is dropped. */
function halve({ data, height, width }: Plane): Plane {
  const [h, w] = [height >> 1, width >> 1];
  const out = new Float64Array(h * w);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const at = 2 * y * width + 2 * x;
      out[y * w + x] = (data[at]! + data[at + 1]! + data[at + width]! + data[at + width + 1]!) / 4;
    }
  }
  return { data: out, height: h, width: w };
}

/** Scales that an image of this size has: the window must fit into the coarsest. */
const scalesOf = (size: number): number => WEIGHTS.filter((_, i) => Math.floor(size / 2 ** i) >= 11).length;

/**
 * The similarity of two images, at most 1. Wang, Simoncelli and Bovik, "Multi-scale Structural Similarity for Image Quality Assessment" (2003); in GANs Odena et al.
 * (2017). Below 176 pixels fewer than five scales fit: the weights of those that do are scaled to sum to 1. Contrast terms below 0 count as 0.
 *
 * @param a Images uint8 [C, H, W]; the similarity is the mean over channels.
 */
export function msSsim(a: Uint8Array, b: Uint8Array, shape: readonly [number, number, number]): number {
  const [channels, height, width] = shape;
  const size = channels * height * width;
  const scales = scalesOf(Math.min(height, width));
  if (a.length !== size || b.length !== size || scales === 0) {
    throw new ShapeError(`msSsim: images must be [${shape}] with sides of 11 or more`, {
      help: "the window of the measure is 11 pixels wide",
    });
  }
  const weights = WEIGHTS.slice(0, scales);
  const total = weights.reduce((x, y) => x + y);
  let sum = 0;
  for (let c = 0; c < channels; c++) {
    let [x, y] = [a, b].map((image) => ({
      data: Float64Array.from(image.subarray(c * height * width, (c + 1) * height * width)),
      height,
      width,
    })) as [Plane, Plane];
    let value = 1;
    for (let scale = 0; scale < scales; scale++) {
      const { whole, contrast } = similarity(x, y);
      value *= Math.max(0, scale === scales - 1 ? whole : contrast) ** (weights[scale]! / total);
      [x, y] = [halve(x), halve(y)];
    }
    sum += value / channels;
  }
  return sum;
}
