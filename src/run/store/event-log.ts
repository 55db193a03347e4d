/** @file The log of a run, events.jsonl: appended line by line, read while it grows, cut back when a run resumes. */

import { closeSync, existsSync, fstatSync, openSync, readSync, watch } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { diskFileSystem, type FileSystem, ioCode, ioError } from "./atomic-file.ts";
import { decodeEvent, encodeEvent, stampEvent } from "./event-codec.ts";
import type { RunEvent, RunEventInput, RunEventOf } from "./events.ts";
import { completeLines, cutLines, type Line, lineText, openLines, splitLines } from "./json-lines.ts";

const BLOCK = 1024 * 1024;
const POLL_MS = 100;
/** A follower reads at most this much at once; no line is as long. */
const MAX_READ = 16 * BLOCK;

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
  const lines = openLines(path, fs);
  return {
    append(input) {
      const event = stampEvent(input);
      lines.append(encodeEvent(event));
      return event;
    },
    sync: lines.sync,
    close: lines.close,
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

/** A log's first line says how the run began, and is not longer than this. */
const FIRST_LINE = 65_536;

/** The first event of a log, or null when it has none that is valid. */
export function readFirst(path: string): RunEvent | null {
  if (!existsSync(path)) return null;
  let fd: number | undefined;
  try {
    fd = openSync(path, "r");
    const block = new Uint8Array(FIRST_LINE);
    const [line] = splitLines(block.subarray(0, readSync(fd, block, 0, block.length, null)));
    return line === undefined ? null : (tryDecode(line)[0] ?? null);
  } catch (error) {
    throw ioError("read", path, error);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** What may follow a checkpoint at its own step: how the process was doing, which stays when a run goes on from there. */
const ABOUT_THE_PROCESS: readonly RunEvent["type"][] = ["status", "resume", "note"];

/** A log in short, an entry for each line: enough to find where to cut it. */
export interface LogIndex {
  readonly lines: readonly {
    readonly type: RunEvent["type"];
    readonly step: number;
    /** Path of a checkpoint. */
    readonly path?: string;
    /** Remedies in the lines before this one. */
    readonly remedies: number;
  }[];
  /** In order. */
  readonly remedies: readonly RunEventOf<"remedy">[];
}

/** Reads a log in short. A missing one is empty. @throws DataError naming the number of a line that is not a valid event. */
export function indexLog(path: string): LogIndex {
  const lines: LogIndex["lines"][number][] = [];
  const remedies: RunEventOf<"remedy">[] = [];
  for (const event of existsSync(path) ? readEvents(path) : []) {
    const { type, step } = event;
    lines.push({ type, step, ...(type === "checkpoint" && { path: event.path }), remedies: remedies.length });
    if (type === "remedy") remedies.push(event);
  }
  return { lines, remedies };
}

/** The number of lines up to line `last` (counted from 0), with those behind it that are about the process at `step`. */
function withProcess({ lines }: LogIndex, last: number, step: number): number {
  let end = last + 1;
  while (lines[end]?.step === step && ABOUT_THE_PROCESS.includes(lines[end]!.type)) end++;
  return end;
}

/**
 * How many lines of a log stay when the run goes on from a checkpoint: those up to the last that names it under so many
 * remedies. What is behind will be written again. Steps alone do not tell, because after a remedy they begin again lower.
 *
 * @param path As in the checkpoint's event.
 */
export function linesUntilCheckpoint(index: LogIndex, path: string, step: number, remedies: number): number {
  const named = index.lines.findLastIndex((line) => line.path === path && line.remedies === remedies);
  // The event is on the disk before the checkpoint is; a log that was tampered with is cut by its steps.
  const isUntil = (line: LogIndex["lines"][number]) => line.remedies <= remedies && line.step <= step;
  const last = named === -1 ? index.lines.findLastIndex(isUntil) : named;
  return withProcess(index, last, step);
}

/** How many lines of a log stay when its last remedy is to be carried out: those up to it. */
export function linesUntilRemedy(index: LogIndex, backTo: number): number {
  return withProcess(
    index,
    index.lines.findLastIndex(({ type }) => type === "remedy"),
    backTo,
  );
}

/** Keeps the first `keep` events of a log; see {@link cutLines}. @throws DataError when a file cannot be written. */
export const keepEvents = (path: string, keep: number): { kept: number; moved: number } => cutLines(path, keep);

/**
 * Yields the events of a log from its beginning and then as they are appended, within about 100 ms, until `signal` aborts
 * or the loop is left. The file may not exist yet. When a resuming run cuts the log back, only what is new is yielded: a
 * `resume` event, after which everything seen of later steps no longer counts. The same is true of a `remedy` event, which
 * says the step itself; `standing` tells what still counts.
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

function decodeLine(line: Line, path: string): RunEvent {
  return decodeEvent(lineText(line), `${path} line ${line.number}`);
}

function tryDecode(line: Line): RunEvent[] {
  try {
    return [decodeLine(line, "")];
  } catch {
    return [];
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
