/** @file `gantry preflight`. */

import type { Command } from "commander";
import type { Note } from "../../health/preflight/check.ts";
import { GantryError } from "../../util/errors.ts";
import type { CommandContext } from "../context.ts";
import { jsonFlag } from "../flags.ts";
import type { ConfigFlags } from "../resolve-config.ts";
import type { Terminal } from "../terminal.ts";
import { configFlags } from "../train-flags.ts";

interface PreflightFlags extends ConfigFlags {
  readonly measure?: boolean;
  readonly json?: boolean;
}

/** Steps that --measure times. */
const MEASURED_STEPS = 5;

/** Exit code where an error was found. */
const FAULTY = 2;

export function define(command: Command, context: CommandContext): void {
  configFlags(command).option("--measure", `compile the step and time ${MEASURED_STEPS} of them`);
  jsonFlag(command)
    .addHelpText(
      "after",
      `
Levels:
  ok       looked at, nothing to say against it
  info     worth knowing
  warning  known to fail, or probably not what was meant; \`gantry train\` says it too
  error    nothing can be learned; \`gantry train\` refuses to start, and this command ends with exit code 2

Examples:
  gantry preflight --data mnist
  gantry preflight --data photos/ --size 64 --measure
  gantry preflight --preset dcgan --data mnist --set optimizer.generator.beta1=0.9 --json`,
    )
    .action((file: string | undefined, flags: PreflightFlags) => run(file, flags, context));
}

async function run(file: string | undefined, flags: PreflightFlags, { terminal }: CommandContext): Promise<void> {
  const [{ resolveConfig }, { settleConfig }, { prepareTraining }, { runPreflight }, { countStep, timeSteps }] =
    await Promise.all([
      import("../resolve-config.ts"),
      import("../../run/config/unsized.ts"),
      import("../../run/training/prepare/prepare.ts"),
      import("../../run/training/prepare/preflight.ts"),
      import("../../run/training/prepare/step-cost.ts"),
    ]);
  const { config: wanted } = await resolveConfig(file, flags, ".");
  const { config, dataset: loaded } = await settleConfig(wanted);
  const prepared = await prepareTraining(config, loaded);
  const { game, dataset, summary } = prepared;
  let cost = countStep(game, dataset);
  if (flags.measure) {
    const { nodeBackend } = await import("../../backend/onnx/node.ts");
    const { device, threads } = config;
    const backend = await nodeBackend({ device, ...(threads !== undefined && { threads }) });
    cost = await timeSteps(config, game, dataset, backend, MEASURED_STEPS);
  }
  const notes = runPreflight(config, prepared, cost);
  const errors = notes.filter(({ level }) => level === "error");
  if (flags.json) terminal.json({ v: 1, ok: errors.length === 0, notes, cost, summary });
  else print(notes, terminal);
  if (errors.length === 0) return;
  throw new GantryError(`training makes no sense: ${errors.map(({ check }) => check).join(", ")}`, FAULTY, {
    help: "the lines marked error say what to do",
  });
}

function print(notes: readonly Note[], terminal: Terminal): void {
  const { paintResult: paint } = terminal;
  const width = Math.max(...notes.map(({ check }) => check.length));
  const mark = {
    ok: paint.green("ok     "),
    info: paint.cyan("info   "),
    warning: paint.yellow("warning"),
    error: paint.red("error  "),
  };
  for (const { level, check, message, help, code } of notes) {
    terminal.result(`${mark[level]}  ${check.padEnd(width)}  ${message}`);
    const prevents = code === undefined ? "" : ` [prevents ${code}]`;
    if (help !== undefined) terminal.result(`${" ".repeat(width + 11)}${help}${prevents}`);
  }
}
