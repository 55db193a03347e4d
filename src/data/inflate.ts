/** @file Inflating compressed bytes with a limit, so that a small file cannot fill the memory. */

import { gunzipSync, inflateRawSync } from "node:zlib";
import { DataError } from "../util/errors.ts";

/** No single array or file may inflate to more than this many bytes (2 GiB). */
export const MAX_INFLATED_BYTES = 2 ** 31;
/** Up to this many bytes (64 MiB) any ratio is accepted ... */
const FREE_BYTES = 64 * 2 ** 20;
/** ... beyond it, a ratio above this is taken for a decompression bomb: real images stay far below. */
const MAX_RATIO = 200;

/** The most that `compressed` bytes may inflate to, under the caller's own limit `max`. */
export function inflatedLimit(compressed: number, max: number = MAX_INFLATED_BYTES): number {
  return Math.min(max, Math.max(FREE_BYTES, MAX_RATIO * compressed));
}

/** True when `bytes` begin with the gzip magic number. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * Inflates a gzip file.
 *
 * @throws DataError when it is truncated or damaged, or inflates beyond {@link inflatedLimit}.
 */
export function gunzip(bytes: Uint8Array, name: string): Uint8Array {
  const limit = inflatedLimit(bytes.length);
  return guarded(name, limit, () => gunzipSync(bytes, { maxOutputLength: limit }));
}

/**
 * Inflates raw deflate data that should become `size` bytes (at least 1).
 *
 * @throws DataError when the data is damaged or inflates to more than `size` bytes.
 */
export function inflateRaw(bytes: Uint8Array, size: number, name: string): Uint8Array {
  return guarded(name, size, () => inflateRawSync(bytes, { maxOutputLength: Math.max(1, size) }));
}

function guarded(name: string, limit: number, inflate: () => Uint8Array): Uint8Array {
  try {
    const { buffer, byteOffset, byteLength } = inflate();
    return new Uint8Array(buffer, byteOffset, byteLength);
  } catch (cause) {
    if (cause instanceof RangeError) {
      throw new DataError(`${name} inflates to more than ${limit} bytes: refused as a decompression bomb.`, {
        help: "If the file is meant to be so large, store it uncompressed.",
        cause,
      });
    }
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataError(`${name} cannot be inflated: it is truncated or damaged (${reason}).`, {
      help: "Download or write the file again.",
      cause,
    });
  }
}
