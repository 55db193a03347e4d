/** @file `gantry train`. */

import type { Command } from "commander";
import type { CommandContext } from "../context.ts";
import { jsonFlag } from "../flags.ts";
import { metricsLine } from "../metric-names.ts";
import type { ConfigFlags } from "../resolve-config.ts";
import { configFlags } from "../train-flags.ts";

interface TrainFlags extends ConfigFlags {
  readonly out: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export function define(command: Command, context: CommandContext): void {
  configFlags(command)
    .option("--out <dir>", "folder in which the run directory is made", "runs")
    .option("--dry-run", "check everything, print the resolved config, write nothing");
  jsonFlag(command, "print events as JSON, a line each, and the result as the last line")
    .option("-q, --quiet", "print warnings and errors only")
    .addHelpText(
      "after",
      `
${metricsLine()}

Examples:
  gantry train --data mnist
  gantry train --data photos/ --size 64 --kimg 2000 --set optimizer.generator.lr=1e-4
  gantry train --preset mlp --data ring --set penalties=r1,r2
  gantry train --data mnist --metrics fid,prdc --set metrics.every=500`,
    )
    .action((file: string | undefined, flags: TrainFlags) => run(file, flags, context));
}

async function run(file: string | undefined, flags: TrainFlags, { terminal }: CommandContext): Promise<void> {
  const { resolveConfig } = await import("../resolve-config.ts");
  const { config: wanted, origin } = await resolveConfig(file, flags, ".");
  if (flags.dryRun) {
    const { prepareJudging, prepareTraining, preparingText } = await import("../../run/training/prepare/prepare.ts");
    const { nodeBackend } = await import("../../backend/onnx/node.ts");
    const { settleConfig } = await import("../../run/config/unsized.ts");
    const { expectedCost, warningsBefore } = await import("../../run/training/prepare/preflight.ts");
    const { describeTraining } = await import("../describe-training.ts");
    const { config, dataset } = await settleConfig(wanted);
    const prepared = await prepareTraining(config, dataset);
    const cost = expectedCost(config, prepared);
    const summary = { ...prepared.summary, cost };
    for (const warning of warningsBefore(config, prepared, cost)) {
      terminal.say(`${terminal.paint.yellow("warning:")} ${warning}`);
    }
    const preparing = preparingText(config);
    if (preparing !== undefined && !flags.quiet) terminal.say(preparing);
    const { judge } = await prepareJudging(config, prepared, await nodeBackend());
    await judge?.release();
    if (flags.json) {
      terminal.json({ config, summary });
      return;
    }
    terminal.say(`${origin} (dry run: nothing is written)`);
    for (const line of describeTraining(config, summary)) terminal.say(line);
    terminal.result(JSON.stringify(config, null, 2));
    return;
  }
  const [{ startTraining }, { followTraining }] = await Promise.all([
    import("../../run/training/train.ts"),
    import("../follow-training.ts"),
  ]);
  await followTraining((onPreparing) => startTraining(wanted, { root: flags.out }, undefined, onPreparing), {
    terminal,
    title: `training from ${origin}`,
    json: flags.json === true,
    quiet: flags.quiet === true,
  });
}
