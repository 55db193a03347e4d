/** @file Running the zoo, or what is missing of it: recorded runs are not run again. */

import { join } from "node:path";
import type { RawConfig } from "../../config/layers.ts";
import { causeName, type ZooCase } from "./cases.ts";
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
}

/** The file of the records in `out`. */
export const zooResults = (out: string): string => join(out, "results.jsonl");

const keyOf = ({ program, cause, seed, fingerprint }: Pick<ZooRecord, "program" | "cause" | "seed" | "fingerprint">) =>
  [program, cause, seed, fingerprint].join("\n");

/** Runs cases one after another, seed by seed. Those that a signal stopped are left out. @throws GantryError when one cannot be run at all. */
export async function runZoo({ cases, seeds, out, over, signal, onRecord, onProgress }: ZooJob): Promise<ZooRecord[]> {
  const known = new Map(readZooRecords(zooResults(out)).map((record) => [keyOf(record), record]));
  const records: ZooRecord[] = [];
  for (const seed of seeds) {
    for (const one of cases) {
      if (signal?.aborted) return records;
      const label = `${one.program.name} ${causeName(one)} ${seed}`;
      const options = {
        out,
        ...(over && { over }),
        ...(signal && { signal }),
        onProgress: (share: number) => onProgress?.(label, share),
      };
      const fingerprint = caseFingerprint(one, await settleCase(one, seed, options));
      const before = known.get(keyOf({ program: one.program.name, cause: causeName(one), seed, fingerprint }));
      const record = before ?? (await runCase(one, seed, options));
      if (record === null) return records;
      if (before === undefined) appendZooRecord(zooResults(out), record);
      records.push(record);
      onRecord?.(record, before !== undefined);
    }
  }
  return records;
}
