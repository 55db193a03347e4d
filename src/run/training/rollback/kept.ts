/** @file Which checkpoints a run has to show when it is given up: those of attempts that remedies took back are kept, too. */

import { type AsideCheckpoint, listAside } from "../../store/aside.ts";
import type { RunPaths } from "../../store/run-dir.ts";
import { type BestCheckpoint, isBetter } from "../judge/best.ts";
import { type Progress, readable } from "./restore.ts";
import type { Kept } from "./rollback.ts";

/** What an attempt that was taken back remembered at its last checkpoint, of checkpoints that were set aside with it. */
function remembered(attempt: readonly AsideCheckpoint[]): { healthy: string | undefined; best: BestCheckpoint | null } {
  const extra = attempt.at(-1)?.extra() ?? {};
  const fileOf = (name: string | undefined) => attempt.find((one) => one.name === name)?.file;
  const names = JSON.parse(extra.healthy ?? "[]") as string[];
  const best = JSON.parse(extra.best ?? "null") as BestCheckpoint | null;
  const file = fileOf(best?.name);
  return {
    healthy: names.map(fileOf).findLast((name) => name !== undefined),
    best: best === null || file === undefined ? null : { ...best, name: file },
  };
}

/** What is kept of a run whose present attempt stands at `progress`. */
export function keptOf(run: RunPaths, { healthy, best }: Pick<Progress, "healthy" | "best">): Kept {
  const aside = listAside(run.checkpoints);
  const attempts = [...new Set(aside.map(({ attempt }) => attempt))].map((number) =>
    remembered(aside.filter(({ attempt }) => attempt === number)),
  );
  const bests = attempts.flatMap((attempt) => attempt.best ?? []);
  const theBest = bests.reduce<BestCheckpoint | null>((before, one) => {
    const isSame = before === null || before.figure === one.figure;
    return isSame && isBetter(one.value, { ...one, among: "scalars" }, before) ? one : before;
  }, best);
  const ownHealthy = readable(run, healthy).at(-1);
  return {
    healthy: ownHealthy ?? attempts.findLast((attempt) => attempt.healthy !== undefined)?.healthy ?? null,
    best: theBest?.name ?? null,
  };
}
