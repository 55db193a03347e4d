/** @file A parsed array turned into a data set: layout, value range, labels. Pure, so it runs in a browser too. */

import { ConfigError, DataError } from "../util/errors.ts";
import type { DataOptions, Dataset, ImageDataset, PointDataset } from "./dataset.ts";
import { fitImages } from "./fit.ts";
import { type Labels, labelsFromNumbers } from "./labels.ts";
import { chooseLayout, imageShape, type Layout } from "./layout.ts";
import type { NpyArray } from "./npy.ts";
import { checkOptions, limited } from "./options.ts";
import { extentOf, recogniseRange, toBytes } from "./values.ts";

/** Where an array came from. */
export interface ArrayOrigin {
  /** Data set name. */
  readonly name: string;
  /** What to call it in error messages, usually its path. */
  readonly source: string;
  /** One whole number per sample, of shape [N] or [N, 1]. */
  readonly labels?: NpyArray;
}

/**
 * Makes a data set of an array: images from three or four axes, points from one or two.
 *
 * Float images are rounded to bytes; four channels are composited on white; `size` and `channels` convert images.
 * Guesses and conversions are stated in `notes`.
 *
 * @throws DataError when the array is empty, holds NaN, values out of range, or labels that do not fit;
 * ConfigError when an option does not fit the array.
 */
export function arrayDataset(whole: NpyArray, origin: ArrayOrigin, options: DataOptions = {}): Dataset {
  checkOptions(options);
  const { source } = origin;
  if (whole.shape.length === 0 || whole.data.length === 0) {
    throw new DataError(`${source} holds no samples: its shape is (${whole.shape.join(", ")}).`, {
      help: "Save an array with at least one sample.",
    });
  }
  const { layout, note } = chooseLayout(whole.shape, options.layout, source);
  const array = firstSamples(whole, limited(whole.shape[0] as number, options));
  const labelled = readLabels(origin, whole.shape[0] as number, array.shape[0] as number);
  const notes = note === undefined ? [] : [note];
  if (layout === "N" || layout === "ND") return points(array, origin, labelled, notes, options);
  return fitImages(images(array, layout, origin, labelled, notes, options), options);
}

function firstSamples(array: NpyArray, count: number): NpyArray {
  const row = array.data.length / (array.shape[0] as number);
  return { ...array, shape: [count, ...array.shape.slice(1)], data: array.data.subarray(0, count * row) };
}

function readLabels(origin: ArrayOrigin, total: number, count: number): Labels | undefined {
  if (origin.labels === undefined) return undefined;
  const { shape, data } = origin.labels;
  const flat = shape.length === 1 || (shape.length === 2 && shape[1] === 1);
  if (!flat || data.length !== total) {
    throw new DataError(`${origin.source}: labels of shape (${shape.join(", ")}) do not fit ${total} samples.`, {
      help: "Give one class number per sample (of one-hot labels, take the argmax).",
    });
  }
  return labelsFromNumbers(data.subarray(0, count), origin.source);
}

function points(
  array: NpyArray,
  origin: ArrayOrigin,
  labelled: Labels | undefined,
  notes: string[],
  options: DataOptions,
): PointDataset {
  for (const option of ["size", "channels", "range"] as const) {
    if (options[option] === undefined) continue;
    throw new ConfigError(
      `${origin.source} holds points, shape (${array.shape.join(", ")}): the option ${option} is for images.`,
      {
        help: "Reshape flattened images to (N, height, width) or (N, height, width, channels).",
      },
    );
  }
  const [count = 0, dimensions = 1] = array.shape;
  const data = array.data instanceof Float32Array ? array.data : Float32Array.from(array.data);
  const { min, max } = extentOf(array.data instanceof Float64Array ? data : array.data, array.shape, origin.source);
  const side = Math.sqrt(dimensions);
  if (dimensions >= 64 && Number.isInteger(side)) {
    notes.push(
      `Each sample has ${dimensions} = ${side}x${side} numbers: if these are images, reshape them to (N, ${side}, ${side}).`,
    );
  }
  return {
    kind: "points",
    name: origin.name,
    count,
    shape: [dimensions],
    data,
    valueRange: { min, max, convention: "real" },
    ...labelled,
    skipped: [],
    notes,
  };
}

function images(
  array: NpyArray,
  layout: Exclude<Layout, "N" | "ND">,
  origin: ArrayOrigin,
  labelled: Labels | undefined,
  notes: string[],
  options: DataOptions,
): ImageDataset {
  const extent = extentOf(array.data, array.shape, origin.source);
  const valueRange = recogniseRange(extent, options.range, origin.source);
  const convention = valueRange.convention === "real" ? "0..255" : valueRange.convention;
  if (convention !== "0..255") {
    notes.push(
      `Values from ${extent.min} to ${extent.max} were taken for ${convention}, scaled to 0..255 and rounded.`,
    );
  } else if (!extent.whole) {
    notes.push("Fractional values 0..255 were rounded to whole numbers.");
  }
  const [channels, height, width] = imageShape(array.shape, layout);
  const count = array.shape[0] as number;
  let bytes = toBytes(array.data, convention);
  if (layout === "NHWC" && channels > 1) bytes = channelsFirst(bytes, channels, height * width);
  if (channels === 4) {
    bytes = overWhite(bytes, height * width);
    notes.push("The fourth channel was taken for transparency: images are composited on white.");
  }
  return {
    kind: "images",
    name: origin.name,
    count,
    shape: [channels === 4 ? 3 : channels, height, width],
    data: bytes,
    valueRange,
    ...labelled,
    ...(channels === 4 && { conversion: { transparent: count, enlarged: 0, cropped: 0 } }),
    skipped: [],
    notes,
  };
}

/** [N, pixels, channels] to [N, channels, pixels]. */
function channelsFirst(data: Uint8Array, channels: number, pixels: number): Uint8Array {
  const out = new Uint8Array(data.length);
  const image = channels * pixels;
  for (let start = 0; start < data.length; start += image) {
    for (let c = 0; c < channels; c++) {
      const to = start + c * pixels;
      for (let p = 0, from = start + c; p < pixels; p++, from += channels) out[to + p] = data[from] as number;
    }
  }
  return out;
}

/** [N, 4, pixels] (red, green, blue, alpha) to [N, 3, pixels] on a white ground. */
function overWhite(data: Uint8Array, pixels: number): Uint8Array {
  const count = data.length / (4 * pixels);
  const out = new Uint8Array(count * 3 * pixels);
  for (let n = 0; n < count; n++) {
    for (let c = 0; c < 3; c++) {
      for (let p = 0; p < pixels; p++) {
        const alpha = (data[(4 * n + 3) * pixels + p] as number) / 255;
        out[(3 * n + c) * pixels + p] = Math.round(255 + ((data[(4 * n + c) * pixels + p] as number) - 255) * alpha);
      }
    }
  }
  return out;
}
