/** @file Where a training begins, or goes on from its latest good checkpoint. */

import { type Config, parseConfig } from "../../config/config.ts";
import { ConfigError, DataError } from "../../util/errors.ts";
import { configDifferences, fingerprint } from "../config/fingerprint.ts";
import { loadLatest, setAsideAfter } from "../store/checkpoint.ts";
import { truncateAfter } from "../store/event-log.ts";
import { cutMetricsAfter } from "../store/metric-log.ts";
import type { RunPaths } from "../store/run-dir.ts";
import type { BestCheckpoint } from "./best.ts";
import type { Executor } from "./executor.ts";
import { Tick } from "./tick.ts";

/** Where a training is: with the state arrays, everything that a checkpoint must hold. */
export interface Progress {
  step: number;
  images: number;
  /** Batches drawn so far; numbers the data order and the noise. */
  draws: number;
  /** The best checkpoint so far, where one is kept. */
  best: BestCheckpoint | null;
}

/** Where a training begins or goes on. */
export interface Resumed {
  readonly progress: Progress;
  readonly tick: Tick;
  readonly lastScalars: Readonly<Record<string, number>>;
  /** Name of the checkpoint, null to begin again, undefined for a new run. */
  readonly from: string | null | undefined;
  readonly problems: readonly string[];
}

/** The beginning. */
export const fresh = (): Resumed => ({
  progress: { step: 0, images: 0, draws: 0, best: null },
  tick: new Tick(),
  lastScalars: {},
  from: undefined,
  problems: [],
});

/** What of a training must be the same for it to go on. */
export interface Resumable {
  readonly config: Config;
  readonly run: RunPaths;
  /** Digest of the data. */
  readonly digest: string;
}

/**
 * Loads the latest good checkpoint into the executor and cuts the log and the files of the metrics back to it.
 * @throws ConfigError when the run was trained under another config or on other data; DataError when no checkpoint is good.
 */
export function restore({ config, run, digest }: Resumable, executor: Executor): Resumed {
  const { checkpoint, problems } = loadLatest(run.checkpoints);
  if (checkpoint === null) {
    if (problems.length > 0) throw new DataError(problems.join("\n"), { help: "no checkpoint of this run is good" });
    // Nothing was saved: every event is written again.
    cutBack(run, -1);
    return { ...fresh(), from: null };
  }
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
  executor.state.fromArrays(checkpoint.state, checkpoint.path);
  setAsideAfter(run.checkpoints, checkpoint.step);
  cutBack(run, checkpoint.step);
  const tick = new Tick();
  tick.load(checkpoint.extra.tick ?? "[]");
  return {
    progress: {
      step: checkpoint.step,
      images: checkpoint.images,
      draws: Number(checkpoint.extra.draws),
      best: JSON.parse(checkpoint.extra.best ?? "null") as BestCheckpoint | null,
    },
    tick,
    lastScalars: JSON.parse(checkpoint.extra.lastScalars ?? "{}") as Record<string, number>,
    from: checkpoint.name,
    problems,
  };
}

/** Takes back what was recorded after `step`: it will be recorded again. */
function cutBack(run: RunPaths, step: number): void {
  cutMetricsAfter(run.dir, step);
  truncateAfter(run.events, step);
}
