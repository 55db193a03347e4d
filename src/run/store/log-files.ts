/** @file The files of another trainer's log, on disk. */

import { closeSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import type { LogFile } from "../../health/foreign/format.ts";
import { mayBeLog } from "../../health/foreign/formats.ts";
import { ConfigError, DataError } from "../../util/errors.ts";
import { ioCode, ioError } from "./atomic-file.ts";

const BLOCK = 1024 * 1024;
/** How far below the named folder files are looked for, and how many entries are looked at. */
const [DEEPEST, MOST_ENTRIES] = [5, 20_000];

/**
 * The file at `path`, or the files in that folder and those below it which may be logs by their names.
 *
 * @throws ConfigError when nothing is there; DataError when it cannot be read, or the folder holds too much.
 */
export function logFiles(path: string): LogFile[] {
  if (!isFolder(path)) return [fileAt(path, basename(path))];
  const found: LogFile[] = [];
  let seen = 0;
  const walk = (below: string, depth: number): void => {
    for (const entry of entriesOf(join(path, below))) {
      if (++seen > MOST_ENTRIES) {
        throw new DataError(`${path} holds more than ${MOST_ENTRIES} files`, {
          help: "name the log, or its own folder",
        });
      }
      const name = below === "" ? entry.name : `${below}/${entry.name}`;
      // A link is what it leads to; one that leads nowhere is nothing.
      const kind = entry.isSymbolicLink() ? statSync(join(path, name), { throwIfNoEntry: false }) : entry;
      if (kind?.isDirectory() && depth < DEEPEST) walk(name, depth + 1);
      else if (kind?.isFile() && mayBeLog(name)) found.push(fileAt(join(path, name), name));
    }
  };
  walk("", 0);
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    if (ioCode(error) === "ENOENT" || ioCode(error) === "ENOTDIR") {
      throw new ConfigError(`there is no file or folder ${path}`, {
        help: "name a run directory, an events.jsonl, or the log of another trainer",
      });
    }
    throw ioError("read", path, error);
  }
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    throw ioError("read", folder, error);
  }
}

const fileAt = (path: string, name: string): LogFile => ({ name, blocks: () => blocksOf(path) });

/** The bytes of a file, a block at a time. @throws DataError when it cannot be read. */
function* blocksOf(path: string): Generator<Uint8Array, void> {
  let fd: number | undefined;
  try {
    fd = openSync(path, "r");
    for (;;) {
      const block = new Uint8Array(BLOCK);
      const got = readSync(fd, block, 0, BLOCK, null);
      if (got === 0) return;
      yield block.subarray(0, got);
    }
  } catch (error) {
    throw ioError("read", path, error);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
