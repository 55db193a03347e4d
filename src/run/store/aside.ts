/** @file Checkpoints of attempts that a remedy took back: they no longer count among the latest, and can be asked for by their file's name. */

import { join } from "node:path";
import { ASIDE, checkpointExtra, filesIn } from "./checkpoint.ts";

/** A checkpoint that was set aside with an attempt. */
export interface AsideCheckpoint {
  /** Such as `step-00000400.safetensors.attempt-0`. */
  readonly file: string;
  /** What it was called: `step-00000400`. */
  readonly name: string;
  /** Remedies that were behind it. */
  readonly attempt: number;
  /** What the trainer had it remember; nothing where its header cannot be read. */
  readonly extra: () => Readonly<Record<string, string>>;
}

/** Those in a run's folder of checkpoints: attempt by attempt, by rising step. A missing folder has none. */
export function listAside(dir: string): AsideCheckpoint[] {
  const found = filesIn(dir).flatMap((file) => {
    const [, name, attempt] = ASIDE.exec(file) ?? [];
    if (name === undefined) return [];
    return [{ file, name, attempt: Number(attempt), extra: () => checkpointExtra(join(dir, file)) }];
  });
  return found.sort((a, b) => a.attempt - b.attempt || (a.name < b.name ? -1 : 1));
}
