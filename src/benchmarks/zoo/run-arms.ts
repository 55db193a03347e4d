/** @file Running the arms of failing runs, or what is missing of them. */

import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ioError } from "../../run/store/atomic-file.ts";
import { DataError } from "../../util/errors.ts";
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

/**
 * The records of a folder that the present oracle made; a torn last line is left out.
 * @throws DataError naming a line that is no record.
 */
export function readArms(out: string): ArmRecord[] {
  const path = armsFile(out);
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
  return lines
    .map((line, i) => parse(line, `${path}, line ${i + 1}`))
    .filter(({ oracle }) => oracle === ORACLE_VERSION);
}

function parse(line: string, where: string): ArmRecord {
  try {
    const record = JSON.parse(line) as Partial<ArmRecord> | null;
    if (record?.v === 1 && record.truth && record.remedies && record.arm) return record as ArmRecord;
  } catch {
    // reported below
  }
  throw new DataError(`${where}: this is no record of an arm`, { help: "remove the line, or name another folder" });
}

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
      if (before === undefined) append(out, record);
      found.push(record);
      onRecord?.(record, before !== undefined);
    }
  }
  return found;
}

function append(out: string, record: ArmRecord): void {
  try {
    appendFileSync(armsFile(out), `${JSON.stringify(record)}\n`);
  } catch (error) {
    throw ioError("write", armsFile(out), error);
  }
}
