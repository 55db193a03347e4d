/** @file What is judged: the generator of a run, or samples that somebody has drawn already. */

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { DataOptions, Dataset } from "../../data/dataset.ts";
import { loadDataset, READERS } from "../../data/sources.ts";
import { ConfigError, DataError } from "../../util/errors.ts";
import type { WeightKind } from "../sampling/sampling.ts";
import { type LoadedRun, loadRun, loadRunFile } from "../store/load-run.ts";
import { openRun, type RunPaths } from "../store/run-dir.ts";

/** A loaded run with the weights that draw, or samples. */
export type Subject =
  | { readonly kind: "run"; readonly run: LoadedRun; readonly weights: WeightKind }
  | { readonly kind: "samples"; readonly samples: Dataset };

/** How to find a subject. */
export interface SubjectOptions {
  /** Folder of the runs. Default `runs`. */
  readonly runs?: string | undefined;
  /** A run's checkpoint by name or step, or `latest` or `best`. Default the latest good one. */
  readonly checkpoint?: string | undefined;
  /** Default the moving average, where the run keeps one. */
  readonly weights?: WeightKind | undefined;
  /** For samples: size, channels and whatever else their reader takes. */
  readonly data?: DataOptions | undefined;
}

const CHECKPOINT = ".safetensors";

/** The run that `wanted` means; undefined where it means a source of samples. @throws where it means neither. */
function findRun(wanted: string, root: string): RunPaths | undefined {
  try {
    return openRun(wanted, root);
  } catch (error) {
    // The folder of the runs holds pictures, but is not meant as a folder of pictures.
    if (!(error instanceof ConfigError) || resolve(wanted) === resolve(root)) throw error;
    if (existsSync(wanted) || READERS.some(({ builtIn, name }) => builtIn && name === wanted)) return undefined;
    if (!/[\\/]|\.\w+$/.test(wanted)) throw error;
    throw new DataError(`No such file or folder: ${wanted}`, {
      help: "name a run, a checkpoint file, or samples such as an array (.npy) or a folder of images",
    });
  }
}

function drawnBy(run: LoadedRun, weights: WeightKind = "ema"): Subject {
  return { kind: "run", run, weights: run.game.ema ? weights : "raw" };
}

/**
 * Opens a run (by number, name or path), a checkpoint file of one, or any source of samples.
 *
 * @throws DataError when there is no such thing or it cannot be read; ConfigError when an option does not apply to it.
 */
export async function openSubject(wanted: string, options: SubjectOptions = {}): Promise<Subject> {
  const { runs = "runs", checkpoint, weights, data } = options;
  if (wanted.endsWith(CHECKPOINT)) {
    if (checkpoint === undefined) return drawnBy(loadRunFile(wanted), weights);
    throw new ConfigError(`${wanted} is a checkpoint already, so none of it can be chosen`, {
      help: "name the run to choose among its checkpoints",
    });
  }
  const paths = findRun(wanted, runs);
  if (paths !== undefined) return drawnBy(loadRun(paths, checkpoint), weights);
  if (checkpoint !== undefined || weights === "raw") {
    throw new ConfigError(`${wanted} is no run, so it has no checkpoints and no weights`, {
      help: "leave out --checkpoint and --raw for samples",
    });
  }
  return { kind: "samples", samples: await loadDataset(wanted, data) };
}
