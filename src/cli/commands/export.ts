/** @file `gantry export`. */

import type { Command } from "commander";
import { ConfigError } from "../../util/errors.ts";
import type { CommandContext } from "../context.ts";
import { jsonFlag, runsFlag, wholeNumber } from "../flags.ts";
import { bytes } from "../format.ts";

interface ExportFlags {
  readonly format: string;
  readonly out?: string;
  readonly raw?: boolean;
  readonly checkpoint?: string;
  readonly batch: number;
  readonly runs: string;
  readonly json?: boolean;
}

export function define(command: Command, context: CommandContext): void {
  command
    .argument("<run>", "a run's number, name or path")
    .option("--format <name>", "onnx", "onnx")
    .option("--out <file>", "the file (default: generator.onnx in the run directory)")
    .option("--batch <n>", "samples per run of the model", wholeNumber(1), 1)
    .option("--raw", "the weights as they are instead of their moving average")
    .option("--checkpoint <name>", "a checkpoint's name or step, latest or best (default: latest)");
  jsonFlag(runsFlag(command))
    .addHelpText(
      "after",
      `
The model takes \`latent\` [batch, length], standard normal numbers, and gives \`samples\`: for images -1..1. Of a run that
knows classes it takes \`labels\` [batch, classes] besides, one-hot; of a run with a code, \`code\`. Before it is kept it is
run and compared with the run's own samples.

Example:
  gantry export 0 --format onnx --out generator.onnx`,
    )
    .action((wanted: string, flags: ExportFlags) => run(wanted, flags, context));
}

async function run(wanted: string, flags: ExportFlags, { terminal }: CommandContext): Promise<void> {
  if (flags.format !== "onnx") {
    throw new ConfigError(`unknown format "${flags.format}"`, { help: "formats: onnx" });
  }
  const { join } = await import("node:path");
  const { openRun } = await import("../../run/store/run-dir.ts");
  const { loadRun } = await import("../../run/store/load-run.ts");
  const { exportOnnx } = await import("../../run/sampling/export.ts");
  const { nodeBackend } = await import("../../backend/onnx/node.ts");
  const loaded = loadRun(openRun(wanted, flags.runs), flags.checkpoint);
  for (const problem of loaded.problems) terminal.say(`${terminal.paint.yellow("warning:")} ${problem}`);
  const result = await exportOnnx(
    loaded,
    flags.out ?? join(loaded.paths.dir, "generator.onnx"),
    { batch: flags.batch, weights: flags.raw ? "raw" : "ema" },
    await nodeBackend(),
  );
  const { name, step } = loaded.checkpoint;
  if (flags.json) {
    terminal.json({ ...result, checkpoint: name, step });
    return;
  }
  const asked = result.asked === undefined ? "" : `, ${result.asked.name} [${result.asked.shape}]`;
  terminal.say(
    `generator of step ${step}, ${bytes(result.bytes)}: latent [${result.input}]${asked} -> samples [${result.output}]; differs from the run's own samples by at most ${result.difference.toExponential(1)}`,
  );
  terminal.result(result.path);
}
