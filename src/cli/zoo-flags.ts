/** @file The flags that say which cases of the zoo are meant. */

import type { Command } from "commander";
import type { CaseFilter } from "../benchmarks/zoo/cases.ts";
import type { Skipped } from "../benchmarks/zoo/missing-data.ts";
import type { ZooRecord } from "../benchmarks/zoo/record.ts";
import type { Truth } from "../benchmarks/zoo/truth.ts";
import type { RawConfig } from "../config/layers.ts";
import type { Terminal } from "./terminal.ts";

/** As Commander gives them. */
export interface CaseFlags {
  readonly program?: string;
  readonly cause?: string;
}

/** Adds `--program` and `--cause`. */
export const addCaseFlags = (command: Command): Command =>
  command
    .option("--program <names>", "programs, such as ring-non-saturating,mnist-non-saturating (default: all)")
    .option("--cause <names>", "causes, such as few-reals, or none for programs as they are (default: all)");

const namesIn = (flag: string | undefined): readonly string[] | undefined =>
  flag?.split(",").filter((name) => name !== "");

/** The cases that the flags name. */
export const filterOf = ({ program, cause }: CaseFlags): CaseFilter => ({
  programs: namesIn(program),
  causes: namesIn(cause),
});

/** One run, as it is told. */
export function zooLine(record: ZooRecord, { outcome, found, onset }: Truth, reused: boolean): string {
  const { program, cause, seed, seconds } = record;
  const codes = found.map(({ code }) => code).join(", ");
  const since = onset === null ? "" : ` from step ${onset}`;
  const took = reused ? "recorded" : `${Math.round(seconds)} s`;
  return `${program}, ${cause}, seed ${seed}: ${outcome}${since}${codes === "" ? "" : ` (${codes})`}; ${took}`;
}

/** A program that is left out, as it is told. */
export const skippedLine = ({ program, why, help }: Skipped): string =>
  `skipped ${program}: ${why}${help === undefined ? "" : `\n  help: ${help}`}`;

/** What to run, and where. */
interface Asked extends CaseFlags {
  readonly seed: readonly number[];
  readonly out: string;
}

/**
 * Runs what is missing of the cases that the flags name, telling of each, and then `after` on all records, until a signal comes.
 * Programs whose data are not there are left out, and are told and named in the answer.
 *
 * @param over Laid over every config.
 */
export async function runCases<T>(
  { seed: seeds, out, ...flags }: Asked,
  over: RawConfig,
  terminal: Terminal,
  after: (records: readonly ZooRecord[], signal: AbortSignal) => T | Promise<T>,
) {
  const { findCases } = await import("../benchmarks/zoo/cases.ts");
  const { truthOf } = await import("../benchmarks/zoo/record.ts");
  const { runZoo } = await import("../benchmarks/zoo/run-zoo.ts");
  const { abortingOnSignals } = await import("./signals.ts");
  const cases = findCases(filterOf(flags));
  const skipped: Skipped[] = [];
  const ended = await abortingOnSignals(
    async (signal) => {
      const records = await runZoo({
        ...{ cases, seeds, out, over, signal },
        onRecord: (record, reused) => terminal.say(zooLine(record, truthOf(record), reused)),
        onSkip: (one) => {
          skipped.push(one);
          terminal.say(skippedLine(one));
        },
        onProgress: (label, share) =>
          terminal.status(`${label}: ${Math.round(100 * share)} %`.slice(0, terminal.columns - 1)),
      });
      terminal.status("");
      return after(records, signal);
    },
    () => terminal.say("stopping after this step, writing a checkpoint; once more to stop now"),
  );
  return { ...ended, skipped };
}
