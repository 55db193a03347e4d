/** @file Starting a training from a program: the trainer runs in a thread of its own, this side stays responsive. */

import { Worker } from "node:worker_threads";
import { type Config, type ConfigInput, parseConfig } from "../../config/config.ts";
import { layConfig } from "../config/unsized.ts";
import type { RunEvent } from "../store/events.ts";
import { readRunConfig } from "../store/load-run.ts";
import { runPaths } from "../store/run-dir.ts";
import type { TrainingSummary } from "./prepare/prepare.ts";
import type { TrainingResult } from "./trainer.ts";
import {
  STEPS_DONE,
  STOP_REASONS,
  STOP_REQUEST,
  type StopReason,
  unpackError,
  type WorkerInput,
  type WorkerMessage,
} from "./worker-protocol.ts";

/** Where and how to train. */
export interface TrainOptions {
  /** Folder of the run directories. Default `runs`. */
  readonly out?: string;
  /** Stops the training after the current step, with a checkpoint. */
  readonly signal?: AbortSignal;
}

/** A training in progress. */
export interface RunHandle {
  /** The run directory. */
  readonly dir: string;
  /** The complete config, as it is saved in the run directory. */
  readonly config: Config;
  readonly summary: TrainingSummary;
  /** Events as they happen, from the first one on; ends with the training. May be iterated once. */
  readonly events: AsyncIterable<RunEvent>;
  /** Settles when the training has ended. Rejects with what went wrong. */
  readonly result: Promise<TrainingResult>;
  /** Asks the trainer to write a checkpoint and stop after the current step. */
  stop(reason: StopReason): void;
  /** Steps done since this training or its resumption began, as of now: it runs ahead of the events. */
  stepsDone(): number;
}

/** An unbounded queue between the worker's messages and one reader. */
class EventQueue implements AsyncIterable<RunEvent> {
  private readonly waiting: RunEvent[] = [];
  private ended = false;
  private wake: () => void = () => {};

  push(event: RunEvent): void {
    this.waiting.push(event);
    this.wake();
  }

  end(): void {
    this.ended = true;
    this.wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<RunEvent, void> {
    for (;;) {
      while (this.waiting.length > 0) yield this.waiting.shift()!;
      if (this.ended) return;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }
}

/** Beside this file when built; tests that run the sources use the build. */
function workerFile(): URL {
  return new URL(
    import.meta.url.endsWith(".ts") ? "../../../dist/run/training/worker.js" : "./worker.js",
    import.meta.url,
  );
}

/**
 * Starts the worker and resolves when it has a run directory.
 *
 * @param onPreparing Called with what is done, where it takes long, before there is a run directory.
 * @throws GantryError when the config or data do not fit.
 */
export function startTraining(
  config: WorkerInput["config"],
  target: WorkerInput["target"],
  signal?: AbortSignal,
  onPreparing: (what: string) => void = () => {},
): Promise<RunHandle> {
  // As in backend/onnx/node.ts, which is loaded in the worker only: there it would set a copy of the environment.
  process.env.ORT_DISABLE_TELEMETRY ??= "1";
  signal?.throwIfAborted();
  const control = new SharedArrayBuffer(8);
  const flags = new Int32Array(control);
  const input: WorkerInput = { config, target, control };
  const requestStop = (reason: StopReason) => {
    Atomics.store(flags, STOP_REQUEST, STOP_REASONS.indexOf(reason) + 1);
  };
  const onAbort = () => requestStop("abort");
  signal?.addEventListener("abort", onAbort, { once: true });
  const events = new EventQueue();

  return new Promise((resolve, reject) => {
    const worker = new Worker(workerFile(), { workerData: input, execArgv: [] });
    let settle: { resolve: (result: TrainingResult) => void; reject: (error: Error) => void } | undefined;
    const fail = (error: Error) => {
      events.end();
      if (settle === undefined) reject(error);
      else settle.reject(error);
    };
    worker.on("message", (message: WorkerMessage) => {
      switch (message.type) {
        case "preparing":
          onPreparing(message.what);
          break;
        case "ready": {
          const result = new Promise<TrainingResult>((resolveResult, rejectResult) => {
            settle = { resolve: resolveResult, reject: rejectResult };
          });
          // Who only reads the events must not be ended by a rejection that nobody has met yet.
          result.catch(() => {});
          resolve({
            dir: message.run,
            config: message.config,
            summary: message.summary,
            events,
            result,
            stop: requestStop,
            stepsDone: () => Atomics.load(flags, STEPS_DONE),
          });
          break;
        }
        case "event":
          events.push(message.event);
          break;
        case "result":
          events.end();
          settle?.resolve(message.result);
          break;
        case "error":
          fail(unpackError(message.error));
      }
    });
    worker.on("error", fail);
    worker.on("exit", (code) => {
      signal?.removeEventListener("abort", onAbort);
      fail(new Error(`the trainer's thread ended with code ${code}`));
    });
  });
}

/** A config over a preset, which says what the config leaves out. */
export type PresetInput = Partial<Omit<ConfigInput, "preset" | "data">> &
  Pick<ConfigInput, "data"> & { readonly preset: string };

/**
 * Trains a GAN.
 *
 * @param config As in gantry.config.ts: over its preset, if it names one, every default is filled in.
 *   `train({ preset: "recommended", data: { source: "photos" } })` is all that is needed.
 * @returns A handle, once data and networks have been checked and a run directory exists.
 * @throws ConfigError or DataError when something does not fit.
 */
export async function train(
  config: ConfigInput | PresetInput,
  { out = "runs", signal }: TrainOptions = {},
): Promise<RunHandle> {
  return startTraining(layConfig(config.preset, config), { root: out }, signal);
}

/**
 * Goes on with the run in the directory `dir`, from its latest good checkpoint.
 *
 * @throws ConfigError or DataError when there is nothing to go on from.
 */
export async function resume(dir: string, { signal }: Pick<TrainOptions, "signal"> = {}): Promise<RunHandle> {
  return startTraining(parseConfig(readRunConfig(runPaths(dir))), { resume: dir }, signal);
}
