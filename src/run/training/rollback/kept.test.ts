import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import {
  checkpointName,
  findCheckpoint,
  loadCheckpoint,
  saveCheckpoint,
  setAsideAfter,
} from "../../store/checkpoint.ts";
import { type RunPaths, runPaths } from "../../store/run-dir.ts";
import type { BestCheckpoint } from "../judge/best.ts";
import { keptOf } from "./kept.ts";

let run: RunPaths;
beforeEach(() => {
  run = runPaths(mkdtempSync(join(tmpdir(), "gantry-kept-")));
});
afterEach(() => rmSync(run.dir, { recursive: true, force: true }));

const best = (step: number, value: number): BestCheckpoint => ({
  name: checkpointName(step),
  value,
  figure: "fid",
  mode: "min",
});

/** A checkpoint of the run, with what it remembers. */
function save(step: number, attempt: number, own: { best?: BestCheckpoint; healthy?: readonly number[] } = {}): void {
  saveCheckpoint(run.checkpoints, checkpointName(step), {
    ...{ step, images: step, cursor: step, fingerprint: "of it" },
    state: new Map([["w", { shape: [1], data: Float32Array.of(step) }]]),
    extra: {
      attempt: String(attempt),
      best: JSON.stringify(own.best ?? null),
      healthy: JSON.stringify((own.healthy ?? []).map(checkpointName)),
    },
  });
}

const begun = { best: null, healthy: [] };

it("is what this attempt keeps, where no other was taken back", () => {
  save(10, 0);
  save(20, 0);
  const progress = { best: best(10, 3), healthy: [10, 20].map(checkpointName) };
  expect(keptOf(run, progress)).toEqual({ healthy: "step-00000020", best: "step-00000010" });
  expect(keptOf(run, begun)).toEqual({ healthy: null, best: null });
});

it("is what an attempt had kept before training began again, and can be asked for by that name", () => {
  save(10, 0, { healthy: [10], best: best(10, 3) });
  save(20, 0, { healthy: [10, 20], best: best(10, 3) });
  save(30, 0, { healthy: [10, 20], best: best(10, 3) });
  setAsideAfter(run.checkpoints, 0, "attempt-0");
  save(30, 1);
  const kept = keptOf(run, begun);
  expect(kept).toEqual({
    healthy: "step-00000020.safetensors.attempt-0",
    best: "step-00000010.safetensors.attempt-0",
  });
  for (const [name, step] of [
    [kept.healthy, 20],
    [kept.best, 10],
  ] as const) {
    const found = findCheckpoint(run.checkpoints, name!);
    expect(found.step).toBe(step);
    expect(loadCheckpoint(found.path)).toMatchObject({ step, extra: { attempt: "0" } });
  }
  expect(() => findCheckpoint(run.checkpoints, "step-00000040.safetensors.attempt-0")).toThrow(
    "there is no checkpoint",
  );
});

it("is the best of all attempts, and the healthy one of the latest that had one", () => {
  save(10, 0, { healthy: [10], best: best(10, 3) });
  setAsideAfter(run.checkpoints, 0, "attempt-0");
  save(15, 1, { healthy: [15], best: best(15, 2) });
  setAsideAfter(run.checkpoints, 0, "attempt-1");
  save(12, 2, { best: best(12, 5) });
  setAsideAfter(run.checkpoints, 0, "attempt-2");
  save(14, 3);
  const kept = (value: number) => keptOf(run, { best: best(14, value), healthy: [] });
  expect(kept(4)).toEqual({
    healthy: "step-00000015.safetensors.attempt-1",
    best: "step-00000015.safetensors.attempt-1",
  });
  expect(kept(1).best).toBe("step-00000014");
});

it("leaves out what went back with an earlier checkpoint, and stayed", () => {
  save(10, 0, { healthy: [10], best: best(10, 3) });
  save(20, 0, { healthy: [10], best: best(10, 3) });
  setAsideAfter(run.checkpoints, 10, "attempt-0");
  const kept = keptOf(run, { best: best(10, 3), healthy: [checkpointName(10)] });
  expect(kept).toEqual({ healthy: "step-00000010", best: "step-00000010" });
});
