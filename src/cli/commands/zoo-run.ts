/** @file `gantry zoo run`. */

import type { Command } from "commander";
import type { ZooRecord } from "../../benchmarks/zoo/record.ts";
import type { CommandContext } from "../context.ts";
import { collect, jsonFlag, seedList } from "../flags.ts";
import type { Terminal } from "../terminal.ts";
import { addCaseFlags, type CaseFlags, filterOf } from "../zoo-flags.ts";

interface RunFlags extends CaseFlags {
  readonly seed: readonly number[];
  readonly out: string;
  readonly set?: readonly string[];
  readonly json?: boolean;
}

export function define(command: Command, context: CommandContext): void {
  jsonFlag(
    addCaseFlags(command)
      .option("--seed <seeds>", "seeds, such as 0, 0-2 or 1,5", seedList, [0])
      .option("--out <dir>", "folder of the runs, and of results.jsonl", "zoo-runs")
      .option("--set <key=value>", "a key of every config, such as health.probes=off; may be repeated", collect),
  )
    .addHelpText(
      "after",
      `
A run that is recorded is not run again, and an interrupted one goes on where it was.

Examples:
  gantry zoo run --program five-hinge --seed 0-2
  gantry zoo run --cause few-reals`,
    )
    .action((flags: RunFlags) => run(flags, context.terminal));
}

/** One run, as it is told. */
export function zooLine({ program, cause, seed, truth, seconds }: ZooRecord, reused: boolean): string {
  const { outcome, found, onset } = truth;
  const codes = found.map(({ code }) => code).join(", ");
  const since = onset === null ? "" : ` from step ${onset}`;
  const took = reused ? "recorded" : `${Math.round(seconds)} s`;
  return `${program}, ${cause}, seed ${seed}: ${outcome}${since}${codes === "" ? "" : ` (${codes})`}; ${took}`;
}

async function run(flags: RunFlags, terminal: Terminal): Promise<void> {
  const { findCases } = await import("../../benchmarks/zoo/cases.ts");
  const { runZoo, zooResults } = await import("../../benchmarks/zoo/run-zoo.ts");
  const { setKey } = await import("../../config/layers.ts");
  const { abortingOnSignals, SIGNALS } = await import("../signals.ts");
  const { seed: seeds, out, set = [], json } = flags;
  const cases = findCases(filterOf(flags));
  const { result: records, signal } = await abortingOnSignals(
    (signal) =>
      runZoo({
        ...{ cases, seeds, out, signal },
        over: set.reduce(setKey, {}),
        onRecord: (record, reused) => terminal.say(zooLine(record, reused)),
        onProgress: (label, share) =>
          terminal.status(`${label}: ${Math.round(100 * share)} %`.slice(0, terminal.columns - 1)),
      }),
    () => terminal.say("stopping after this step, writing a checkpoint; once more to stop now"),
  );
  terminal.status("");
  if (json) terminal.json({ v: 1, records, results: zooResults(out), interrupted: signal !== undefined });
  else terminal.result(`${records.length} runs, recorded in ${zooResults(out)}`);
  if (signal !== undefined) process.exitCode = SIGNALS[signal];
}
