/** @file What is kept of a run of the zoo: a line of JSON, with the oracle's judgement and the way to its events. */

import { appendFileSync, existsSync, readFileSync, truncateSync } from "node:fs";
import { dirname } from "node:path";
import type { FailureCode } from "../../health/codes.ts";
import type { Half } from "../../health/zoo/program.ts";
import { ioCode, ioError, makeDirectories } from "../../run/store/atomic-file.ts";
import { DataError } from "../../util/errors.ts";
import type { Observation } from "./observation.ts";
import type { TrainingReals } from "./oracle.ts";
import type { Truth } from "./truth.ts";

/** One run. */
export interface ZooRecord {
  readonly v: 1;
  readonly program: string;
  readonly half: Half;
  /** `none` where nothing was changed. */
  readonly cause: string;
  /** What the cause is there to plant; null for controls and unchanged programs. */
  readonly plants: FailureCode | null;
  readonly seed: number;
  /** Of the config and its length: a record of another config is not this run. */
  readonly fingerprint: string;
  readonly truth: Truth;
  readonly observations: readonly Observation[];
  readonly reals: TrainingReals;
  /** Steps done, and those that were planned. */
  readonly steps: number;
  readonly planned: number;
  /** Wall time of the training, and of the oracle. */
  readonly seconds: number;
  readonly oracleSeconds: number;
  /** Path of the event log, below the folder of the records, with forward slashes. */
  readonly events: string;
}

const NEWLINE = 0x0a;

/** Appends a record; a torn last line is cut off first. @throws DataError when it cannot be written. */
export function appendZooRecord(path: string, record: ZooRecord): void {
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

const isRecord = (value: unknown): value is ZooRecord => {
  if (typeof value !== "object" || value === null) return false;
  const fields = value as Record<string, unknown>;
  return (
    fields.v === 1 &&
    ["program", "half", "cause", "fingerprint", "events"].every((key) => typeof fields[key] === "string") &&
    typeof fields.seed === "number" &&
    typeof fields.truth === "object" &&
    fields.truth !== null &&
    Array.isArray(fields.observations)
  );
};

/**
 * The records of a file in order; none where there is no file. A torn last line is left out.
 * @throws DataError when it cannot be read, or another line is no record.
 */
export function readZooRecords(path: string): ZooRecord[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (ioCode(error) === "ENOENT") return [];
    throw ioError("read", path, error);
  }
  return text
    .split("\n")
    .slice(0, -1)
    .flatMap((line, i) => (line.trim() === "" ? [] : [parse(line, path, i + 1)]));
}

function parse(line: string, path: string, number: number): ZooRecord {
  try {
    const value: unknown = JSON.parse(line);
    if (isRecord(value)) return value;
  } catch {
    // reported below
  }
  throw new DataError(`${path}, line ${number}: this is no record of the zoo`, {
    help: "remove the line, or name another folder",
  });
}
