/** @file `gantry zoo detect`. */

import type { Command } from "commander";
import type { CommandContext } from "../context.ts";
import { collect, jsonFlag, seedList } from "../flags.ts";
import type { Terminal } from "../terminal.ts";
import { addCaseFlags, type CaseFlags, runCases } from "../zoo-flags.ts";

interface DetectFlags extends CaseFlags {
  readonly seed: readonly number[];
  readonly out: string;
  readonly set?: readonly string[];
  readonly json?: boolean;
}

export function define(command: Command, context: CommandContext): void {
  jsonFlag(
    addCaseFlags(command)
      .option("--seed <seeds>", "seeds, such as 0, 0-2 or 1,5", seedList, [0, 1, 2, 3, 4])
      .option("--out <dir>", "folder of the runs, and of results.jsonl", "zoo-runs")
      .option("--set <key=value>", "a key of every config; may be repeated", collect),
  )
    .addHelpText(
      "after",
      `
Runs what is not recorded yet, then compares what was said of each run with what the oracle knows, beside the rules
that people use today. Prints tables of Markdown.

Examples:
  gantry zoo detect --seed 0
  gantry zoo detect --program ring-non-saturating`,
    )
    .action((flags: DetectFlags) => run(flags, context.terminal));
}

async function run(flags: DetectFlags, terminal: Terminal): Promise<void> {
  const { judgeRuns, scoreRuns } = await import("../../benchmarks/zoo/detect.ts");
  const { detectionLine, detectionMarkdown } = await import("../../benchmarks/zoo/detect-report.ts");
  const { setKey } = await import("../../config/layers.ts");
  const { SIGNALS } = await import("../signals.ts");
  const { out, set = [], json } = flags;
  const { result: records, signal, skipped } = await runCases(flags, set.reduce(setKey, {}), terminal, (all) => all);
  const runs = judgeRuns(records, out);
  for (const run of runs) terminal.say(detectionLine(run));
  const detection = scoreRuns(runs);
  if (json) terminal.json({ v: 1, ...detection, runs, skipped, interrupted: signal !== undefined });
  else terminal.result(detectionMarkdown(detection));
  if (signal !== undefined) process.exitCode = SIGNALS[signal];
}
