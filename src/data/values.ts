/** @file The values of an array: checked to be finite, their range recognised, floats turned into bytes. */

import { DataError } from "../util/errors.ts";
import type { ValueRange } from "./dataset.ts";
import type { NpyData } from "./npy.ts";

/** How image values may be scaled. */
export type ImageConvention = "0..255" | "0..1" | "-1..1";

/** How far a value may lie outside its range, as resampling and rounding leave it; it is clamped. */
const SLACK: Readonly<Record<ImageConvention, number>> = { "0..255": 0.5, "0..1": 1e-3, "-1..1": 1e-3 };
const ENDS: Readonly<Record<ImageConvention, readonly [number, number]>> = {
  "0..255": [0, 255],
  "0..1": [0, 1],
  "-1..1": [-1, 1],
};

/** Smallest and largest value, and whether all are whole numbers. */
export interface Extent {
  readonly min: number;
  readonly max: number;
  readonly whole: boolean;
}

/**
 * The extent of an array.
 *
 * @param shape Used to say where the first bad value is.
 * @throws DataError when a value is NaN or infinite, with their numbers and the first position.
 */
export function extentOf(data: NpyData, shape: readonly number[], source: string): Extent {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  if (!(data instanceof Float32Array || data instanceof Float64Array)) {
    for (let i = 0; i < data.length; i++) {
      const value = data[i] as number;
      if (value < min) min = value;
      if (value > max) max = value;
    }
    return { min, max, whole: true };
  }
  let whole = true;
  let bad = 0;
  let nans = 0;
  let first = -1;
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number;
    if (Number.isFinite(value)) {
      if (value < min) min = value;
      if (value > max) max = value;
      if (whole && !Number.isInteger(value)) whole = false;
    } else {
      if (bad++ === 0) first = i;
      if (Number.isNaN(value)) nans++;
    }
  }
  if (bad > 0) {
    throw new DataError(
      `${source} has ${nans} NaN and ${bad - nans} infinite values; the first (${data[first]}) is at [${position(first, shape)}].`,
      {
        help: "Remove or replace the samples that hold them.",
      },
    );
  }
  return { min, max, whole };
}

/**
 * The convention of image values: as `wanted` says, else the narrowest of 0..1, -1..1 and 0..255 that holds them all.
 *
 * @throws DataError when the values do not fit, with the range found.
 */
export function recogniseRange(extent: Extent, wanted: ImageConvention | undefined, source: string): ValueRange {
  const candidates: readonly ImageConvention[] = wanted === undefined ? ["0..1", "-1..1", "0..255"] : [wanted];
  const convention = candidates.find((name) => {
    const [low, high] = ENDS[name];
    return extent.min >= low - SLACK[name] && extent.max <= high + SLACK[name];
  });
  if (convention === undefined) {
    const expected = wanted === undefined ? "0..255, 0..1 or -1..1" : `${wanted} as the range option says`;
    throw new DataError(
      `${source} has values from ${extent.min} to ${extent.max}; image values must lie in ${expected}.`,
      {
        help: "Scale the array to one of these ranges and save it again.",
      },
    );
  }
  return { min: extent.min, max: extent.max, convention };
}

/** Image values as bytes 0..255, rounded to the nearest and clamped. Bytes that are 0..255 already are not copied. */
export function toBytes(data: NpyData, convention: ImageConvention): Uint8Array {
  if (data instanceof Uint8Array && convention === "0..255") return data;
  const scale = { "0..255": 1, "0..1": 255, "-1..1": 127.5 }[convention];
  const shift = convention === "-1..1" ? 127.5 : 0;
  const out = new Uint8Array(data.length);
  for (let i = 0; i < out.length; i++) {
    const value = Math.round((data[i] as number) * scale + shift);
    out[i] = Math.min(Math.max(value, 0), 255);
  }
  return out;
}

/** The value range of bytes that are known to be 0..255. */
export function byteRange(data: Uint8Array): ValueRange {
  let min = 255;
  let max = 0;
  for (let i = 0; i < data.length && (min > 0 || max < 255); i++) {
    const value = data[i] as number;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max, convention: "0..255" };
}

/** Index `flat` of a row-major array as coordinates. */
function position(flat: number, shape: readonly number[]): string {
  const out: number[] = [];
  for (const n of [...shape].reverse()) {
    out.unshift(flat % n);
    flat = Math.floor(flat / n);
  }
  return out.join(", ");
}
