/** @file `gantry runs ls`. */

import type { Command } from "commander";
import type { CommandContext } from "../context.ts";
import { jsonFlag } from "../flags.ts";
import { integer, kimg, short, table } from "../format.ts";

interface ListFlags {
  readonly out: string;
  readonly json?: boolean;
}

export function define(command: Command, context: CommandContext): void {
  jsonFlag(command.option("--out <dir>", "folder of the runs", "runs")).action((flags: ListFlags) =>
    run(flags, context),
  );
}

async function run({ out, json }: ListFlags, { terminal }: CommandContext): Promise<void> {
  const { listRuns } = await import("../../run/store/run-dir.ts");
  const runs = listRuns(out);
  if (json) {
    terminal.json({ v: 1, runs });
    return;
  }
  if (runs.length === 0) {
    terminal.say(`there are no runs in ${out}; \`gantry train\` makes one`);
    return;
  }
  const rows = runs.map((row) => [
    row.name,
    row.status,
    integer(row.step),
    kimg(row.images),
    short(row.lastScalars?.["loss/generator"]),
    short(row.lastScalars?.["loss/discriminator"]),
    row.started?.slice(0, 16).replace("T", " ") ?? "-",
  ]);
  for (const line of table(["run", "status", "step", "images", "loss G", "loss D", "started (UTC)"], rows)) {
    terminal.result(line);
  }
}
