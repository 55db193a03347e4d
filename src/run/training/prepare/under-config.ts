/** @file A training under another config than it was prepared for: the same data, another game. */

import type { Backend } from "../../../backend/backend.ts";
import type { Config } from "../../../config/config.ts";
import { ConfigError } from "../../../util/errors.ts";
import { fingerprint } from "../../config/fingerprint.ts";
import type { TrainingJob } from "../job.ts";
import { type Learned, prepareGame, prepareJudging } from "./prepare.ts";

/** The job under another config of the run: its game, and what judges it, which must be released. */
export async function underConfig(job: TrainingJob, config: Config, backend: Backend) {
  if (fingerprint(config) === fingerprint(job.config)) return { job, release: async () => {} };
  const { game, measured } = prepareGame(config, job.dataset);
  const { all: dataset = job.dataset } = job;
  const judging = job.judging && (await prepareJudging(config, { dataset, game, measured }, backend));
  return {
    job: { ...job, config, game, ...(judging && { judging }) },
    release: async () => judging?.judge?.release(),
  };
}

/** Whether a game can be made of a config, for such data. */
export function fits(config: Config, dataset: Learned): boolean {
  try {
    prepareGame(config, dataset);
    return true;
  } catch (error) {
    if (error instanceof ConfigError) return false;
    throw error;
  }
}
