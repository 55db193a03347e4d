/** @file One trial: trained, or gone on with where it was stopped, then judged. */

import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type Config, parseConfig, totalSteps } from "../config/config.ts";
import { fingerprint } from "../run/config/fingerprint.ts";
import { readEvents, readFirst } from "../run/store/event-log.ts";
import type { RunEvent } from "../run/store/events.ts";
import { readRunConfig } from "../run/store/load-run.ts";
import { metricHistories } from "../run/store/metric-history.ts";
import { listRuns, type RunRow, runPaths } from "../run/store/run-dir.ts";
import { startTraining } from "../run/training/train.ts";
import type { TrainingResult } from "../run/training/trainer.ts";
import { DataError, GantryError } from "../util/errors.ts";
import type { Judge } from "./judge.ts";
import { COVERAGE_STEP } from "./protocol.ts";
import { machineFacts, recordFigures, type TrialRecord } from "./trial-record.ts";

/** A trial that waits to be run. */
export interface Trial {
  readonly benchmark: string;
  readonly protocol: string;
  /** What was changed in the protocol, as text. */
  readonly changes?: string;
  readonly recipe: string;
  readonly trial: number;
  readonly fingerprint: string;
  readonly config: Config;
  /** Folder of its run directories: `trial-03`. */
  readonly root: string;
}

/** What a trial is run with. */
export interface TrialEffects {
  readonly judge: Judge;
  readonly signal?: AbortSignal;
  /** Whether nothing else is computed by this process, so that its processor time is the training's. */
  readonly alone: boolean;
  /** Told of the training's progress, 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

/** The folder of a recipe's trial below `out`. */
export const trialRoot = (out: string, benchmark: string, protocol: string, recipe: string, trial: number): string =>
  join(
    out,
    benchmark,
    protocol.replace(/[^\w.-]+/g, "-").replace(/-+$/, ""),
    recipe,
    `trial-${String(trial).padStart(2, "0")}`,
  );

/** The newest run of the very same training, if one was begun. */
function begunBefore({ root, config }: Trial): RunRow | undefined {
  const wanted = [fingerprint(config), totalSteps(config)].join();
  return listRuns(root).findLast((row) => {
    try {
      const paths = runPaths(row.dir);
      const saved = parseConfig(readRunConfig(paths));
      // A remedy may have changed the config since.
      const start = readFirst(paths.events);
      const begun = start?.type === "start" ? start.fingerprint : fingerprint(saved);
      return [begun, totalSteps(saved)].join() === wanted;
    } catch (error) {
      // What cannot be read is left alone, and a new run is made.
      if (error instanceof GantryError) return false;
      throw error;
    }
  });
}

/** Wall time of a training in seconds by its events; what passed between an interruption and its resumption does not count. */
export function trainingSeconds(events: Iterable<RunEvent>): number {
  let [total, before] = [0, Number.NaN];
  for (const { type, time } of events) {
    const now = Date.parse(time);
    if (type !== "resume" && Number.isFinite(before)) total += now - before;
    before = now;
  }
  return total / 1000;
}

interface Trained {
  readonly dir: string;
  readonly result: TrainingResult;
  readonly processorSeconds: number | null;
}

async function train(trial: Trial, { signal, alone, onProgress }: TrialEffects): Promise<Trained> {
  const before = begunBefore(trial);
  const { config, root } = trial;
  if (before?.status === "finished" && before.step >= totalSteps(config)) {
    const { dir, step, images } = before;
    return { dir, result: { status: "finished", reason: "", step, images }, processorSeconds: null };
  }
  // A failed one would fail again at the same step: it is trained anew, so that the record says why.
  const resumed = before !== undefined && before.status !== "failed";
  const clock = process.cpuUsage();
  const run = await startTraining(config, resumed ? { resume: before.dir } : { root }, signal);
  for await (const { step } of run.events) onProgress?.(step / totalSteps(config));
  const result = await run.result;
  const { user, system } = process.cpuUsage(clock);
  return { dir: run.dir, result, processorSeconds: alone && !resumed ? (user + system) / 1e6 : null };
}

/** When all known modes were first captured, where they were watched and ever were. */
function coverageStep(dir: string): Readonly<Record<string, number>> {
  const step = metricHistories(dir).find(({ coverage }) => coverage)?.coverage?.step;
  return step === undefined ? {} : { [COVERAGE_STEP]: step };
}

/**
 * Trains and judges.
 *
 * @returns The record, or null when the training was stopped by the signal; it goes on from there the next time.
 * @throws GantryError when the trial cannot be run at all.
 */
export async function runTrial(trial: Trial, effects: TrialEffects): Promise<TrialRecord | null> {
  const { dir, result, processorSeconds } = await train(trial, effects);
  if (result.status === "interrupted") return null;
  const seconds = trainingSeconds(readEvents(runPaths(dir).events));
  const judged = result.status === "failed" ? [] : await effects.judge.judge(dir);
  // A generator may leave all bounds without a loss that is not finite.
  const unjudged = judged instanceof DataError ? `its samples cannot be judged: ${judged.message}` : undefined;
  const failed = result.status === "failed" || unjudged !== undefined;
  const { figures, ideal, real } = recordFigures(judged instanceof DataError ? [] : judged);
  const { versions, cpu } = machineFacts();
  const { benchmark, protocol, changes, recipe, fingerprint } = trial;
  return {
    v: 1,
    benchmark,
    protocol,
    ...(changes !== undefined && { changes }),
    recipe,
    trial: trial.trial,
    fingerprint,
    status: failed ? "failed" : "finished",
    reason: unjudged ?? result.reason,
    figures: { ...figures, ...(failed ? {} : coverageStep(dir)), minutes: seconds / 60 },
    ideal,
    real,
    steps: result.step,
    seconds,
    processorSeconds,
    threads: trial.config.threads ?? availableParallelism(),
    ...(trial.config.device !== "cpu" && { device: trial.config.device }),
    versions,
    cpu,
  };
}
