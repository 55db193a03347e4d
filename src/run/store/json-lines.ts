/** @file Files of one JSON object a line: appended with whole lines, read block by block, cut back when a run resumes. */

import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { diskFileSystem, type FileSystem, ioError, writeAll, writeFileAtomic } from "./atomic-file.ts";

const NEWLINE = 0x0a;
const BLOCK = 1024 * 1024;

/** One complete line of a file: its text without the line break, and its byte range with it. */
export interface Line {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Counted from 1. */
  readonly number: number;
}

/** A file open for appending lines. One process at a time may hold it (the run lock sees to that). */
export interface LineFile {
  /** Writes a line with one write. One that fails half-way, as on a full disk, is taken back, so the file stays valid. */
  append(text: string): void;
  /** Flushes to the disk. Call it before saving a checkpoint, so that no checkpoint outlives the lines before it. */
  sync(): void;
  close(): void;
}

/**
 * Opens a file for appending, making it when missing. A torn last line (from a kill or a power cut in mid-write) is cut off.
 *
 * @throws DataError, also from `append` and `sync`, naming the file and the reason.
 */
export function openLines(path: string, fs: FileSystem = diskFileSystem): LineFile {
  const guard = <T>(verb: string, action: () => T): T => {
    try {
      return action();
    } catch (error) {
      throw ioError(verb, path, error);
    }
  };
  const fd = guard("open", () => fs.open(path, "a"));
  let size = guard("read", () => endOfLastLine(path));
  guard("write", () => fs.truncate(fd, size));
  return {
    append(text) {
      const line = Buffer.from(`${text}\n`, "utf8");
      guard("write", () => {
        try {
          writeAll(fs, fd, line);
        } catch (error) {
          takeBack(fs, fd, size);
          throw error;
        }
      });
      size += line.length;
    },
    sync: () => guard("flush", () => fs.sync(fd)),
    close: () => guard("close", () => fs.close(fd)),
  };
}

/** The text of a line. */
export const lineText = (line: Line): string => Buffer.from(line.bytes).toString("utf8");

/**
 * Takes what stands behind the first `keep` lines out of a file, for a run that goes on from there and will write it again. It
 * is kept beside the file, in `events.superseded.jsonl` for `events.jsonl`. The file must not be open for appending.
 *
 * @returns How many lines stayed and how many were moved. A missing file has none.
 * @throws DataError when a file cannot be read or written; the file is then untouched.
 */
export function cutLines(path: string, keep: number): { kept: number; moved: number } {
  if (!existsSync(path)) return { kept: 0, moved: 0 };
  let [end, total, kept, moved] = [0, 0, 0, 0];
  for (const line of completeLines(path)) {
    if (line.number <= keep) [end, kept] = [line.end, line.number];
    else moved++;
    total = line.end;
  }
  if (moved > 0) {
    const superseded = supersededPath(path);
    try {
      const fd = diskFileSystem.open(superseded, "a");
      try {
        for (const bytes of readRange(path, end, total)) writeAll(diskFileSystem, fd, bytes);
        diskFileSystem.sync(fd);
      } finally {
        diskFileSystem.close(fd);
      }
    } catch (error) {
      throw ioError("write", superseded, error);
    }
    writeFileAtomic(path, readRange(path, 0, end));
  }
  return { kept, moved };
}

/** Where {@link cutLines} keeps what it takes out of a file. */
export function supersededPath(path: string): string {
  return path.replace(/(\.jsonl)?$/, ".superseded.jsonl");
}

function takeBack(fs: FileSystem, fd: number, size: number): void {
  try {
    fs.truncate(fd, size);
  } catch {
    // the torn line stays; readers pass over it and the next open cuts it off
  }
}

/** The complete lines of a text in memory; what follows the last line break is left out. */
export function splitLines(bytes: Uint8Array): Line[] {
  const lines: Line[] = [];
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
    lines.push({ bytes: bytes.subarray(start, end), start, end: end + 1, number: lines.length + 1 });
    start = end + 1;
  }
  return lines;
}

/** The complete lines of a file, read `block` bytes at a time. @throws DataError when it cannot be read. */
export function* completeLines(path: string, block = BLOCK): Generator<Line, void> {
  let fd: number | undefined;
  try {
    fd = openSync(path, "r");
    let rest: Uint8Array = new Uint8Array(0);
    let base = 0;
    let number = 0;
    for (;;) {
      const bytes = Buffer.alloc(rest.length + block);
      bytes.set(rest);
      const got = readSync(fd, bytes, rest.length, block, base + rest.length);
      if (got === 0) return;
      const filled = bytes.subarray(0, rest.length + got);
      let done = 0;
      for (const line of splitLines(filled)) {
        done = line.end;
        yield { bytes: line.bytes, start: base + line.start, end: base + line.end, number: ++number };
      }
      rest = filled.subarray(done);
      base += done;
    }
  } catch (error) {
    throw ioError("read", path, error);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Where the last complete line ends, found from the end of the file. */
function endOfLastLine(path: string): number {
  const fd = openSync(path, "r");
  try {
    for (let end = fstatSync(fd).size; end > 0; ) {
      const start = Math.max(0, end - BLOCK);
      const bytes = Buffer.alloc(end - start);
      readSync(fd, bytes, 0, bytes.length, start);
      const last = bytes.lastIndexOf(NEWLINE);
      if (last !== -1) return start + last + 1;
      end = start;
    }
    return 0;
  } finally {
    closeSync(fd);
  }
}

function* readRange(path: string, start: number, end: number): Generator<Uint8Array> {
  const fd = openSync(path, "r");
  try {
    for (let at = start; at < end; ) {
      const bytes = new Uint8Array(Math.min(BLOCK, end - at));
      const got = readSync(fd, bytes, 0, bytes.length, at);
      if (got === 0) return;
      yield bytes.subarray(0, got);
      at += got;
    }
  } finally {
    closeSync(fd);
  }
}
