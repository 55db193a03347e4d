/** @file Files of records, one line of JSON each: results that are added to, and survive a kill in the middle of a line. */

import { appendFileSync, existsSync, readFileSync, truncateSync } from "node:fs";
import { dirname } from "node:path";
import { ioCode, ioError, makeDirectories } from "../run/store/atomic-file.ts";
import { DataError } from "../util/errors.ts";

const NEWLINE = 0x0a;

/** Appends a record, making the folder where it is missing; a torn last line is cut off first. @throws DataError when it cannot be written. */
export function appendLine(path: string, record: object): void {
  try {
    makeDirectories(dirname(path));
    const bytes = existsSync(path) ? readFileSync(path) : undefined;
    const whole = (bytes?.lastIndexOf(NEWLINE) ?? -1) + 1;
    if (bytes !== undefined && whole < bytes.length) truncateSync(path, whole);
    appendFileSync(path, `${JSON.stringify(record)}\n`);
  } catch (error) {
    throw ioError("write", path, error);
  }
}

/**
 * The records of a file in order; none when it does not exist. A torn last line, of a process that was killed, is left out.
 *
 * @param what What a line should be, for the error: "result of a benchmark".
 * @throws DataError when it cannot be read, or another line is no such record.
 */
export function readLines<T>(path: string, what: string, isRecord: (value: unknown) => value is T): T[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (ioCode(error) === "ENOENT") return [];
    throw ioError("read", path, error);
  }
  // What stands behind the last line break is torn, or empty.
  const lines = text.split("\n").slice(0, -1);
  return lines.flatMap((line, i) =>
    line.trim() === "" ? [] : [parse(line, `${path}, line ${i + 1}`, what, isRecord)],
  );
}

function parse<T>(line: string, where: string, what: string, isRecord: (value: unknown) => value is T): T {
  try {
    const value: unknown = JSON.parse(line);
    if (isRecord(value)) return value;
  } catch {
    // reported below
  }
  throw new DataError(`${where}: this is no ${what}`, { help: "remove the line, or name another file" });
}
