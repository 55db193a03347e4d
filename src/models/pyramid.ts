/** @file How a model gets from a few pixels to an image by doubling. */

import { ConfigError } from "../util/errors.ts";
import type { SampleShape } from "./model.ts";

/** `size` is `smallest` times two to the power `levels`. */
export interface Pyramid {
  readonly levels: number;
  /** 4 to 7 pixels. */
  readonly smallest: number;
}

/** Halves `size` down to 4..7 pixels: 28 -> 7 after 2 levels, 64 -> 4 after 4. Null where that ends elsewhere. */
export function pyramid(size: number): Pyramid | null {
  let [levels, smallest] = [0, size];
  while (smallest > 7 && smallest % 2 === 0) {
    levels++;
    smallest /= 2;
  }
  return smallest >= 4 && smallest <= 7 ? { levels, smallest } : null;
}

/** Channels and side of square images. @throws ConfigError for other samples. */
export function squareImages(model: string, sample: SampleShape): { channels: number; size: number } {
  const [channels, height, width] = sample.shape as [number, number, number];
  if (sample.kind !== "images" || height !== width) {
    throw new ConfigError(`model "${model}" makes square images; the data are ${sample.kind} of [${sample.shape}]`, {
      help: sample.kind === "images" ? "set data.size to crop them square" : 'use model "mlp" for points',
    });
  }
  return { channels, size: height };
}
