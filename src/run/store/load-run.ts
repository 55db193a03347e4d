/** @file A run as it lies on disk, ready to draw from: its config, its game, and the arrays of one checkpoint. */

import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { type Config, parseConfig } from "../../config/config.ts";
import { gameFromConfig } from "../../config/game-from-config.ts";
import type { RawConfig } from "../../config/layers.ts";
import type { Game, SampleType } from "../../gan/game/game.ts";
import { gameState } from "../../gan/game/game-state.ts";
import { DataError } from "../../util/errors.ts";
import { ioError } from "./atomic-file.ts";
import { findCheckpoint, type LoadedCheckpoint, loadCheckpoint, loadLatest } from "./checkpoint.ts";
import { type RunPaths, runPaths } from "./run-dir.ts";
import { StateStore } from "./state-store.ts";

/** A run with one checkpoint loaded. */
export interface LoadedRun {
  readonly paths: RunPaths;
  readonly config: Config;
  readonly game: Game;
  readonly state: StateStore;
  readonly checkpoint: LoadedCheckpoint;
  /** What was wrong with newer checkpoints that were passed over. */
  readonly problems: readonly string[];
}

/** The config of a run as written in its config.json, unchecked. @throws DataError when it cannot be read. */
export function readRunConfig(paths: RunPaths): RawConfig {
  let text: string;
  try {
    text = readFileSync(paths.config, "utf8");
  } catch (error) {
    throw ioError("read", paths.config, error);
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as RawConfig;
  } catch {
    // reported below
  }
  throw new DataError(`${paths.config} is damaged: it is not a JSON object`, {
    help: "restore it from a copy; every checkpoint holds the config too, in its metadata",
  });
}

/**
 * Loads a run for sampling. The data are not needed: a checkpoint says what kind of sample it makes.
 *
 * @param wanted A checkpoint's name or step, or `best`; default the latest good one.
 * @throws DataError when no checkpoint is good, ConfigError when `wanted` does not exist.
 */
export function loadRun(paths: RunPaths, wanted?: string): LoadedRun {
  const { checkpoint, problems } =
    wanted === undefined || wanted === "latest"
      ? loadLatest(paths.checkpoints)
      : { checkpoint: loadCheckpoint(findCheckpoint(paths.checkpoints, wanted).path), problems: [] };
  if (checkpoint === null) {
    throw new DataError(problems.length > 0 ? problems.join("\n") : `${paths.dir} has no checkpoint yet`, {
      help: problems.length > 0 ? "no checkpoint of this run is good" : "train it further: `gantry resume`",
    });
  }
  return fromCheckpoint(paths, checkpoint, problems);
}

/**
 * Loads a run by the file of one of its checkpoints, wherever that lies.
 *
 * @throws DataError when it cannot be read, or is no checkpoint of a run.
 */
export function loadRunFile(path: string): LoadedRun {
  return fromCheckpoint(runPaths(dirname(dirname(resolve(path)))), loadCheckpoint(path), []);
}

function fromCheckpoint(paths: RunPaths, checkpoint: LoadedCheckpoint, problems: readonly string[]): LoadedRun {
  const { extra } = checkpoint;
  const config = parseConfig(parseExtra(checkpoint, extra.config) as RawConfig);
  const game = gameFromConfig(config, parseExtra(checkpoint, extra.sample) as SampleType);
  const state = new StateStore(gameState(game));
  state.fromArrays(checkpoint.state, checkpoint.path);
  return { paths, config, game, state, checkpoint, problems };
}

function parseExtra({ path }: LoadedCheckpoint, text: string | undefined): unknown {
  if (text === undefined) {
    throw new DataError(`${path} does not say what it was trained on`, {
      help: "it was written by another program; use a checkpoint of `gantry train`",
    });
  }
  return JSON.parse(text);
}
