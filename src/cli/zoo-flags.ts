/** @file The flags that say which cases of the zoo are meant. */

import type { Command } from "commander";
import type { CaseFilter } from "../benchmarks/zoo/cases.ts";

/** As Commander gives them. */
export interface CaseFlags {
  readonly program?: string;
  readonly cause?: string;
}

/** Adds `--program` and `--cause`. */
export const addCaseFlags = (command: Command): Command =>
  command
    .option("--program <names>", "programs, such as ring-non-saturating,mnist-non-saturating (default: all)")
    .option("--cause <names>", "causes, such as few-reals, or none for programs as they are (default: all)");

const namesIn = (flag: string | undefined): readonly string[] | undefined =>
  flag?.split(",").filter((name) => name !== "");

/** The cases that the flags name. */
export const filterOf = ({ program, cause }: CaseFlags): CaseFilter => ({
  programs: namesIn(program),
  causes: namesIn(cause),
});
