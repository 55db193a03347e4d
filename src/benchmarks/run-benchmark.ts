/** @file Running a benchmark: which trials there are, which of them are recorded already, and the rest side by side. */

import { availableParallelism } from "node:os";
import { join } from "node:path";
import { ConfigError } from "../util/errors.ts";
import { requireRecipe, trialConfig, trialFingerprint } from "./benchmark-config.ts";
import { type Changes, describeChanges, protocolName } from "./changes.ts";
import { Judge } from "./judge.ts";
import type { Protocol, TrainingProtocol, TwoClusterProtocol } from "./protocol.ts";
import { findRecipe } from "./recipes.ts";
import { sideBySide } from "./side-by-side.ts";
import { runTrial, type Trial, trialRoot } from "./train-trial.ts";
import { appendRecord, readRecords, type TrialRecord } from "./trial-record.ts";
import { runTwoClusters } from "./two-clusters/run.ts";

/** What to run. */
export interface BenchmarkJob {
  readonly protocol: Protocol;
  /** Names of recipes. */
  readonly recipes: readonly string[];
  /** Default the protocol's. */
  readonly trials?: number | undefined;
  /** Folder of everything: `<out>/results.jsonl`, and run directories in `<out>/<benchmark>/<protocol>/<recipe>/trial-00/`. */
  readonly out: string;
  /** Trainings at once. Default: as many as cores where a training uses one thread, else 1. */
  readonly jobs?: number | undefined;
  /** Where a step runs. Default `cpu`. */
  readonly device?: string | undefined;
  readonly changes: Changes;
  readonly signal?: AbortSignal;
  /** Told of each record, and whether it was there before. */
  readonly onRecord?: (record: TrialRecord, reused: boolean) => void;
  /** Told how far the trials are that are running: `recipe, trial` and 0 to 1. */
  readonly onProgress?: (running: ReadonlyMap<string, number>) => void;
}

/** What came of it. */
export interface BenchmarkOutcome {
  /** In the order of recipes and trials; those that were not interrupted. */
  readonly records: readonly TrialRecord[];
  readonly interrupted: boolean;
  /** Where the records are. */
  readonly results: string;
}

/** The file of the records in `out`. */
export const resultsFile = (out: string): string => join(out, "results.jsonl");

/** How many trainings run at once, and the threads of each. */
function shareCores({ cores }: TrainingProtocol, asked: number | undefined): { jobs: number; threads: number } {
  const available = availableParallelism();
  const jobs = asked ?? (cores === "trials" ? available : 1);
  if (cores === "trials") return { jobs, threads: 1 };
  return { jobs, threads: Math.max(1, Math.floor(available / jobs)) };
}

const keyOf = ({ benchmark, protocol, recipe, trial, fingerprint }: Omit<Trial, "config" | "root">): string =>
  [benchmark, protocol, recipe, trial, fingerprint].join("\n");

/** The recorded trials by what they are; of several, the last. */
const recordedTrials = (out: string): ReadonlyMap<string, TrialRecord> =>
  new Map(readRecords(resultsFile(out)).map((record) => [keyOf(record), record]));

/** Runs a benchmark, or what is missing of it. @throws GantryError saying what cannot be run. */
export async function runBenchmark(job: BenchmarkJob): Promise<BenchmarkOutcome> {
  const { protocol, recipes } = job;
  if (recipes.length === 0) throw new ConfigError("no recipe is named", { help: "`gantry bench` lists the recipes" });
  for (const recipe of recipes) requireRecipe(protocol, recipe);
  return protocol.runner === "training" ? runTrainings(protocol, job) : runGames(protocol, job);
}

/** Every trial that is asked for, recipe by recipe. @throws ConfigError when one has no valid config. */
function planTrials(protocol: TrainingProtocol, job: BenchmarkJob, threads: number): Trial[] {
  const { benchmark } = protocol;
  const { recipes, out, changes, device } = job;
  const name = protocolName(protocol, changes);
  const changed = describeChanges(changes);
  return recipes.flatMap((recipe) =>
    Array.from({ length: job.trials ?? protocol.trials }, (_, trial) => {
      const config = trialConfig(protocol, findRecipe(recipe), { trial, changes, threads, device });
      const root = trialRoot(out, benchmark, name, recipe, trial);
      const fingerprint = trialFingerprint(config, protocol);
      const named = { benchmark, protocol: name, ...(changed !== undefined && { changes: changed }) };
      return { ...named, recipe, trial, fingerprint, config, root };
    }),
  );
}

async function runTrainings(protocol: TrainingProtocol, job: BenchmarkJob): Promise<BenchmarkOutcome> {
  const { jobs, threads } = shareCores(protocol, job.jobs);
  const { out, onRecord, onProgress } = job;
  const trials = planTrials(protocol, job, threads);
  const known = new Map(recordedTrials(out));
  const [first] = trials;
  const missing = trials.filter((trial) => !known.has(keyOf(trial)));
  for (const trial of trials) {
    const record = known.get(keyOf(trial));
    if (record !== undefined) onRecord?.(record, true);
  }
  if (first !== undefined && missing.length > 0) {
    const stopping = new AbortController();
    const signal = AbortSignal.any([stopping.signal, ...(job.signal ? [job.signal] : [])]);
    const judge = await Judge.open(protocol, first.config.data, threads);
    const running = new Map<string, number>();
    const work = async (trial: Trial): Promise<void> => {
      const label = `${trial.recipe} ${trial.trial}`;
      const progress = (share: number) => {
        running.set(label, share);
        onProgress?.(running);
      };
      progress(0);
      const record = await runTrial(trial, { judge, signal, alone: jobs === 1, onProgress: progress });
      running.delete(label);
      if (record === null) return;
      appendRecord(resultsFile(out), record);
      known.set(keyOf(trial), record);
      onRecord?.(record, false);
    };
    try {
      await sideBySide(missing, work, { jobs, signal, stop: () => stopping.abort() });
    } finally {
      await judge.release();
    }
  }
  return outcome(trials, known, out);
}

async function runGames(protocol: TwoClusterProtocol, job: BenchmarkJob): Promise<BenchmarkOutcome> {
  if (job.device !== undefined && job.device !== "cpu") {
    throw new ConfigError(`the games of ${protocol.benchmark} are played on the CPU, not on "${job.device}"`, {
      help: "leave --device out: all of them together take minutes",
    });
  }
  const { out, changes, signal, onRecord, onProgress } = job;
  const known = new Map(recordedTrials(out));
  const games = await runTwoClusters(protocol, {
    recipes: job.recipes,
    trials: job.trials ?? protocol.trials,
    changes,
    known: (trial) => known.get(keyOf(trial)),
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
    onRecord: (record, reused) => {
      if (!reused) appendRecord(resultsFile(out), record);
      known.set(keyOf(record), record);
      onRecord?.(record, reused);
    },
  });
  return outcome(games, known, out);
}

function outcome(
  trials: readonly Omit<Trial, "config" | "root">[],
  known: ReadonlyMap<string, TrialRecord>,
  out: string,
): BenchmarkOutcome {
  const records = trials.flatMap((trial) => known.get(keyOf(trial)) ?? []);
  return { records, interrupted: records.length < trials.length, results: resultsFile(out) };
}
