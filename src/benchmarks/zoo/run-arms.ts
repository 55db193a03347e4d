/** @file Running the arms of failing runs, or what is missing of them. */

import { join } from "node:path";
import { appendLine, readLines } from "../record-file.ts";
import { caseConfig, causeName, type ZooCase } from "./cases.ts";
import { askOnce, type Lack, type Skipped, telling } from "./missing-data.ts";
import { OBSERVER_VERSION } from "./observation.ts";
import { truthOf, type ZooRecord } from "./record.ts";
import { ARMS, type Arm, type ArmRecord, armFingerprint, EFFORT, runArm } from "./remedy-arms.ts";

/** What to run. */
export interface ArmsJob {
  readonly cases: readonly ZooCase[];
  /** The runs about which nothing was done. Those of which {@link canBeMended} says no are passed over. */
  readonly records: readonly ZooRecord[];
  readonly arms?: readonly Arm[];
  readonly out: string;
  readonly signal?: AbortSignal;
  readonly onRecord?: (record: ArmRecord, reused: boolean) => void;
  /** Whether a program's data are there; the disk knows by default. */
  readonly lack?: Lack;
  /** Told, once, of each program that is left out because the program's data are not there. */
  readonly onSkip?: (skipped: Skipped) => void;
}

const armsFile = (out: string): string => join(out, "arms.jsonl");

const keyOf = ({
  program,
  cause,
  seed,
  arm,
  of,
}: Pick<ArmRecord, "program" | "cause" | "seed" | "arm" | "of">): string => [program, cause, seed, arm, of].join("\n");

const isArm = (value: unknown): value is ArmRecord => {
  const record = value as Partial<ArmRecord> | null;
  return record?.v === 1 && Boolean(record.seen && record.remedies && record.arm);
};

/**
 * The records of a folder that the present oracle saw, of arms that were allowed as much as now, see {@link readLines}.
 * @throws DataError naming a line that is no record.
 */
export const readArms = (out: string): ArmRecord[] =>
  readLines(armsFile(out), "record of an arm", isArm).filter(
    ({ observer, effort }) => observer === OBSERVER_VERSION && effort === EFFORT,
  );

/**
 * Whether a run fails, and could be healthy with another game. The oracle judges by the data as they should be: what is learned from reals
 * of another size, or among noise, is never healthy.
 */
export function canBeMended(record: ZooRecord): boolean {
  const { outcome, found } = truthOf(record);
  return outcome === "failing" && !found.some(({ code }) => code === "data-fault");
}

/** Runs every arm of every failing run, but those of programs whose data are not there. @throws GantryError when one cannot be run at all. */
export async function runArms(job: ArmsJob): Promise<ArmRecord[]> {
  const { cases, records, arms = ARMS, out, signal, onRecord } = job;
  const lack = telling(job.lack ?? askOnce(), job.onSkip);
  const known = new Map(readArms(out).map((record) => [keyOf(record), record]));
  const found: ArmRecord[] = [];
  for (const record of records) {
    const { program, cause, seed } = record;
    const one = cases.find((each) => each.program.name === program && causeName(each) === cause);
    if (one === undefined || !canBeMended(record)) continue;
    for (const arm of arms) {
      if (signal?.aborted) return found;
      const of = armFingerprint(record, caseConfig(one, seed), arm);
      const before = known.get(keyOf({ program, cause, seed, arm, of }));
      if (before === undefined && (await lack(one.program)) !== null) continue;
      const after = before ?? (await runArm(one, seed, arm, { out, of, ...(signal && { signal }) }));
      if (after === null) return found;
      if (before === undefined) appendLine(armsFile(out), after);
      found.push(after);
      onRecord?.(after, before !== undefined);
    }
  }
  return found;
}
