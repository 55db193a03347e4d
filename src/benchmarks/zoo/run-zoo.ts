/** @file Running the zoo, or what is missing of it: recorded runs are not run again. */

import { join } from "node:path";
import type { RawConfig } from "../../config/layers.ts";
import type { DataError } from "../../util/errors.ts";
import { causeName, type ZooCase } from "./cases.ts";
import { askOnce, type Lack, type Skipped, telling } from "./missing-data.ts";
import { appendZooRecord, readZooRecords, type ZooRecord } from "./record.ts";
import { caseFingerprint, runCase, settleCase } from "./run-case.ts";

/** What to run. */
export interface ZooJob {
  readonly cases: readonly ZooCase[];
  readonly seeds: readonly number[];
  /** Folder of the runs and of `results.jsonl`. */
  readonly out: string;
  /** Laid over every config. */
  readonly over?: RawConfig;
  readonly signal?: AbortSignal;
  /** Told of each record, and whether it was there before. */
  readonly onRecord?: (record: ZooRecord, reused: boolean) => void;
  readonly onProgress?: (label: string, share: number) => void;
  /** Whether a program's data are there; the disk knows by default. */
  readonly lack?: Lack;
  /** Told, once, of each program that is left out because its data are not there. */
  readonly onSkip?: (skipped: Skipped) => void;
}

/** The file of the records in `out`. */
export const zooResults = (out: string): string => join(out, "results.jsonl");

const keyOf = ({ program, cause, seed, fingerprint }: Pick<ZooRecord, "program" | "cause" | "seed" | "fingerprint">) =>
  [program, cause, seed, fingerprint].join("\n");

/**
 * Runs cases one after another, seed by seed. Those that a signal stopped are left out, and so are those of programs whose
 * data are not there; what is recorded of these counts all the same.
 *
 * @throws DataError when no program has its data; GantryError when a case cannot be run at all.
 */
export async function runZoo(job: ZooJob): Promise<ZooRecord[]> {
  const { cases, seeds, out, over, signal, onRecord, onProgress } = job;
  const lack = telling(job.lack ?? askOnce(), job.onSkip);
  const known = new Map(readZooRecords(zooResults(out)).map((record) => [keyOf(record), record]));
  const records: ZooRecord[] = [];
  let lacking: DataError | null = null;
  const isSkipped = async ({ program }: ZooCase): Promise<boolean> => {
    const error = await lack(program);
    lacking ??= error;
    return error !== null;
  };
  for (const seed of seeds) {
    for (const one of cases) {
      if (signal?.aborted) return records;
      // Where data are planted, what was recorded cannot be told without them.
      const isPlanted = one.cause?.data !== undefined;
      if (isPlanted && (await isSkipped(one))) continue;
      const label = `${one.program.name} ${causeName(one)} ${seed}`;
      const options = {
        out,
        ...(over && { over }),
        ...(signal && { signal }),
        onProgress: (share: number) => onProgress?.(label, share),
      };
      const fingerprint = caseFingerprint(one, await settleCase(one, seed, options));
      const before = known.get(keyOf({ program: one.program.name, cause: causeName(one), seed, fingerprint }));
      if (before === undefined && !isPlanted && (await isSkipped(one))) continue;
      const record = before ?? (await runCase(one, seed, options));
      if (record === null) return records;
      if (before === undefined) appendZooRecord(zooResults(out), record);
      records.push(record);
      onRecord?.(record, before !== undefined);
    }
  }
  if (records.length === 0 && lacking !== null) throw lacking as DataError;
  return records;
}
