/** @file `gantry statistics`. */

import { type Command, Option } from "commander";
import type { CommandContext } from "../context.ts";
import { type FeatureFlags, featureFlags, foreignOptions, jsonFlag, threadCount, wholeNumber } from "../flags.ts";
import { integer } from "../format.ts";

interface StatisticsFlags extends FeatureFlags {
  readonly out: string;
  readonly samples?: number;
  readonly seed: number;
  readonly size?: number;
  readonly channels?: string;
  readonly threads?: number;
  readonly json?: boolean;
}

export function define(command: Command, context: CommandContext): void {
  featureFlags(
    command.argument("<source>", "reals: mnist, …, or the path of an array, an archive or a folder of images"),
  )
    .requiredOption("--out <file>", "the file, an .npz with mu and sigma")
    .option("--samples <n>", "samples, drawn by seed (default: all)", wholeNumber(2))
    .option("--seed <n>", "seed of the choice of samples", wholeNumber(0), 0)
    .option("--size <n>", "scale and centre-crop images to n x n pixels", wholeNumber(1))
    .addOption(new Option("--channels <n>", "convert images to grey (1) or colour (3)").choices(["1", "3"]))
    .option("--threads <n>", "threads of the runtime (default: all cores)", threadCount);
  jsonFlag(command)
    .addHelpText(
      "after",
      `
The file takes the place of the reals: gantry evaluate 0 --features inception.onnx --reference reals.npz

Example:
  gantry statistics photos/ --size 64 --features inception.onnx --out photos.npz`,
    )
    .action((source: string, flags: StatisticsFlags) => run(source, flags, context));
}

async function run(source: string, flags: StatisticsFlags, { terminal }: CommandContext): Promise<void> {
  const { statistics } = await import("../../run/evaluation/statistics.ts");
  const { out, features, samples, seed, size, channels, threads } = flags;
  try {
    const written = await statistics(source, {
      out,
      features,
      samples,
      seed,
      threads,
      foreign: foreignOptions(flags),
      data: { size, channels: channels === undefined ? undefined : channels === "1" ? 1 : 3 },
      onProgress: (what) => terminal.status(what),
    });
    terminal.status("");
    if (flags.json) {
      terminal.json(written);
      return;
    }
    for (const note of written.notes) terminal.say(`${terminal.paint.yellow("note:")} ${note}`);
    terminal.say(
      `mean and covariance of ${integer(written.dimensions)} features (${written.features}) of ${integer(written.samples)} samples of ${written.source}`,
    );
    terminal.result(written.path);
  } finally {
    terminal.status("");
  }
}
