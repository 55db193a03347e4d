/** @file What the trainer is asked to do, what it needs from outside, and how a training ends. */

import type { Backend } from "../../backend/backend.ts";
import type { Config } from "../../config/config.ts";
import type { Dataset } from "../../data/dataset.ts";
import type { Game } from "../../gan/game/game.ts";
import type { RunEvent } from "../store/events.ts";
import type { RunPaths } from "../store/run-dir.ts";
import type { Judging } from "./prepare/prepare.ts";
import type { Failure } from "./rollback/rollback.ts";

/** What the trainer is asked to do. */
export interface TrainingJob {
  readonly config: Config;
  /** What is learned from. */
  readonly dataset: Dataset;
  /** All of the data: what samples are judged by, and what must be unchanged for the run to go on. Default: what is learned from. */
  readonly all?: Dataset;
  /** Reals that are not learned from, for looks. */
  readonly heldOut?: Dataset | undefined;
  readonly game: Game;
  readonly run: RunPaths;
  /** Go on from the latest good checkpoint instead of starting anew. */
  readonly resume: boolean;
  /** What the config says of metrics and the best checkpoint, made ready. Default: neither. Stays the caller's to release. */
  readonly judging?: Judging;
  /** What was found amiss before the training; asked for, and recorded, where it begins. Default nothing. */
  readonly warnings?: () => readonly string[];
}

/** What the trainer needs from outside. */
export interface TrainingEffects {
  readonly backend: Backend;
  /** Called with every event after it was written. */
  readonly onEvent?: (event: RunEvent) => void;
  /** Called after every step. */
  readonly onStep?: () => void;
  /** Asked after every step but the last: why to stop, or null to go on. */
  readonly stopReason?: () => string | null;
  /**
   * Asked at the step of every look, before its checkpoint, when numbers are not finite, and at the end, where the config has remedies applied
   * by themselves: whether the training has failed. Default: what the watch says. Must depend on nothing but the log up to here, so that a resumed run decides the same.
   */
  readonly decide?: (moment: Moment) => Failure | null;
  /** Names of remedies to try against a failure, in order, for experiments. Default: `ladderOf` (health/supervisor/ladder.ts). */
  readonly playbook?: (failure: Failure) => readonly string[];
  /** Asked at every checkpoint: whether a training may go back to it. Default: what the watch says. */
  readonly isHealthy?: (step: number) => boolean;
}

/** When a decision is asked for. */
export interface Moment {
  readonly step: number;
  /** Names and values of what was not finite in the step after `step`, which then does not count; null where all was. */
  readonly broken: string | null;
}

/** How a training ended. */
export interface TrainingResult {
  readonly status: "finished" | "interrupted" | "failed";
  readonly reason: string;
  readonly step: number;
  readonly images: number;
}
