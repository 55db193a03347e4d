/** @file The log of a run, events.jsonl: appended line by line, read while it grows, cut back when a run resumes. */

import { closeSync, existsSync, fstatSync, openSync, readSync, watch } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { diskFileSystem, type FileSystem, ioCode, ioError, writeAll, writeFileAtomic } from "./atomic-file.ts";
import { decodeEvent, encodeEvent, type RunEvent, type RunEventInput, stampEvent } from "./events.ts";

const NEWLINE = 0x0a;
const BLOCK = 1024 * 1024;
const POLL_MS = 100;
/** A follower reads at most this much at once; no line is as long. */
const MAX_READ = 16 * BLOCK;

/** One complete line of a file: its text without the line break, and its byte range with it. */
interface Line {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Counted from 1. */
  readonly number: number;
}

/** A log open for appending. One process at a time may hold it (the run lock sees to that). */
export interface EventLog {
  /** Stamps an event, writes it as one line with one write, and returns it. */
  append(input: RunEventInput): RunEvent;
  /** Flushes to the disk. Call it before saving a checkpoint, so that no checkpoint outlives the events before it. */
  sync(): void;
  close(): void;
}

/**
 * Opens a log for appending, making it when missing. A torn last line (from a kill or a power cut in mid-write) is cut off.
 *
 * An append that fails half-way, as on a full disk, is taken back, so the file stays valid.
 *
 * @throws DataError, also from `append` and `sync`, naming the file and the reason.
 */
export function openEventLog(path: string, fs: FileSystem = diskFileSystem): EventLog {
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
    append(input) {
      const event = stampEvent(input);
      const line = Buffer.from(`${encodeEvent(event)}\n`, "utf8");
      guard("write", () => {
        try {
          writeAll(fs, fd, line);
        } catch (error) {
          takeBack(fs, fd, size);
          throw error;
        }
      });
      size += line.length;
      return event;
    },
    sync: () => guard("flush", () => fs.sync(fd)),
    close: () => guard("close", () => fs.close(fd)),
  };
}

/**
 * Reads a log from its beginning, a block at a time. A torn last line is ignored.
 *
 * @throws DataError when the file cannot be read, or naming the number of a line that is not a valid event.
 */
export function* readEvents(path: string): Generator<RunEvent, void> {
  for (const line of completeLines(path)) yield decodeLine(line, path);
}

/**
 * The events in the last `bytes` of a log, for a quick look. Lines that are not valid are left out.
 *
 * @returns The events, and whether they are all the log has. A missing log has none.
 */
export function readTail(path: string, bytes: number): { events: RunEvent[]; whole: boolean } {
  let fd: number | undefined;
  try {
    fd = openSync(path, "r");
    const { size } = fstatSync(fd);
    const start = Math.max(0, size - bytes);
    const block = new Uint8Array(size - start);
    const lines = splitLines(block.subarray(0, readSync(fd, block, 0, block.length, start)));
    // What stands before the first line break in the middle of a file is the end of some line.
    const events = (start === 0 ? lines : lines.slice(1)).flatMap(tryDecode);
    return { events, whole: start === 0 };
  } catch (error) {
    if (ioCode(error) === "ENOENT") return { events: [], whole: true };
    throw ioError("read", path, error);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** The first event of a log, or null when it has none that is valid. */
export function readFirst(path: string): RunEvent | null {
  if (!existsSync(path)) return null;
  for (const line of completeLines(path, 4096)) return tryDecode(line)[0] ?? null;
  return null;
}

/**
 * Takes the events after `step` out of a log, for a run that resumes from its checkpoint of that step and will write them
 * again. They are kept beside it, in `events.superseded.jsonl` for `events.jsonl`. The log must not be open for appending.
 *
 * @returns How many events stayed and how many were moved. A missing log has none.
 * @throws DataError when a line is not valid or a file cannot be written; the log is then untouched.
 */
export function truncateAfter(path: string, step: number): { kept: number; moved: number } {
  if (!existsSync(path)) return { kept: 0, moved: 0 };
  const stay: [start: number, end: number][] = [];
  const go: [start: number, end: number][] = [];
  const counts = { kept: 0, moved: 0 };
  for (const line of completeLines(path)) {
    const stays = decodeLine(line, path).step <= step;
    const ranges = stays ? stay : go;
    const last = ranges.at(-1);
    if (last?.[1] === line.start) last[1] = line.end;
    else ranges.push([line.start, line.end]);
    counts[stays ? "kept" : "moved"]++;
  }
  if (counts.moved > 0) {
    const superseded = supersededPath(path);
    try {
      const fd = diskFileSystem.open(superseded, "a");
      try {
        for (const bytes of readRanges(path, go)) writeAll(diskFileSystem, fd, bytes);
        diskFileSystem.sync(fd);
      } finally {
        diskFileSystem.close(fd);
      }
    } catch (error) {
      throw ioError("write", superseded, error);
    }
    writeFileAtomic(path, readRanges(path, stay));
  }
  return counts;
}

/** Where {@link truncateAfter} keeps what it takes out of a log. */
export function supersededPath(path: string): string {
  return path.replace(/(\.jsonl)?$/, ".superseded.jsonl");
}

/**
 * Yields the events of a log from its beginning and then as they are appended, within about 100 ms, until `signal` aborts
 * or the loop is left. The file may not exist yet. When a resuming run cuts the log back, only what is new is yielded: a
 * `resume` event, after which everything seen of later steps no longer counts.
 *
 * @throws DataError when the file cannot be read, or naming the number of a line that is not a valid event.
 */
export async function* followEvents(path: string, signal?: AbortSignal): AsyncGenerator<RunEvent, void> {
  const changes = watchChanges(dirname(path), signal);
  /** Hashes of the lines yielded, to tell old from new when the file was replaced. */
  const seen: number[] = [];
  let inode = -1;
  let offset = 0;
  let index = 0;
  try {
    while (signal?.aborted !== true) {
      const { bytes, inode: now, size } = await readFrom(path, inode, offset);
      if (now !== inode || size < offset) {
        if (inode !== -1 && offset > 0) {
          [inode, offset, index] = [now, 0, 0];
          continue;
        }
        inode = now;
      }
      const lines = splitLines(bytes);
      for (const line of lines) {
        const hash = hashBytes(line.bytes);
        const old = seen[index] === hash;
        if (!old) {
          seen.length = index;
          seen.push(hash);
        }
        index++;
        offset += line.end - line.start;
        if (!old) yield decodeLine({ ...line, number: index }, path);
        if (signal?.aborted) return;
      }
      if (lines.length === 0) await changes.wait();
    }
  } finally {
    changes.close();
  }
}

function takeBack(fs: FileSystem, fd: number, size: number): void {
  try {
    fs.truncate(fd, size);
  } catch {
    // the torn line stays; readers pass over it and the next open cuts it off
  }
}

function decodeLine(line: Line, path: string): RunEvent {
  return decodeEvent(Buffer.from(line.bytes).toString("utf8"), `${path} line ${line.number}`);
}

function tryDecode(line: Line): RunEvent[] {
  try {
    return [decodeLine(line, "")];
  } catch {
    return [];
  }
}

function splitLines(bytes: Uint8Array): Line[] {
  const lines: Line[] = [];
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
    lines.push({ bytes: bytes.subarray(start, end), start, end: end + 1, number: lines.length + 1 });
    start = end + 1;
  }
  return lines;
}

function* completeLines(path: string, block = BLOCK): Generator<Line, void> {
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

function* readRanges(path: string, ranges: readonly (readonly [start: number, end: number])[]): Generator<Uint8Array> {
  const fd = openSync(path, "r");
  try {
    for (const [start, end] of ranges) {
      for (let at = start; at < end; ) {
        const bytes = new Uint8Array(Math.min(BLOCK, end - at));
        const got = readSync(fd, bytes, 0, bytes.length, at);
        if (got === 0) return;
        yield bytes.subarray(0, got);
        at += got;
      }
    }
  } finally {
    closeSync(fd);
  }
}

/** Reads what a file has after `offset` (all of it when it is another file than `inode`'s); a missing file is empty. */
async function readFrom(
  path: string,
  inode: number,
  offset: number,
): Promise<{ bytes: Uint8Array; inode: number; size: number }> {
  try {
    const file = await open(path, "r");
    try {
      const stat = await file.stat();
      if (stat.size <= offset || (inode !== -1 && stat.ino !== inode)) {
        return { bytes: new Uint8Array(0), inode: stat.ino, size: stat.size };
      }
      const bytes = new Uint8Array(Math.min(stat.size - offset, MAX_READ));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, offset);
      return { bytes: bytes.subarray(0, bytesRead), inode: stat.ino, size: stat.size };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (ioCode(error) === "ENOENT") return { bytes: new Uint8Array(0), inode, size: offset };
    throw ioError("read", path, error);
  }
}

/** Waits for a directory to change, for at most {@link POLL_MS}; watching is a hint and may not work everywhere. */
function watchChanges(dir: string, signal: AbortSignal | undefined): { wait(): Promise<void>; close(): void } {
  let wake = (): void => {};
  const onChange = (): void => wake();
  const watcher = (() => {
    try {
      return watch(dir, { persistent: false }, onChange).on("error", () => {});
    } catch {
      return undefined;
    }
  })();
  signal?.addEventListener("abort", onChange);
  return {
    wait: () =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, POLL_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
        if (signal?.aborted) wake();
      }),
    close() {
      watcher?.close();
      signal?.removeEventListener("abort", onChange);
    },
  };
}

/** FNV-1a, 32 bits. */
function hashBytes(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
