/** @file Programs whose data are not on this machine: they are left out, and it is said why. */

import { type Config, parseConfig } from "../../config/config.ts";
import type { ZooProgram } from "../../health/zoo/program.ts";
import { DataError } from "../../util/errors.ts";
import { type CleanReals, loadCleanReals } from "./oracle.ts";

/** Why a program cannot be run here; null where its data, and those that judge it, are there. */
export type Lack = (program: ZooProgram) => Promise<DataError | null>;

/** Asks each data set once. @param load Reads the data of a config; from the disk by default. */
export function askOnce(load: (config: Config) => Promise<CleanReals> = loadCleanReals): Lack {
  const known = new Map<string, Promise<DataError | null>>();
  return ({ config }) => {
    const parsed = parseConfig(config);
    const { source } = parsed.data;
    const before = known.get(source);
    if (before !== undefined) return before;
    const answer = load(parsed).then(
      () => null,
      (error: unknown) => {
        if (error instanceof DataError) return error;
        throw error;
      },
    );
    known.set(source, answer);
    return answer;
  };
}

/** A program that is left out, and why. */
export interface Skipped {
  readonly program: string;
  readonly why: string;
  readonly help?: string;
}

/** `lack`, telling of each program that cannot be run the first time that it is asked for. */
export function telling(lack: Lack, onSkip: ((skipped: Skipped) => void) | undefined): Lack {
  const told = new Set<string>();
  return async (program) => {
    const error = await lack(program);
    const { name } = program;
    if (error === null || told.has(name)) return error;
    told.add(name);
    const { message: why, help } = error;
    onSkip?.({ program: name, why, ...(help !== undefined && { help }) });
    return error;
  };
}
