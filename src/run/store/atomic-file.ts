/** @file Files that are either the old one or the whole new one: written beside, flushed to disk, then renamed into place. */

import * as nodeFs from "node:fs";
import { basename, dirname, join } from "node:path";
import { DataError, GantryError, invariant } from "../../util/errors.ts";

/** The few operations files are written with; a test replaces them to play a full disk. All are synchronous and throw. */
export interface FileSystem {
  /** Opens a file and returns its descriptor: `wx` new for writing, `a` for appending, `r` for reading. */
  open(path: string, flags: "wx" | "a" | "r"): number;
  /** Writes some of `bytes` and returns how many were taken, as write(2) does. */
  write(fd: number, bytes: Uint8Array): number;
  /** Flushes a file, or a directory's entries, to the disk. */
  sync(fd: number): void;
  /** Cuts a file to `length` bytes. */
  truncate(fd: number, length: number): void;
  close(fd: number): void;
  rename(from: string, to: string): void;
  remove(path: string): void;
}

/** The real file system. */
export const diskFileSystem: FileSystem = {
  open: (path, flags) => nodeFs.openSync(path, flags),
  write: (fd, bytes) => nodeFs.writeSync(fd, bytes),
  sync: (fd) => nodeFs.fsyncSync(fd),
  truncate: (fd, length) => nodeFs.ftruncateSync(fd, length),
  close: (fd) => nodeFs.closeSync(fd),
  rename: (from, to) => nodeFs.renameSync(from, to),
  remove: (path) => nodeFs.rmSync(path, { force: true }),
};

/** write(2) takes at most 2 GiB at a time, and smaller pieces are no slower. */
const MAX_WRITE = 64 * 1024 * 1024;

const REASONS: Readonly<Record<string, readonly [reason: string, help: string]>> = {
  ENOSPC: ["the disk is full", "Free some space or choose another place with --out, then resume."],
  EDQUOT: ["the disk quota is used up", "Free some space or choose another place with --out, then resume."],
  EFBIG: ["the file would be larger than the file system allows", "Choose another file system with --out."],
  EACCES: ["permission denied", "Make it accessible to this user, or choose another place."],
  EPERM: ["permission denied", "Make it accessible to this user, or choose another place."],
  EROFS: ["the file system is read-only", "Choose a place that can be written."],
  ENOENT: ["no such file or directory", "Check the path."],
  ENOTDIR: ["a part of the path is a file, not a directory", "Check the path."],
  EISDIR: ["it is a directory", "Name a file, or remove the directory."],
  ENAMETOOLONG: ["the name is too long", "Choose a shorter name."],
  EMFILE: ["this process has too many open files", "Raise the limit of open files (ulimit -n)."],
  ENFILE: ["the machine has too many open files", "Close other programs, then try again."],
  EBUSY: ["it is in use", "Close the program that uses it, then try again."],
  EIO: ["the disk reported an input/output error", "Check the disk; choose another place until then."],
};

/** File systems that cannot flush a directory say so with one of these; the rename is then as durable as it gets. */
const NO_DIRECTORY_SYNC: readonly (string | undefined)[] = ["EINVAL", "EPERM", "EACCES", "EISDIR", "ENOTSUP", "EBADF"];

/** The system's code of a failed file operation, such as `ENOSPC`; undefined for other errors. */
export function ioCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/**
 * Turns a failed file operation into an error a user can act on: `cannot write PATH: the disk is full`.
 * An error that is already for the user, or is no file error at all, comes back as it is.
 *
 * @param verb What was tried, such as `write`.
 */
export function ioError(verb: string, path: string, error: unknown): unknown {
  const code = ioCode(error);
  if (error instanceof GantryError || code === undefined) return error;
  const [reason, help] = REASONS[code] ?? [`the system says ${code}`, "Check the path and the disk."];
  return new DataError(`cannot ${verb} ${path}: ${reason}`, { help, cause: error });
}

/** Writes all of `bytes` to an open file, however many pieces the system takes it in. */
export function writeAll(fs: FileSystem, fd: number, bytes: Uint8Array): void {
  for (let offset = 0; offset < bytes.length; ) {
    const taken = fs.write(fd, bytes.subarray(offset, offset + MAX_WRITE));
    invariant(taken > 0, "the file system took no bytes and gave no error");
    offset += taken;
  }
}

/**
 * Replaces `path` by a file of the given chunks, so that a crash at any moment leaves the old file or the new one.
 * The chunks are written to a temporary name in the same directory, flushed, renamed, and the directory is flushed.
 * On failure the temporary file is removed and the old file is untouched.
 *
 * @param chunks The content; text is written as UTF-8. May be a generator: what it throws ends the write the same way.
 * @throws DataError naming the file and the reason.
 */
export function writeFileAtomic(path: string, chunks: Iterable<Uint8Array | string>, fs = diskFileSystem): void {
  const temporary = temporaryPath(path);
  let fd: number | undefined;
  try {
    fd = fs.open(temporary, "wx");
    for (const chunk of chunks) writeAll(fs, fd, typeof chunk === "string" ? Buffer.from(chunk, "utf8") : chunk);
    fs.sync(fd);
    const finished = fd;
    fd = undefined;
    fs.close(finished);
    fs.rename(temporary, path);
  } catch (error) {
    if (fd !== undefined) attempt(() => fs.close(fd as number));
    attempt(() => fs.remove(temporary));
    throw ioError("write", path, error);
  }
  syncDirectory(dirname(path), fs);
}

/** A name beside `path` that no other write uses, and that {@link removeLeftovers} knows. */
export function temporaryPath(path: string): string {
  const unique = `${process.pid}-${Math.random().toString(36).slice(2, 10)}`;
  return join(dirname(path), `.${basename(path)}.${unique}.tmp`);
}

/**
 * Removes temporary files that a killed process left in `dir`; those of processes that still live stay.
 *
 * @returns The names removed. A directory that cannot be read has none.
 */
export function removeLeftovers(dir: string): string[] {
  const removed: string[] = [];
  attempt(() => {
    for (const name of nodeFs.readdirSync(dir)) {
      const owner = /^\..+\.(\d+)-[0-9a-z]+\.tmp$/.exec(name)?.[1];
      if (owner === undefined || processExists(Number(owner))) continue;
      nodeFs.rmSync(join(dir, name), { force: true });
      removed.push(name);
    }
  });
  return removed;
}

/** Whether a process of this number exists on this machine, ours or another user's. */
export function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return ioCode(error) === "EPERM";
  }
}

/** Flushes the entries of a directory, so that a new file in it outlives a power cut. */
export function syncDirectory(dir: string, fs: FileSystem = diskFileSystem): void {
  let fd: number | undefined;
  try {
    fd = fs.open(dir, "r");
    fs.sync(fd);
  } catch (error) {
    if (!NO_DIRECTORY_SYNC.includes(ioCode(error))) throw ioError("flush", dir, error);
  } finally {
    if (fd !== undefined) fs.close(fd);
  }
}

/** Cleaning up after a failure must not hide the failure. */
function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // the first error is the one to report
  }
}

/**
 * Makes a directory and those above it. (Node's own recursive mkdir does not end where a file system answers that a parent
 * which exists is missing, as /proc does.)
 */
export function makeDirectories(path: string): void {
  try {
    nodeFs.mkdirSync(path);
  } catch (error) {
    const code = ioCode(error);
    if (code === "EEXIST" && nodeFs.statSync(path).isDirectory()) return;
    if (code !== "ENOENT" || dirname(path) === path) throw error;
    makeDirectories(dirname(path));
    nodeFs.mkdirSync(path);
  }
}
