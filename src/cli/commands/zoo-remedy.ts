/** @file `gantry zoo remedy`. */

import type { Command } from "commander";
import type { CommandContext } from "../context.ts";
import { jsonFlag, seedList } from "../flags.ts";
import type { Terminal } from "../terminal.ts";
import { addCaseFlags, type CaseFlags, filterOf, runCases, skippedLine } from "../zoo-flags.ts";

interface RemedyFlags extends CaseFlags {
  readonly seed: readonly number[];
  readonly out: string;
  readonly json?: boolean;
}

export function define(command: Command, context: CommandContext): void {
  jsonFlag(
    addCaseFlags(command)
      .option("--seed <seeds>", "seeds, such as 0, 0-2 or 1,5", seedList, [0, 1, 2, 3, 4])
      .option("--out <dir>", "folder of the runs, and of results.jsonl and arms.jsonl", "zoo-runs"),
  )
    .addHelpText(
      "after",
      `
Every run that fails by the oracle is trained again from the same weights and data, four times: as it is, but for longer;
going back with other random numbers only; with remedies drawn at random; and with those of the diagnosis. Each may make
twice the steps of the failing run in all, those that are taken back included. Prints how many were healthy at the end.
Runs whose data are at fault are left out: the oracle judges by the data as they should be.

Examples:
  gantry zoo remedy --program ring-non-saturating --seed 0`,
    )
    .action((flags: RemedyFlags) => run(flags, context.terminal));
}

async function run(flags: RemedyFlags, terminal: Terminal): Promise<void> {
  const { findCases } = await import("../../benchmarks/zoo/cases.ts");
  const { runArms } = await import("../../benchmarks/zoo/run-arms.ts");
  const { outcomeOf, remediesMarkdown, scoreArms, scoreRemedies } = await import(
    "../../benchmarks/zoo/remedy-score.ts"
  );
  const { SIGNALS } = await import("../signals.ts");
  const { out, json } = flags;
  const cases = findCases(filterOf(flags));
  const {
    result: records,
    signal,
    skipped,
  } = await runCases(flags, { threads: 1 }, terminal, (records, signal) =>
    runArms({
      ...{ cases, records, out, signal },
      onSkip: (one) => terminal.say(skippedLine(one)),
      onRecord: (record) => {
        const { program, cause, seed, arm, remedies } = record;
        const tried = remedies.map(({ name }) => name).join(", ") || "nothing";
        terminal.say(`${program}, ${cause}, seed ${seed}, ${arm}: ${outcomeOf(record).outcome} after ${tried}`);
      },
    }),
  );
  const arms = records.map(outcomeOf);
  if (json) {
    terminal.json({
      v: 1,
      arms: scoreArms(arms),
      remedies: scoreRemedies(arms),
      runs: arms,
      skipped,
      interrupted: signal !== undefined,
    });
  } else terminal.result(remediesMarkdown(arms));
  if (signal !== undefined) process.exitCode = SIGNALS[signal];
}
