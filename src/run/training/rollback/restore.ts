/**
 * @file Where a training begins, goes on from its latest good checkpoint, or goes back to by a remedy.
 *
 * The log decides. A remedy is written down and flushed before anything else of it is done, so whenever a process is killed in the
 * middle of going back, the log holds a remedy under which there is no checkpoint yet, and the next process carries it out from
 * its beginning. See docs/decisions/0016-rollback.md.
 */

import { join } from "node:path";
import { type Config, parseConfig } from "../../../config/config.ts";
import { ConfigError, DataError } from "../../../util/errors.ts";
import { configDifferences, fingerprint } from "../../config/fingerprint.ts";
import {
  checkpointPath,
  type LoadedCheckpoint,
  listCheckpoints,
  loadCheckpoint,
  loadLatest,
  setAsideAfter,
} from "../../store/checkpoint.ts";
import { indexLog, keepEvents, linesUntilCheckpoint, linesUntilRemedy } from "../../store/event-log.ts";
import type { RunEventOf } from "../../store/events.ts";
import { cutMetricsAfter } from "../../store/metric-log.ts";
import type { RunPaths } from "../../store/run-dir.ts";
import type { BestCheckpoint } from "../judge/best.ts";
import type { Executor } from "../steps/executor.ts";
import { Tick } from "../steps/tick.ts";
import { configsOfRun, sourceOf } from "./rollback.ts";

/** Where a training is: with the state arrays, everything that a checkpoint must hold. */
export interface Progress {
  step: number;
  images: number;
  /** Batches drawn so far; numbers the data order and the noise. */
  draws: number;
  /** The best checkpoint so far, where one is kept. */
  best: BestCheckpoint | null;
  /** Names of the healthy checkpoints that are kept, oldest first. */
  healthy: readonly string[];
}

interface AnyStart {
  /** The config under which it goes on: a run's own, after the remedies that it had. */
  readonly config: Config;
  /** Those remedies. */
  readonly remedies: readonly RunEventOf<"remedy">[];
}

interface OnDisk extends AnyStart {
  /** Null for the beginning. */
  readonly checkpoint: LoadedCheckpoint | null;
  /** Events that stay. */
  readonly keep: number;
  /** What was wrong with newer checkpoints. */
  readonly problems: readonly string[];
}

/** How an attempt starts. Nothing has been changed yet. */
export type Start =
  | (AnyStart & { readonly kind: "new" })
  | (OnDisk & { readonly kind: "resume" })
  /** The last remedy of the log is to be carried out. */
  | (OnDisk & { readonly kind: "rollback" });

/** A new training. */
export const newStart = (config: Config): Start => ({ kind: "new", config, remedies: [] });

/** What of a training must be the same for it to go on. */
export interface Resumable {
  readonly config: Config;
  readonly run: RunPaths;
  /** Digest of the data. */
  readonly digest: string;
}

/** How many remedies a checkpoint has behind it. */
const attemptOf = ({ extra }: LoadedCheckpoint): number => Number(extra.attempt ?? 0);

/**
 * Finds out how a run goes on. Nothing is written.
 *
 * @throws ConfigError when the run was trained under another config or on other data; DataError when no checkpoint is good.
 */
export function findStart(job: Resumable): Start {
  const { config, run } = job;
  const index = indexLog(run.events);
  const { checkpoint, problems } = loadLatest(run.checkpoints);
  if (checkpoint === null && problems.length > 0) {
    throw new DataError(problems.join("\n"), { help: "no checkpoint of this run is good" });
  }
  const configs = configsOfRun(config, index.remedies, run.name);
  const last = index.remedies.at(-1);
  if (last !== undefined && (checkpoint === null || attemptOf(checkpoint) < index.remedies.length)) {
    const source = sourceOf(last);
    const from = source === null ? null : loadGood(run, source);
    const before = index.remedies.length - 1;
    // A checkpoint of an earlier attempt will do: a failure may be found to have begun before the remedies that were tried.
    if (from === null ? source === null : attemptOf(from) <= before) {
      const saved = from ?? checkpoint;
      if (saved !== null) checkGoesOn(saved, configs[Math.min(attemptOf(saved), before)]!, job);
      const keep = linesUntilRemedy(index, last.backTo);
      return {
        kind: "rollback",
        config: configs.at(-1)!,
        remedies: index.remedies,
        checkpoint: from,
        keep,
        problems: [],
      };
    }
  }
  // Nothing was saved: every event is written again.
  if (checkpoint === null) return { kind: "resume", config: configs[0], remedies: [], checkpoint, keep: 0, problems };
  const attempt = attemptOf(checkpoint);
  const own = configs[attempt];
  if (own === undefined) {
    throw new DataError(
      `${run.events} does not hold the ${attempt} remedies that ${checkpoint.path} was trained under`,
      {
        help: "restore the log from a copy",
      },
    );
  }
  checkGoesOn(checkpoint, own, job);
  const keep = linesUntilCheckpoint(index, checkpointPath(checkpoint.name), checkpoint.step, attempt);
  return { kind: "resume", config: own, remedies: index.remedies.slice(0, attempt), checkpoint, keep, problems };
}

/**
 * The config of a run after all of its remedies, where `config` is any of its configs.
 * @throws ConfigError when it is none of them.
 */
export const presentConfig = (config: Config, { events, name }: RunPaths): Config =>
  configsOfRun(config, indexLog(events).remedies, name).at(-1)!;

/** A checkpoint by its name, or null where it is not there or not good. */
function loadGood(run: RunPaths, name: string): LoadedCheckpoint | null {
  try {
    return loadCheckpoint(join(run.dir, checkpointPath(name)));
  } catch (error) {
    if (error instanceof DataError) return null;
    throw error;
  }
}

/** Those of the checkpoints called `names` that can be read. */
export const readable = (run: RunPaths, names: readonly string[]): string[] =>
  names.filter((name) => loadGood(run, name) !== null);

/** @throws ConfigError when a checkpoint was made under another config or on other data. */
function checkGoesOn(checkpoint: LoadedCheckpoint, config: Config, { digest, run }: Resumable): void {
  if (checkpoint.fingerprint !== fingerprint(config)) {
    const before = parseConfig(JSON.parse(checkpoint.extra.config ?? "{}") as Record<string, unknown>);
    const differences = configDifferences(before, config);
    const why = differences.every((line) => /^(steps|images):/.test(line))
      ? "its schedules count towards the end, so its length cannot change; "
      : "";
    throw new ConfigError(
      `${run.name} was trained under another config\n${differences.map((line) => `  ${line}`).join("\n")}`,
      { help: `${why}resume it as it was, or start a new run with \`gantry train\`` },
    );
  }
  if (checkpoint.extra.data !== undefined && checkpoint.extra.data !== digest) {
    throw new ConfigError(`${run.name} was trained on other data than "${config.data.source}" now holds`, {
      help: "restore the data as they were, or start a new run with `gantry train`",
    });
  }
}

/** Whether every remedy in the log of a run was carried out before its latest checkpoint was made. */
export const isCarriedOut = ({ events }: RunPaths, latest: LoadedCheckpoint | null): boolean =>
  indexLog(events).remedies.length === (latest === null ? 0 : attemptOf(latest));

/** What an attempt starts with, beside the state arrays. */
export interface Restored {
  readonly progress: Progress;
  readonly tick: Tick;
  readonly lastScalars: Readonly<Record<string, number>>;
}

/**
 * Brings the executor's state and the files of the run to where an attempt starts. What it takes out of the log and the files of
 * the metrics is kept beside them. May be done again when it was broken off.
 */
export function enter(start: Start, run: RunPaths, executor: Executor): Restored {
  if (start.kind === "new") return atBeginning();
  const { checkpoint, kind } = start;
  const step = checkpoint?.step ?? 0;
  const restored = checkpoint === null ? atBeginning() : restoredFrom(checkpoint);
  if (kind === "rollback") {
    if (checkpoint !== null) executor.state.takeOver(checkpoint.state);
    setAsideAfter(run.checkpoints, step, `attempt-${start.remedies.length - 1}`);
  } else if (checkpoint !== null) {
    executor.state.fromArrays(checkpoint.state, checkpoint.path);
    setAsideAfter(run.checkpoints, step, "damaged");
  }
  // Before the first step there are no figures but those of a run that begins again.
  cutMetricsAfter(run.dir, checkpoint === null ? -1 : step);
  keepEvents(run.events, start.keep);
  if (kind !== "rollback") return restored;
  // What steps measured of the game before is no part of a mean of the game from here on.
  return { ...atBeginning(), progress: stillThere(restored.progress, run) };
}

const atBeginning = (): Restored => ({
  progress: { step: 0, images: 0, draws: 0, best: null, healthy: [] },
  tick: new Tick(),
  lastScalars: {},
});

function restoredFrom({ step, images, extra }: LoadedCheckpoint): Restored {
  const tick = new Tick();
  tick.load(extra.tick ?? "[]");
  return {
    progress: {
      step,
      images,
      draws: Number(extra.draws),
      best: JSON.parse(extra.best ?? "null") as BestCheckpoint | null,
      healthy: JSON.parse(extra.healthy ?? "[]") as string[],
    },
    tick,
    lastScalars: JSON.parse(extra.lastScalars ?? "{}") as Record<string, number>,
  };
}

/** Progress without the names of checkpoints that were removed after it was saved, because a later one was better. */
function stillThere(progress: Progress, { checkpoints }: RunPaths): Progress {
  const names = listCheckpoints(checkpoints).map(({ name }) => name);
  const { best, healthy } = progress;
  return {
    ...progress,
    best: best !== null && names.includes(best.name) ? best : null,
    healthy: healthy.filter((name) => names.includes(name)),
  };
}
