/** @file What the trainer's worker thread is told, and what it says. */

import type { Config } from "../../config/config.ts";
import { ConfigError, DataError, GantryError, ShapeError } from "../../util/errors.ts";
import type { UnsizedConfig } from "../config/unsized.ts";
import type { RunEvent } from "../store/events.ts";
import type { TrainingSummary } from "./prepare/prepare.ts";
import type { TrainingResult } from "./trainer.ts";

/** What the worker starts with. */
export interface WorkerInput {
  readonly config: Config | UnsizedConfig;
  /** Folder in which to make a new run, or the run to go on with. */
  readonly target: { readonly root: string } | { readonly resume: string };
  /**
   * Two shared integers, see {@link STOP_REQUEST} and {@link STEPS_DONE}. Shared memory, because the worker's thread is busy
   * computing and would not see a message.
   */
  readonly control: SharedArrayBuffer;
}

/** Place in the shared integers: 0 to go on, else an index into {@link STOP_REASONS} plus one. */
export const STOP_REQUEST = 0;

/** Place in the shared integers: steps done since the worker started, for a progress line between two events. */
export const STEPS_DONE = 1;

/** Why a training may be asked to stop. */
export const STOP_REASONS = ["SIGINT", "SIGTERM", "abort"] as const;

/** One of {@link STOP_REASONS}. */
export type StopReason = (typeof STOP_REASONS)[number];

/** An error as it crosses the thread boundary. */
export interface ErrorMessage {
  readonly name: string;
  readonly message: string;
  readonly exitCode: number;
  readonly help: string | undefined;
  readonly stack: string | undefined;
}

const ERROR_CLASSES: Readonly<Record<string, typeof ConfigError | typeof DataError>> = {
  ConfigError,
  DataError,
  ShapeError,
};

/** An error as it is sent. */
export function packError(error: unknown): ErrorMessage {
  const known = error instanceof GantryError;
  return {
    name: error instanceof Error ? error.name : "Error",
    message: error instanceof Error ? error.message : String(error),
    exitCode: known ? error.exitCode : 1,
    help: known ? error.help : undefined,
    stack: error instanceof Error ? error.stack : undefined,
  };
}

/** The error that was sent, of the class it had. */
export function unpackError({ name, message, exitCode, help, stack }: ErrorMessage): Error {
  const details = help === undefined ? {} : { help };
  const Known = Object.hasOwn(ERROR_CLASSES, name) ? ERROR_CLASSES[name] : undefined;
  const other = () => (exitCode === 1 ? new Error(message) : new GantryError(message, exitCode, details));
  const error = Known === undefined ? other() : new Known(message, details);
  if (stack !== undefined) error.stack = stack;
  return error;
}

/** What the worker says, in this order: what it prepares where that takes long, ready, events, then result or error. */
export type WorkerMessage =
  | { readonly type: "preparing"; readonly what: string }
  | { readonly type: "ready"; readonly run: string; readonly config: Config; readonly summary: TrainingSummary }
  | { readonly type: "event"; readonly event: RunEvent }
  | { readonly type: "result"; readonly result: TrainingResult }
  | { readonly type: "error"; readonly error: ErrorMessage };
