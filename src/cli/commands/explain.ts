/** @file `gantry explain`. */

import type { Command } from "commander";
import type { CommandContext } from "../context.ts";
import { jsonFlag } from "../flags.ts";

interface ExplainFlags {
  readonly json?: boolean;
}

export function define(command: Command, context: CommandContext): void {
  command.argument("[code]", "the code of a failure, such as mode-collapse (default: lists all)");
  jsonFlag(command)
    .addHelpText(
      "after",
      `
Codes stand in the log of a run, in the findings of \`gantry train\`, and never change.

Examples:
  gantry explain
  gantry explain mode-collapse`,
    )
    .action((code: string | undefined, flags: ExplainFlags) => run(code, flags, context));
}

async function run(code: string | undefined, { json }: ExplainFlags, { terminal }: CommandContext): Promise<void> {
  const { entryJson, entryLines, entryOf, listLines } = await import("../describe-failure.ts");
  if (code !== undefined) {
    const entry = entryOf(code);
    if (json) terminal.json({ v: 1, ...entryJson(entry) });
    else for (const line of entryLines(entry)) terminal.result(line);
  } else if (json) {
    const { DIAGNOSES } = await import("../../health/diagnoses.ts");
    terminal.json({ v: 1, failures: DIAGNOSES.map(entryJson) });
  } else {
    for (const line of listLines()) terminal.result(line);
  }
}
