/** @file `gantry zoo list`. */

import type { Command } from "commander";
import type { CommandContext } from "../context.ts";
import { jsonFlag } from "../flags.ts";
import { integer, table } from "../format.ts";
import { addCaseFlags, type CaseFlags, filterOf } from "../zoo-flags.ts";

interface ListFlags extends CaseFlags {
  readonly json?: boolean;
}

export function define(command: Command, context: CommandContext): void {
  jsonFlag(addCaseFlags(command))
    .addHelpText(
      "after",
      `
Half: thresholds may be looked at on calibration; held-out is for testing them.
Plants: what the cause is there to bring about; "healthy" for a control.

Examples:
  gantry zoo list
  gantry zoo list --program ring-non-saturating`,
    )
    .action((flags: ListFlags) => list(flags, context));
}

async function list(flags: ListFlags, { terminal }: CommandContext): Promise<void> {
  const { caseConfig, causeName, findCases } = await import("../../benchmarks/zoo/cases.ts");
  const cases = findCases(filterOf(flags)).map((one) => ({
    program: one.program.name,
    half: one.program.half,
    kind: one.program.kind,
    cause: causeName(one),
    plants: one.cause?.plants ?? null,
    summary: one.cause?.summary ?? "the program as it is",
    steps: caseConfig(one, 0).steps,
  }));
  if (flags.json) {
    terminal.json({ v: 1, cases });
    return;
  }
  const rows = cases.map(({ program, half, cause, plants, steps, summary }) => [
    program,
    half,
    cause,
    plants ?? "healthy",
    integer(steps ?? 0),
    summary,
  ]);
  for (const line of table(["program", "half", "cause", "plants", "steps", "what"], rows)) terminal.result(line);
}
