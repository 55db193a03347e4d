/** @file `gantry sample`. */

import type { Command } from "commander";
import type { CommandContext } from "../context.ts";
import { gridSize, jsonFlag, runsFlag, seedList } from "../flags.ts";

interface SampleFlags {
  readonly seeds?: readonly number[];
  readonly class?: string;
  readonly grid?: { readonly columns: number; readonly rows: number };
  readonly out?: string;
  readonly raw?: boolean;
  readonly checkpoint?: string;
  readonly runs: string;
  readonly json?: boolean;
}

export function define(command: Command, context: CommandContext): void {
  command
    .argument("<run>", "a run's number, name or path")
    .option(
      "--seeds <list>",
      "one sample for each seed, such as 0-63 or 1,5,9-12 (default: as many as the grid holds)",
      seedList,
    )
    .option(
      "--class <list>",
      "classes by name or number, such as 7 or cat,dog, which take turns (of a run with a code: categories; default: all)",
    )
    .option("--grid <CxR>", "columns and rows of the picture, such as 8x8", gridSize)
    .option(
      "--out <file>",
      ".png: a grid, or a plot of points; .npy: the samples (default: a .png in the run's samples folder)",
    )
    .option("--raw", "the weights as they are instead of their moving average")
    .option("--checkpoint <name>", "a checkpoint's name or step, latest or best (default: latest)");
  jsonFlag(runsFlag(command))
    .addHelpText(
      "after",
      `
A seed gives the same sample whatever is drawn beside it. Where a run knows classes, seed s is of class s mod their number.

Examples:
  gantry sample 0 --seeds 0-63 --grid 8x8 --out digits.png
  gantry sample 0 --seeds 0-9999 --out digits.npy
  gantry sample 0 --class 7`,
    )
    .action((wanted: string, flags: SampleFlags) => run(wanted, flags, context));
}

async function run(wanted: string, flags: SampleFlags, { terminal }: CommandContext): Promise<void> {
  const { drawSamples } = await import("../draw-samples.ts");
  const { openRun } = await import("../../run/store/run-dir.ts");
  const { loadRun } = await import("../../run/store/load-run.ts");
  const loaded = loadRun(openRun(wanted, flags.runs), flags.checkpoint);
  for (const problem of loaded.problems) terminal.say(`${terminal.paint.yellow("warning:")} ${problem}`);
  const drawn = await drawSamples(loaded, {
    ...(flags.seeds && { seeds: flags.seeds }),
    ...(flags.class !== undefined && { classes: flags.class }),
    ...(flags.grid && { grid: flags.grid }),
    ...(flags.out !== undefined && { out: flags.out }),
    weights: flags.raw ? "raw" : "ema",
  });
  const { checkpoint } = loaded;
  if (flags.json) {
    terminal.json({ ...drawn, checkpoint: checkpoint.name, step: checkpoint.step });
    return;
  }
  terminal.say(`${drawn.count} samples of step ${checkpoint.step}, ${drawn.weights} weights`);
  terminal.result(drawn.path);
}
