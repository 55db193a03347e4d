/** @file One run of the zoo: the data are changed where the cause says so, a training runs like any other, the oracle looks at it. */

import { createHash } from "node:crypto";
import { join, relative, sep } from "node:path";
import { type Config, parseConfig, totalSteps } from "../../config/config.ts";
import type { RawConfig } from "../../config/layers.ts";
import { fingerprint } from "../../run/config/fingerprint.ts";
import { loadData } from "../../run/config/unsized.ts";
import { readEvents } from "../../run/store/event-log.ts";
import type { RunEvent } from "../../run/store/events.ts";
import { readRunConfig } from "../../run/store/load-run.ts";
import { listRuns, runPaths } from "../../run/store/run-dir.ts";
import { startTraining } from "../../run/training/train.ts";
import type { TrainingResult } from "../../run/training/trainer.ts";
import { GantryError } from "../../util/errors.ts";
import { trainingSeconds } from "../train-trial.ts";
import { caseConfig, causeName, programConfig, type ZooCase } from "./cases.ts";
import { OBSERVER_VERSION } from "./observation.ts";
import { Oracle } from "./oracle.ts";
import { plantData } from "./plant-data.ts";
import type { ZooRecord } from "./record.ts";
import type { GradientNorms } from "./truth.ts";

/** How a case is run. */
export interface CaseOptions {
  /** Folder of everything; the run lies in `<out>/<program>/<cause>/seed-0/`. */
  readonly out: string;
  /** Laid over the config, such as `{ health: { probes: "off" } }`. */
  readonly over?: RawConfig;
  readonly signal?: AbortSignal;
  /** Told of the training's progress, 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

/** The run's config, with its data planted where the cause changes them. @throws GantryError when it is not valid. */
export async function settleCase(one: ZooCase, seed: number, { out, over = {} }: CaseOptions): Promise<Config> {
  const change = one.cause?.data;
  if (change === undefined) return caseConfig(one, seed, { over });
  const clean = await loadData(programConfig(one.program, seed));
  return caseConfig(one, seed, { over, data: plantData(change, clean, seed, join(out, "data")) });
}

/** What must be equal for a record to stand: what was trained, how long, the data that were planted, and how it is looked at. */
export function caseFingerprint(one: ZooCase, config: Config): string {
  const { data, ...rest } = config;
  // Where planted data lie says nothing about them.
  const source = one.cause?.data === undefined ? data.source : one.cause.data;
  const parts = [
    fingerprint({ ...rest, data: { ...data, source } } as Config),
    totalSteps(config),
    config.health,
    OBSERVER_VERSION,
  ];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 16);
}

function begunBefore(root: string, config: Config) {
  return listRuns(root).findLast((row) => {
    try {
      const saved = parseConfig(readRunConfig(runPaths(row.dir)));
      // How it is watched changes nothing of a training; but it decides what the log has, and what a case is.
      const parts = (one: Config) => JSON.stringify([fingerprint(one), totalSteps(one), one.health]);
      return parts(saved) === parts(config);
    } catch (error) {
      if (error instanceof GantryError) return false;
      throw error;
    }
  });
}

async function train(config: Config, root: string, { signal, onProgress }: CaseOptions) {
  const before = begunBefore(root, config);
  if (before?.status === "finished" && before.step >= totalSteps(config)) {
    const { dir, step, images } = before;
    return { dir, result: { status: "finished", reason: "", step, images } satisfies TrainingResult };
  }
  // A failed one would fail again at the same step.
  const resumed = before !== undefined && before.status !== "failed";
  const run = await startTraining(config, resumed ? { resume: before.dir } : { root }, signal);
  for await (const { step } of run.events) onProgress?.(step / totalSteps(config));
  return { dir: run.dir, result: await run.result };
}

/** A norm that is not finite is larger than any; a record, which is JSON, has no word for it. */
const normed = (norm: number): number => (Number.isFinite(norm) ? norm : Number.MAX_VALUE);

/** Norms of the gradients by the log, tick by tick. */
export function gradientNorms(events: Iterable<RunEvent>): GradientNorms[] {
  const out: GradientNorms[] = [];
  for (const event of events) {
    if (event.type !== "scalars") continue;
    const [generator, discriminator] = ["gradient/generator", "gradient/discriminator"].map(
      (name) => event.values[name],
    );
    if (typeof generator === "number" && typeof discriminator === "number") {
      out.push({ step: event.step, generator: normed(generator), discriminator: normed(discriminator) });
    }
  }
  return out;
}

/**
 * Trains a case and has the oracle look at it.
 *
 * @returns The record, or null when the signal stopped the training; it goes on from there the next time.
 * @throws GantryError when it cannot be run at all.
 */
export async function runCase(one: ZooCase, seed: number, options: CaseOptions): Promise<ZooRecord | null> {
  const { program, cause } = one;
  const { out } = options;
  const config = await settleCase(one, seed, options);
  const root = join(out, program.name, causeName(one), `seed-${seed}`);
  const { dir, result } = await train(config, root, options);
  if (result.status === "interrupted") return null;
  const log = runPaths(dir).events;
  const start = performance.now();
  const oracle = await Oracle.open(programConfig(program, seed));
  try {
    const training = await loadData(config);
    const reals = await oracle.judgeReals(training);
    const observations = await oracle.observe(dir, training);
    const brokeAt = result.status === "failed" ? result.step : null;
    const gradients = gradientNorms(readEvents(log));
    return {
      v: 1,
      program: program.name,
      half: program.half,
      cause: causeName(one),
      plants: cause?.plants ?? null,
      seed,
      fingerprint: caseFingerprint(one, config),
      seen: { observations, gradients, reals, brokeAt },
      steps: result.step,
      planned: totalSteps(config),
      seconds: trainingSeconds(readEvents(log)),
      oracleSeconds: (performance.now() - start) / 1000,
      events: relative(out, log).split(sep).join("/"),
    };
  } finally {
    await oracle.release();
  }
}
