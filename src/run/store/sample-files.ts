/** @file Names of a run's pictures of samples: by step, and by attempt, so that what a remedy took back can still be seen. */

import { readdirSync } from "node:fs";

/** What a picture is of. */
export interface Pictured {
  readonly step: number;
  /** Remedies that were behind it. */
  readonly attempt: number;
  /** Whether the generator as it is drew, in a run that keeps an average. */
  readonly raw: boolean;
}

const NAME = /^fakes-(\d+)(?:-attempt-(\d+))?\.png$/;

/** Such as `fakes-000400.png`, and after a remedy `fakes-000400-attempt-1.png`; with `-raw` for the generator as it is. */
export function sampleFile({ step, attempt, raw }: Pictured): string {
  const again = attempt === 0 ? "" : `-attempt-${attempt}`;
  return `fakes-${String(step).padStart(6, "0")}${again}${raw ? "-raw" : ""}.png`;
}

/** Names of the pictures of a run that are not `-raw`, the newest last: attempt by attempt, by rising step. */
export function listSampleFiles(dir: string): string[] {
  const found = readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const [name, step, attempt] = NAME.exec(entry.name) ?? [];
    return name === undefined ? [] : [{ name, step: Number(step), attempt: Number(attempt ?? 0) }];
  });
  return found.sort((a, b) => a.attempt - b.attempt || a.step - b.step).map(({ name }) => name);
}
