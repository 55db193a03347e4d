/** @file PNG, JPEG and WebP bytes to pixels, through sharp. */

import type { Sharp, SharpOptions } from "sharp";
import { DataError } from "../util/errors.ts";

/** What the header of an image says. */
export interface ImageHeader {
  /** Size in pixels, as displayed (a photograph's orientation applied). */
  readonly width: number;
  readonly height: number;
  readonly grey: boolean;
  /** True when it has an alpha channel. */
  readonly transparent: boolean;
}

/** The most pixels one image may have: 100 million. */
const MAX_PIXELS = 1e8;
const OPTIONS: SharpOptions = { failOn: "warning", limitInputPixels: MAX_PIXELS };
const FORMATS = new Set(["png", "jpeg", "webp"]);

/** Whether a file name ends like one of the image formats that are read. */
export function isImageName(name: string): boolean {
  return /\.(png|jpe?g|webp)$/i.test(name);
}

/** Loads sharp, once images are really needed: it is a native library and takes a while. */
export async function loadSharp(): Promise<(bytes: Uint8Array) => Sharp> {
  try {
    const { default: sharp } = await import("sharp");
    return (bytes) => sharp(bytes, OPTIONS);
  } catch (cause) {
    throw new DataError("Image files are decoded by the npm package sharp, which cannot be loaded here.", {
      help: "Run `npm install sharp`, or use a .npy file.",
      cause,
    });
  }
}

/** Reads an image's header. Throws a plain Error saying what is wrong when there is none or it is of another format. */
export async function readHeader(image: Sharp): Promise<ImageHeader> {
  const { format, autoOrient, space, channels, hasAlpha } = await image.metadata();
  if (!FORMATS.has(format)) throw new Error(`it is of format ${format}, not PNG, JPEG or WebP`);
  if (autoOrient.width * autoOrient.height > MAX_PIXELS) {
    throw new Error(`it claims ${autoOrient.width}x${autoOrient.height} pixels, more than ${MAX_PIXELS}`);
  }
  const grey = space === "b-w" || space === "grey16" || channels <= 2;
  return { width: autoOrient.width, height: autoOrient.height, grey, transparent: hasAlpha };
}

/**
 * Decodes an image into `out`, which has channels x height x width bytes in that order.
 *
 * Alpha is composited on white. An image of another size is scaled to cover the wanted one and cropped at its centre.
 * Throws a plain Error when the image is damaged.
 */
export async function decodeInto(
  image: Sharp,
  shape: readonly [number, number, number],
  out: Uint8Array,
): Promise<void> {
  const [channels, height, width] = shape;
  const { data, info } = await image
    .autoOrient()
    .flatten({ background: "#ffffff" })
    .resize(width, height, { fit: "cover", position: "centre" })
    .toColourspace(channels === 1 ? "b-w" : "srgb")
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== channels || info.width !== width || info.height !== height) {
    throw new Error(`it decoded to ${info.width}x${info.height} with ${info.channels} channels`);
  }
  if (channels === 1) {
    out.set(data);
    return;
  }
  const pixels = height * width;
  for (let c = 0; c < channels; c++) {
    for (let p = 0, from = c; p < pixels; p++, from += channels) out[c * pixels + p] = data[from] as number;
  }
}
