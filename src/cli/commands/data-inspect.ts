/** @file `gantry data inspect`. */

import { type Command, Option } from "commander";
import type { DataOptions } from "../../data/dataset.ts";
import type { Inspection } from "../../data/inspect.ts";
import type { CommandContext } from "../context.ts";
import { sampleKind } from "../describe-training.ts";
import { jsonFlag, wholeNumber } from "../flags.ts";
import { bytes, facts, integer, short } from "../format.ts";

interface InspectFlags extends Omit<DataOptions, "channels"> {
  readonly channels?: string;
  readonly json?: boolean;
}

export function define(command: Command, context: CommandContext): void {
  command
    .argument("<source>", "mnist, ring, grid, …, or the path of an array, an archive or a folder of images")
    .option("--size <n>", "scale and centre-crop images to n x n pixels", wholeNumber(1))
    .addOption(new Option("--channels <n>", "convert images to grey (1) or colour (3)").choices(["1", "3"]))
    .addOption(new Option("--layout <axes>", "axis order of an array").choices(["N", "NHW", "NHWC", "NCHW", "ND"]))
    .addOption(new Option("--range <range>", "value range of a float array").choices(["0..255", "0..1", "-1..1"]))
    .option("--key <name>", "name of the array in an .npz")
    .option("--skip-corrupt", "leave out unreadable files instead of refusing the source")
    .option("--limit <n>", "use only the first n samples", wholeNumber(1))
    .option("--count <n>", "number of samples of a synthetic source", wholeNumber(1))
    .option("--seed <n>", "seed of a synthetic source", wholeNumber(0));
  jsonFlag(command)
    .addHelpText("after", "\nExamples:\n  gantry data inspect mnist\n  gantry data inspect photos/ --size 64 --json")
    .action((source: string, flags: InspectFlags) => run(source, flags, context));
}

async function run(source: string, flags: InspectFlags, { terminal }: CommandContext): Promise<void> {
  const { loadDataset } = await import("../../data/sources.ts");
  const { inspectDataset } = await import("../../data/inspect.ts");
  const { json, channels, ...options } = flags;
  const inspection = inspectDataset(
    await loadDataset(source, { ...options, ...(channels !== undefined && { channels: channels === "1" ? 1 : 3 }) }),
  );
  if (json) {
    terminal.json(inspection);
    return;
  }
  for (const line of describe(inspection)) terminal.result(line);
  for (const warning of inspection.warnings) terminal.say(`${terminal.paint.yellow("warning:")} ${warning}`);
}

function describe(inspection: Inspection): string[] {
  const { kind, shape, valueRange, classes, mean, std, duplicates, skipped } = inspection;
  const { min, max, convention } = valueRange;
  const LISTED = 20;
  return facts([
    ["source", inspection.name],
    ["samples", `${integer(inspection.count)} ${sampleKind(kind, shape)}`],
    ["memory", bytes(inspection.bytes)],
    ["values", `${short(min)} to ${short(max)}${convention === "real" ? "" : `, taken as ${convention}`}`],
    ["mean", `${mean.slice(0, 8).map(short).join(", ")} (standard deviation ${std.slice(0, 8).map(short).join(", ")})`],
    [
      "classes",
      classes === undefined
        ? "none"
        : `${classes.length}: ${classes
            .slice(0, LISTED)
            .map(({ name, count }) => `${name} (${integer(count)})`)
            .join(", ")}${classes.length > LISTED ? ", …" : ""}`,
    ],
    ["duplicates", integer(duplicates.count)],
    ["unreadable", integer(skipped.length)],
    ...skipped.slice(0, LISTED).map(({ item, reason }) => ["", `${item}: ${reason}`] as const),
    ...inspection.notes.map((note) => ["note", note] as const),
  ]);
}
