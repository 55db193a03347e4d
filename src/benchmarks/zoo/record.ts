/** @file What is kept of a run of the zoo: a line of JSON, with what the oracle saw and the way to its events. */

import type { FailureCode } from "../../health/codes.ts";
import type { Half } from "../../health/zoo/program.ts";
import { zooPrograms } from "../../health/zoo/programs.ts";
import { DataError } from "../../util/errors.ts";
import { appendLine, readLines } from "../record-file.ts";
import { judgeTruth, type Seen, type Truth } from "./truth.ts";

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
  readonly seen: Seen;
  /** Steps done, and those that were planned. */
  readonly steps: number;
  readonly planned: number;
  /** Wall time of the training, and of the oracle. */
  readonly seconds: number;
  readonly oracleSeconds: number;
  /** Path of the event log, below the folder of the records, with forward slashes. */
  readonly events: string;
}

/** Appends a record; a torn last line is cut off first. @throws DataError when it cannot be written. */
export const appendZooRecord: (path: string, record: ZooRecord) => void = appendLine;

const isRecord = (value: unknown): value is ZooRecord => {
  if (typeof value !== "object" || value === null) return false;
  const fields = value as Record<string, unknown>;
  return (
    fields.v === 1 &&
    ["program", "half", "cause", "fingerprint", "events"].every((key) => typeof fields[key] === "string") &&
    typeof fields.seed === "number" &&
    typeof fields.seen === "object" &&
    fields.seen !== null
  );
};

/**
 * The records of a file in order, see {@link readLines}.
 * @throws DataError when it cannot be read, or a line is no record.
 */
export const readZooRecords = (path: string): ZooRecord[] => readLines(path, "record of the zoo", isRecord);

/**
 * What became of a recorded run, by the definitions of today.
 * @throws DataError when it is of a program that there is not.
 */
export function truthOf({ program, seen }: Pick<ZooRecord, "program" | "seen">): Truth {
  const known = zooPrograms.find(({ name }) => name === program);
  if (known === undefined) throw new DataError(`the zoo has no program "${program}", of which a run is recorded`);
  return judgeTruth(seen, known.floor);
}
