/** @file `gantry zoo run`. */

import type { Command } from "commander";
import type { CommandContext } from "../context.ts";
import { collect, jsonFlag, seedList } from "../flags.ts";
import type { Terminal } from "../terminal.ts";
import { addCaseFlags, type CaseFlags, runCases } from "../zoo-flags.ts";

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

async function run(flags: RunFlags, terminal: Terminal): Promise<void> {
  const { zooResults } = await import("../../benchmarks/zoo/run-zoo.ts");
  const { setKey } = await import("../../config/layers.ts");
  const { SIGNALS } = await import("../signals.ts");
  const { out, set = [], json } = flags;
  const { result: records, signal, skipped } = await runCases(flags, set.reduce(setKey, {}), terminal, (all) => all);
  if (json) terminal.json({ v: 1, records, skipped, results: zooResults(out), interrupted: signal !== undefined });
  else terminal.result(`${records.length} ${records.length === 1 ? "run" : "runs"}, recorded in ${zooResults(out)}`);
  if (signal !== undefined) process.exitCode = SIGNALS[signal];
}
