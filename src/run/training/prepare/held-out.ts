/** @file What a training learns from, and the reals that it never sees: which of the data, or which other data. */

import type { Config } from "../../../config/config.ts";
import type { Dataset } from "../../../data/dataset.ts";
import { heldOutCount, holdOut } from "../../../data/hold-out.ts";
import { DataError } from "../../../util/errors.ts";
import { findReals, loadHeldOut } from "../../evaluation/reals.ts";

/** Share of the images that is kept apart where the config leaves it open and no other unseen reals are known. */
const USUAL_SHARE = 0.05;

/** Held-out samples of a source that is drawn: more are not needed for looks. */
const DRAWN_COUNT = 4096;

/** The data of a training in two parts. */
export interface SplitData {
  /** What is learned from; the very data where nothing is kept apart. */
  readonly train: Dataset;
  /** What is kept apart of them. */
  readonly apart?: Dataset;
}

/**
 * Splits the data as `data.holdOut` says: a function of config and data alone, so that a training that goes on finds
 * the same parts.
 */
export function splitData(config: Config, dataset: Dataset): SplitData {
  const { holdOut: wanted } = config.data;
  const open = dataset.kind === "images" && findReals(config, { seed: config.seed }).heldOut === undefined;
  const share = wanted ?? (open ? USUAL_SHARE : 0);
  if (heldOutCount(dataset.count, share) > 0) {
    const { train, heldOut } = holdOut(dataset, share, config.seed);
    return { train, apart: heldOut };
  }
  if (wanted === null || wanted === 0) return { train: dataset };
  const note = `data.holdOut ${wanted} of ${dataset.count} samples would be too few to say anything: all are learned from.`;
  return { train: { ...dataset, notes: [...dataset.notes, note] } };
}

/**
 * Reals that are not learned from, for looks: those that `metrics.heldOut` names, the test set that belongs to the
 * source, new samples of a source that is drawn, or what is kept apart; undefined where there are none.
 *
 * @throws DataError when the reals that the config names cannot be loaded or do not fit.
 */
export async function findHeldOut(config: Config, { train, apart }: SplitData): Promise<Dataset | undefined> {
  const named = config.metrics.heldOut;
  const { reference, heldOut: source } = findReals(config, { heldOut: named, seed: config.seed });
  if (source === undefined) return apart;
  const drawn = source.source === reference.source;
  const limited = drawn ? { ...source, options: { ...source.options, limit: DRAWN_COUNT } } : source;
  try {
    return await loadHeldOut(limited, train);
  } catch (error) {
    // A test set that is not there is no reason not to train.
    if (named === undefined && error instanceof DataError) return apart;
    throw error;
  }
}
