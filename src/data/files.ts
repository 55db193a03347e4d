/** @file Reading files from disk with errors a user can act on. */

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { open, stat } from "node:fs/promises";
import { basename } from "node:path";
import { DataError } from "../util/errors.ts";
import type { ByteSource } from "./zip.ts";

const CHUNK = 2 ** 30;

/** The DataError for a failed file operation on `path`. */
export function fileError(path: string, cause: unknown): DataError {
  if (cause instanceof DataError) return cause;
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "ENOENT" || code === "ENOTDIR") {
    return new DataError(`No such file or folder: ${path}`, {
      help: "Check the path; relative paths start at the current folder.",
      cause,
    });
  }
  if (code === "EACCES" || code === "EPERM") {
    return new DataError(`Not allowed to read ${path}`, {
      help: "Check the permissions of the file and its folders.",
      cause,
    });
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new DataError(`Cannot read ${path}: ${reason}`, {
    help: "Check that it is a readable file on a working disk.",
    cause,
  });
}

/**
 * A whole file in memory, of any size that fits (readFile itself stops at 2 GiB).
 *
 * @throws DataError when it is missing, unreadable, no regular file, empty, or larger than `maxBytes` or the memory.
 */
export async function readFileBytes(path: string, maxBytes: number = Number.POSITIVE_INFINITY): Promise<Uint8Array> {
  try {
    // Asked before opening, because opening a pipe would wait for a writer.
    const info = await stat(path);
    refuseUnreadable(path, info.isFile(), info.size);
    const handle = await open(path);
    try {
      if (info.size > maxBytes)
        throw new DataError(`${path} has ${info.size} bytes; at most ${maxBytes} are read.`, {
          help: "Use a smaller file.",
        });
      const bytes = allocate(info.size, path);
      let at = 0;
      while (at < bytes.length) {
        const { bytesRead } = await handle.read(bytes, at, Math.min(CHUNK, bytes.length - at), at);
        if (bytesRead === 0) break;
        at += bytesRead;
      }
      return bytes.subarray(0, at);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw fileError(path, cause);
  }
}

/** Runs `use` with random access to an open file, and closes the file afterwards. */
export async function withFile<T>(path: string, use: (source: ByteSource) => T | Promise<T>): Promise<T> {
  let descriptor: number;
  try {
    descriptor = openSync(path, "r");
  } catch (cause) {
    throw fileError(path, cause);
  }
  try {
    const info = fstatSync(descriptor);
    refuseUnreadable(path, info.isFile(), info.size);
    const read = (offset: number, length: number): Uint8Array => {
      const bytes = allocate(length, path);
      let at = 0;
      while (at < length) {
        const got = readSync(descriptor, bytes, at, Math.min(CHUNK, length - at), offset + at);
        if (got === 0)
          throw new DataError(`${path} is truncated: it ended at byte ${offset + at}.`, {
            help: "Download or write it again.",
          });
        at += got;
      }
      return bytes;
    };
    return await use({ size: info.size, read });
  } finally {
    closeSync(descriptor);
  }
}

/** A short name for a data set read from `path`: its base name without the ending, in file-name-safe characters. */
export function nameOf(path: string): string {
  const stem = basename(path).replace(/(\.(npy|npz|zip|bin|gz|png|jpe?g|webp))+$/i, "");
  return stem.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[.-]+|[.-]+$/g, "") || "data";
}

/** Uninitialised bytes: a plain Uint8Array, because a Buffer's slice() is no copy. */
function allocate(size: number, path: string): Uint8Array {
  try {
    return new Uint8Array(Buffer.allocUnsafeSlow(size).buffer);
  } catch (cause) {
    throw new DataError(`${path} needs ${size} bytes in one piece, more than can be held in memory.`, {
      help: "Use a part of it, or smaller images.",
      cause,
    });
  }
}

function refuseUnreadable(path: string, isFile: boolean, size: number): void {
  if (!isFile) throw new DataError(`${path} is not a regular file.`, { help: "Pass a file or a folder of images." });
  if (size === 0) throw new DataError(`${path} is empty (0 bytes).`, { help: "Download or write it again." });
}
