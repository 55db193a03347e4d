/** @file Flags that several commands share, and readers of their values. */

import { type Command, InvalidArgumentError, Option } from "commander";
import type { ForeignOptions } from "../run/evaluation/onnx-extractor.ts";
import { MOST_THREADS } from "../util/threads.ts";

/** A whole number from `low` on. */
export function wholeNumber(low: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+(e\d+)?$/i.test(text.trim()) && Number.isSafeInteger(value) && value >= low) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${low} on.`);
  };
}

/** A number of threads: from 1 to {@link MOST_THREADS}. */
export function threadCount(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text.trim()) && value >= 1 && value <= MOST_THREADS) return value;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MOST_THREADS}.`);
}

/** A number above 0. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError("It must be a number above 0.");
}

/** Collects a flag that may be given several times. */
export function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

/** `8x8` as columns and rows. */
export function gridSize(text: string): { readonly columns: number; readonly rows: number } {
  const match = /^(\d{1,4})x(\d{1,4})$/i.exec(text.trim());
  const [columns, rows] = [Number(match?.[1] ?? 0), Number(match?.[2] ?? 0)];
  if (columns < 1 || rows < 1) throw new InvalidArgumentError("It must be columns x rows, such as 8x8.");
  return { columns, rows };
}

const MOST_SEEDS = 100_000;

/** `0-63` or `1,5,9-12` as a list. */
export function seedList(text: string): readonly number[] {
  const seeds: number[] = [];
  for (const part of text.split(",")) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part.trim());
    const [first, last] = [Number(match?.[1] ?? Number.NaN), Number(match?.[2] ?? match?.[1] ?? Number.NaN)];
    if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last) || last < first) {
      throw new InvalidArgumentError("It must be seeds such as 7, 0-63 or 1,5,9-12.");
    }
    if (seeds.length + last - first >= MOST_SEEDS) throw new InvalidArgumentError(`At most ${MOST_SEEDS} seeds.`);
    for (let seed = first; seed <= last; seed++) seeds.push(seed);
  }
  return seeds;
}

/** `--json`, as every command has it. */
export function jsonFlag(command: Command, what = "print the result as JSON"): Command {
  return command.option("--json", what);
}

/** `--runs`, for commands that look for a run. */
export function runsFlag(command: Command): Command {
  return command.option("--runs <dir>", "folder of the runs", "runs");
}

/** `--kimg` and `--steps`: the length of a training. */
export function lengthFlags(command: Command): Command {
  return command
    .addOption(
      new Option("--kimg <n>", "length of the training in thousands of images")
        .argParser(positiveNumber)
        .conflicts("steps"),
    )
    .addOption(
      new Option("--steps <n>", "length of the training in steps").argParser(wholeNumber(1)).conflicts("kimg"),
    );
}

/** `--set`: any key of the config. */
export function setFlag(command: Command): Command {
  return command.option(
    "--set <key=value>",
    "any key of the config, such as optimizer.generator.lr=1e-4; may be repeated",
    collect,
  );
}

/** What looks at images, as flags. */
export interface FeatureFlags {
  readonly features?: string;
  readonly featuresRange?: string | undefined;
  readonly featuresOutput?: string | undefined;
}

/** `--features` and how to use a file. */
export function featureFlags(command: Command): Command {
  return command
    .option(
      "--features <name>",
      "what looks at images: a name, or an ONNX file (default: the classifier of the data, or random_conv)",
    )
    .addOption(
      new Option(
        "--features-range <range>",
        "what pixels become for an ONNX file (default: 0..255 for uint8, 0..1 for float32)",
      ).choices(["0..255", "0..1", "-1..1"]),
    )
    .option("--features-output <name>", "the output of an ONNX file that is the features");
}

/** The flags of a file as options. */
export const foreignOptions = ({ featuresRange, featuresOutput }: FeatureFlags): ForeignOptions => ({
  range: featuresRange as ForeignOptions["range"],
  output: featuresOutput,
});
