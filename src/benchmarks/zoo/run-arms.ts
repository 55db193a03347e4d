/** @file Running the arms of failing runs, or what is missing of them. */

import { join } from "node:path";
import { appendLine, readLines } from "../record-file.ts";
import { causeName, type ZooCase } from "./cases.ts";
import type { ZooRecord } from "./record.ts";
import { ARMS, type Arm, type ArmRecord, runArm } from "./remedy-arms.ts";
import { ORACLE_VERSION } from "./truth.ts";

/** What to run. */
export interface ArmsJob {
  readonly cases: readonly ZooCase[];
  /** The runs about which nothing was done. Those that the oracle does not call failing are passed over. */
  readonly records: readonly ZooRecord[];
  readonly arms?: readonly Arm[];
  readonly out: string;
  readonly signal?: AbortSignal;
  readonly onRecord?: (record: ArmRecord, reused: boolean) => void;
}

const armsFile = (out: string): string => join(out, "arms.jsonl");

const keyOf = ({ program, cause, seed, arm }: Pick<ArmRecord, "program" | "cause" | "seed" | "arm">): string =>
  [program, cause, seed, arm].join("\n");

const isArm = (value: unknown): value is ArmRecord => {
  const record = value as Partial<ArmRecord> | null;
  return record?.v === 1 && Boolean(record.truth && record.remedies && record.arm);
};

/**
 * The records of a folder that the present oracle made, see {@link readLines}.
 * @throws DataError naming a line that is no record.
 */
export const readArms = (out: string): ArmRecord[] =>
  readLines(armsFile(out), "record of an arm", isArm).filter(({ oracle }) => oracle === ORACLE_VERSION);

/** Runs every arm of every failing run. @throws GantryError when one cannot be run at all. */
export async function runArms(job: ArmsJob): Promise<ArmRecord[]> {
  const { cases, records, arms = ARMS, out, signal, onRecord } = job;
  const known = new Map(readArms(out).map((record) => [keyOf(record), record]));
  const found: ArmRecord[] = [];
  for (const { program, cause, seed, truth } of records) {
    const one = cases.find((each) => each.program.name === program && causeName(each) === cause);
    if (one === undefined || truth.outcome !== "failing") continue;
    for (const arm of arms) {
      if (signal?.aborted) return found;
      const before = known.get(keyOf({ program, cause, seed, arm }));
      const failure = truth.found[0]?.code ?? null;
      const record = before ?? (await runArm(one, seed, arm, failure, { out, ...(signal && { signal }) }));
      if (record === null) return found;
      if (before === undefined) appendLine(armsFile(out), record);
      found.push(record);
      onRecord?.(record, before !== undefined);
    }
  }
  return found;
}
