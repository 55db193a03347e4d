/** @file Images brought to the wanted number of channels and the wanted size. */

import type { DataOptions, ImageDataset } from "./dataset.ts";
import { resizePlanes } from "./resample.ts";

/** Share of an image that a square crop must leave. */
const LEAST_LEFT = 2 / 3;

/** Whether a square crop leaves too little of an image with these sides. */
export const isCroppedMuch = (height: number, width: number): boolean =>
  Math.min(height, width) / Math.max(height, width) < LEAST_LEFT;

/** Factor by which an image may be scaled up without looking blurred: MNIST is often brought from 28 to 32 pixels. */
const MOST_ENLARGED = 1.25;

/** Whether bringing an image with these sides to a square of `size` pixels scales it up too much. */
export const isEnlargedMuch = (height: number, width: number, size: number): boolean =>
  size > MOST_ENLARGED * Math.min(height, width);

/**
 * `dataset` with `options.channels` channels and images of `options.size` pixels, where these are given and differ.
 * What was done is added to `notes`. Grey from colour is the Rec. 601 luma; colour from grey repeats the channel.
 */
export function fitImages(dataset: ImageDataset, options: Pick<DataOptions, "channels" | "size">): ImageDataset {
  let { data } = dataset;
  const { count } = dataset;
  const [channels, height, width] = dataset.shape;
  const wantedChannels = options.channels ?? channels;
  const notes = [...dataset.notes];
  if (wantedChannels !== channels) {
    data = wantedChannels === 1 ? toGrey(data, count, height * width) : toColour(data, count, height * width);
    notes.push(
      wantedChannels === 1 ? "Colour images were turned grey." : "Grey images were repeated into three channels.",
    );
  }
  const size = options.size;
  if (size === undefined || (size === height && size === width)) {
    return { ...dataset, shape: [wantedChannels, height, width], data, notes };
  }
  data = resizePlanes(data, count * wantedChannels, height, width, size);
  const crop = height === width ? "" : "centre-cropped and ";
  notes.push(`Images of ${width}x${height} pixels were ${crop}resized to ${size}x${size}.`);
  const conversion = {
    transparent: dataset.conversion?.transparent ?? 0,
    enlarged: isEnlargedMuch(height, width, size) ? count : 0,
    cropped: isCroppedMuch(height, width) ? count : 0,
  };
  const harmed = conversion.transparent + conversion.enlarged + conversion.cropped > 0;
  return { ...dataset, shape: [wantedChannels, size, size], data, notes, ...(harmed && { conversion }) };
}

function toGrey(data: Uint8Array, count: number, pixels: number): Uint8Array {
  const out = new Uint8Array(count * pixels);
  for (let n = 0; n < count; n++) {
    const red = 3 * n * pixels;
    for (let p = 0; p < pixels; p++) {
      const at = red + p;
      const luma =
        0.299 * (data[at] as number) +
        0.587 * (data[at + pixels] as number) +
        0.114 * (data[at + 2 * pixels] as number);
      out[n * pixels + p] = Math.round(luma);
    }
  }
  return out;
}

function toColour(data: Uint8Array, count: number, pixels: number): Uint8Array {
  const out = new Uint8Array(3 * count * pixels);
  for (let n = 0; n < count; n++) {
    const plane = data.subarray(n * pixels, (n + 1) * pixels);
    for (let c = 0; c < 3; c++) out.set(plane, (3 * n + c) * pixels);
  }
  return out;
}
