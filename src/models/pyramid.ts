/** @file The sizes of an image model whose levels halve the picture: which ones it can make. */

import { ConfigError } from "../util/errors.ts";

/** How often `size` is halved, and what is left: 28 -> 7 after 2, 64 -> 4 after 4. */
export interface Pyramid {
  readonly levels: number;
  readonly smallest: number;
}

/**
 * Halves `size` down to 4..7 pixels.
 * @throws ConfigError naming the model when that cannot be, or the size is above 256.
 */
export function pyramid(model: string, size: number): Pyramid {
  let [levels, smallest] = [0, size];
  while (smallest > 7 && smallest % 2 === 0) {
    levels++;
    smallest /= 2;
  }
  if (smallest < 4 || smallest > 7 || levels < 1 || size > 256) {
    throw new ConfigError(`model "${model}" cannot make ${size}x${size} images`, {
      help: "use a size of 4, 5, 6 or 7 times a power of two, such as 16, 28, 32, 48, 64, 96 or 128 (set data.size)",
    });
  }
  return { levels, smallest };
}
