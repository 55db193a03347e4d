/** @file Following a training to its end: progress, events as NDJSON, log.txt, signals, exit code and next steps. */

import { appendFileSync } from "node:fs";
import type { Config } from "../config/config.ts";
import { countsTowardsTheEnd } from "../run/config/fingerprint.ts";
import { listCheckpoints } from "../run/store/checkpoint.ts";
import { encodeEvent } from "../run/store/event-codec.ts";
import { readTail } from "../run/store/event-log.ts";
import type { RunEventOf } from "../run/store/events.ts";
import { runPaths } from "../run/store/run-dir.ts";
import type { RunHandle } from "../run/training/train.ts";
import type { TrainingResult } from "../run/training/trainer.ts";
import { GantryError } from "../util/errors.ts";
import { helpAfter } from "./describe-failure.ts";
import { describeTraining } from "./describe-training.ts";
import { integer, kimg } from "./format.ts";
import { Progress, REDRAW_MS } from "./progress.ts";
import { leaveNow, SAME_SIGNAL_MS, SIGNAL_NAMES, SIGNALS, type Signal } from "./signals.ts";
import type { Terminal } from "./terminal.ts";

/** How to follow. */
export interface FollowOptions {
  readonly terminal: Terminal;
  /** First line: what is about to happen. */
  readonly title: string;
  /** Events on stdout, a line each. */
  readonly json: boolean;
  readonly quiet: boolean;
}

/** Exit code of a training that failed by itself. */
const FAILED = 4;

/** Starts a training that tells what it does before it has a run directory. */
export type StartFollowed = (onPreparing: (what: string) => void) => Promise<RunHandle>;

/** Starts a training and follows it to its end. Sets process.exitCode; throws what went wrong. */
export async function followTraining(start: StartFollowed, options: FollowOptions): Promise<void> {
  const { terminal, json, quiet } = options;
  let handle: RunHandle | undefined;
  let asked: { readonly signal: Signal; readonly time: number } | undefined;
  const onSignal = (signal: Signal): void => {
    if (asked !== undefined && terminal.now() - asked.time < SAME_SIGNAL_MS) return;
    if (asked !== undefined || handle === undefined) {
      terminal.status("");
      leaveNow(signal);
    }
    asked = { signal, time: terminal.now() };
    handle.stop(signal);
    terminal.say("stopping after this step, writing a checkpoint; once more to stop now");
  };
  for (const signal of SIGNAL_NAMES) process.on(signal, onSignal);
  let ended = false;
  try {
    handle = await start((what) => {
      if (!quiet) terminal.say(what);
    });
    const { dir, config, summary } = handle;
    const record = recorder(runPaths(dir).log);
    for (const line of [options.title, ...describeTraining(config, summary, dir)]) {
      if (!quiet) terminal.say(line);
      record(line);
    }
    const progress = new Progress({
      terminal,
      quiet,
      total: summary.steps,
      imagesPerStep: summary.images / summary.steps,
      evaluateEvery: config.metrics.list.length === 0 ? undefined : config.metrics.every,
      dir,
      stepsDone: handle.stepsDone,
      stoodAt: (step) => stoodAt(dir, step),
      record,
    });
    const stop = handle.stop;
    terminal.onClosed = () => stop("abort");
    const timer = setInterval(() => progress.tick(), REDRAW_MS);
    let result: TrainingResult;
    try {
      for await (const event of handle.events) {
        if (json) terminal.result(encodeEvent(event));
        progress.event(event);
      }
      result = await handle.result;
      ended = true;
    } finally {
      clearInterval(timer);
      progress.end();
    }
    // Remedies may have changed it.
    const { presentConfig } = await import("../run/training/rollback/restore.ts");
    const ending = conclude(result, dir, progress.samples, presentConfig(config, runPaths(dir)));
    for (const line of ending) {
      if (!quiet) terminal.say(line);
      record(line);
    }
    if (json) terminal.json({ type: "result", v: 1, run: dir, ...result, samples: progress.samples });
    else terminal.result(dir);
    if (result.status === "failed") throw trainingFailed(result.reason, dir);
    if (result.status === "interrupted" && asked !== undefined) process.exitCode = SIGNALS[asked.signal];
  } finally {
    // Where following it has failed, the training must not go on unseen.
    if (!ended) handle?.stop("abort");
    for (const signal of SIGNAL_NAMES) process.off(signal, onSignal);
  }
}

/** Bytes at the end of a log in which its last word about the run's health is looked for: some hundred looks. */
const TAIL = 1 << 20;

/** How a run that goes on from `step` stood there, as far as the end of its log says. */
const stoodAt = (dir: string, step: number) =>
  readTail(runPaths(dir).events, TAIL).events.findLast((event) => event.type === "health" && event.step <= step) as
    | RunEventOf<"health">
    | undefined;

/** The error of a training that failed for `reason`, whose run lies in `dir`. */
export const trainingFailed = (reason: string, dir: string): GantryError =>
  new GantryError(`training failed: ${reason}`, FAILED, {
    help: helpAfter(reason, dir, listCheckpoints(runPaths(dir).checkpoints).length > 0),
  });

/** Where things are and what can be done next. */
function conclude(result: TrainingResult, dir: string, samples: string | null, config: Config): string[] {
  const at = `step ${integer(result.step)} (${kimg(result.images)})`;
  const why = result.status === "finished" && result.reason !== "" ? `: ${result.reason}` : "";
  const lines = [`${result.status} at ${at}${why}`];
  if (samples !== null) lines.push(`samples  ${samples}`);
  if (result.status === "finished") {
    const further = config.steps === null ? `--kimg ${Math.ceil(result.images / 500)}` : `--steps ${result.step * 2}`;
    lines.push(`next     gantry sample ${dir}`);
    // Where it ended before its planned end, as nothing improved, it is not to end there again.
    if (why !== "") lines.push(`         gantry resume ${dir} --set health.stopAtPlateau=false`);
    // Where something counts towards the end, another end is another training.
    else if (!countsTowardsTheEnd(config)) lines.push(`         gantry resume ${dir} ${further}`);
  } else if (result.status === "interrupted") {
    lines.push(`next     gantry resume ${dir}`);
  }
  return lines;
}

/** Appends dated lines to log.txt. It is a convenience: a disk that is full must not end the training here. */
function recorder(path: string): (line: string) => void {
  return (line) => {
    try {
      appendFileSync(path, `${new Date().toISOString()}  ${line}\n`);
    } catch {
      // the trainer reports a full disk by its own, more important files
    }
  };
}
