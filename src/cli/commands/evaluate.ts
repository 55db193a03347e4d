/** @file `gantry evaluate`. */

import { type Command, Option } from "commander";
import type { CommandContext } from "../context.ts";
import {
  collect,
  type FeatureFlags,
  featureFlags,
  foreignOptions,
  jsonFlag,
  runsFlag,
  threadCount,
  wholeNumber,
} from "../flags.ts";
import { metricsLine } from "../metric-names.ts";

interface EvaluateFlags extends FeatureFlags {
  readonly metrics?: string;
  readonly set?: readonly string[];
  readonly reference?: string;
  readonly heldOut?: string;
  readonly samples?: number;
  readonly seed: number;
  readonly checkpoint?: string;
  readonly raw?: boolean;
  readonly size?: number;
  readonly channels?: string;
  readonly threads?: number;
  readonly runs: string;
  readonly json?: boolean;
}

export function define(command: Command, context: CommandContext): void {
  featureFlags(command)
    .argument(
      "<what>",
      "a run's number, name or path; a checkpoint file; or samples: an array (.npy), a folder of images, …",
    )
    .option("--metrics <list>", "metrics with commas between, or all that can be computed (default: by kind of data)")
    .option("--set <metric.option=value>", "an option of a metric, such as prdc.k=3; may be repeated", collect)
    .option(
      "--reference <source>",
      "reals that judge, or their statistics in an .npz (default: the run's own data; samples need one)",
    )
    .option("--held-out <source>", "reals that the generator never saw (default: the test set, or another seed)")
    .option(
      "--samples <n>",
      "samples judged (default: 10,000 images, 25,600 of stacked digits or 2,500 points; of an array all, fewer are drawn by seed)",
      wholeNumber(1),
    )
    .option("--seed <n>", "seed of subsets, directions and cells", wholeNumber(0), 0)
    .option("--checkpoint <name>", "a checkpoint's name or step, latest or best (default: latest)")
    .option("--raw", "the weights as they are instead of their moving average")
    .option("--size <n>", "scale and centre-crop images to n x n pixels (default: as the run's data)", wholeNumber(1))
    .addOption(new Option("--channels <n>", "convert images to grey (1) or colour (3)").choices(["1", "3"]))
    .option("--threads <n>", "threads of the runtime (default: all cores)", threadCount);
  jsonFlag(runsFlag(command))
    .addHelpText(
      "after",
      `
The column reals is what reals score against other reals: what a perfect generator would. Figures compare only with figures
of one name: the same metric, number of samples and features.

${metricsLine()}

Examples:
  gantry evaluate 0
  gantry evaluate 0 --checkpoint best --metrics fid,prdc --set prdc.k=3
  gantry evaluate samples.npy --reference mnist --metrics all --json`,
    )
    .action((wanted: string, flags: EvaluateFlags) => run(wanted, flags, context));
}

/** NaN and the infinities as words, as in the event log: JSON has none. */
const words = (_: string, value: unknown) =>
  typeof value === "number" && !Number.isFinite(value) ? String(value) : value;

async function run(wanted: string, flags: EvaluateFlags, { terminal }: CommandContext): Promise<void> {
  const { evaluate } = await import("../../run/evaluation/evaluate.ts");
  const { describeEvaluation } = await import("../describe-evaluation.ts");
  const { metrics, raw, size, channels, json, featuresRange, featuresOutput, ...rest } = flags;
  const status = (what: string) => terminal.status(what);
  try {
    const found = await evaluate(wanted, {
      ...rest,
      foreign: foreignOptions({ featuresRange, featuresOutput }),
      ...(metrics !== undefined && {
        metrics: metrics === "all" ? metrics : metrics.split(",").map((name) => name.trim()),
      }),
      ...(raw && { weights: "raw" }),
      data: { size, channels: channels === undefined ? undefined : channels === "1" ? 1 : 3 },
      onProgress: status,
    });
    terminal.status("");
    for (const note of found.notes) terminal.say(`${terminal.paint.yellow("note:")} ${note}`);
    if (json) terminal.result(JSON.stringify({ v: 1, ...found }, words));
    else for (const line of describeEvaluation(found)) terminal.result(line);
  } finally {
    terminal.status("");
  }
}
