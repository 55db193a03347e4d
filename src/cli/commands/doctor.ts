/** @file `gantry doctor`. */

import type { Command } from "commander";
import { GantryError } from "../../util/errors.ts";
import type { CommandContext } from "../context.ts";
import { jsonFlag } from "../flags.ts";

interface DoctorFlags {
  readonly out: string;
  readonly json?: boolean;
}

export function define(command: Command, context: CommandContext): void {
  jsonFlag(command.option("--out <dir>", "folder of the runs", "runs")).action((flags: DoctorFlags) =>
    run(flags, context),
  );
}

async function run({ out, json }: DoctorFlags, { terminal }: CommandContext): Promise<void> {
  const { examine } = await import("../examine.ts");
  const findings = await examine(out);
  const broken = findings.filter(({ state }) => state === "missing");
  if (json) {
    terminal.json({ v: 1, ok: broken.length === 0, checks: findings });
  } else {
    const { paintResult: paint } = terminal;
    const width = Math.max(...findings.map(({ name }) => name.length));
    const mark = { ok: paint.green("ok     "), note: paint.yellow("note   "), missing: paint.red("missing") };
    for (const { name, state, value, advice } of findings) {
      terminal.result(`${mark[state]}  ${name.padEnd(width)}  ${value}`);
      if (advice !== undefined) terminal.result(`${" ".repeat(width + 11)}${advice}`);
    }
  }
  if (broken.length > 0) {
    throw new GantryError(`training cannot work here: ${broken.map(({ name }) => name).join(", ")}`, 5, {
      help: "the lines marked missing say what to do",
    });
  }
}
