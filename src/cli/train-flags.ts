/** @file The flags that make a config: those of `train`, which `preflight` shares. */

import type { Command } from "commander";
import { lengthFlags, setFlag, wholeNumber } from "./flags.ts";

/** The config file as an argument, and the flags that go on top of it. */
export function configFlags(command: Command): Command {
  command
    .argument(
      "[config]",
      "config file; default gantry.config.{ts,mts,js,mjs,json} of this folder, else the preset recommended",
    )
    .option(
      "--preset <name>",
      "start from recommended, dcgan, tutorial or mlp; a config file, flags and --set go on top, in this order",
    )
    .option("--data <source>", "mnist, ring, grid, …, or the path of an array, an archive or a folder of images")
    .option("--size <n>", "scale and centre-crop images to n x n pixels", wholeNumber(1));
  return setFlag(
    lengthFlags(command)
      .option("--batch <n>", "samples per batch", wholeNumber(1))
      .option("--seed <n>", "seed of weights, data order and noise", wholeNumber(0))
      .option("--device <name>", "cpu, webgpu, cuda, coreml or dml")
      .option("--threads <n>", "threads within an operation; default: the cores there are", wholeNumber(1))
      .option("--metrics <names>", "judge samples by these while training: fid,prdc, …; every metrics.every steps")
      .option("--probes <level>", "how much is measured to see failures: off, light, standard or full")
      .option("--remedy <what>", "what follows a failure: off, suggest (say what to try) or auto (try it)")
      .option("--stop-when-healthy-plateau", "end a healthy training when nothing improves any more"),
  );
}
