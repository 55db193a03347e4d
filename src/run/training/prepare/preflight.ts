/** @file The checks before a training, on prepared data and networks. */

import type { Config } from "../../../config/config.ts";
import { preflightCase } from "../../../health/preflight/case.ts";
import type { CostFacts, Note } from "../../../health/preflight/check.ts";
import { preflight } from "../../../health/preflight/preflight.ts";
import { ConfigError } from "../../../util/errors.ts";
import { findReals } from "../../evaluation/reals.ts";
import type { SplitData } from "./held-out.ts";
import type { Prepared } from "./prepare.ts";
import { countStep } from "./step-cost.ts";

/** Bytes of samples that are looked at: all of MNIST, and a part of larger sets. */
const MOST_BYTES = 64e6;

/** Whether there will be reals that the discriminator never learns from. */
const hasUnseen = (config: Config, { apart }: SplitData): boolean =>
  apart !== undefined ||
  config.metrics.heldOut !== undefined ||
  findReals(config, { seed: config.seed }).heldOut !== undefined;

/** What the checks find. Reads the samples, or of large sets some of them. */
export function runPreflight(
  config: Config,
  { split, game }: Pick<Prepared, "split" | "game">,
  cost?: CostFacts,
): Note[] {
  const unseen = hasUnseen(config, split);
  return preflight(
    preflightCase({ config, dataset: split.train, game, unseen, mostBytes: MOST_BYTES, ...(cost && { cost }) }),
  );
}

/** A note in one line. */
export const noteText = ({ check, message, help }: Note): string =>
  `${check}: ${message}${help === undefined ? "" : `; ${help}`}`;

/** What a step of a training on the processor takes, by tracing it anew; undefined elsewhere, where a device's own memory counts. */
export const expectedCost = ({ device }: Config, { game, dataset }: Pick<Prepared, "game" | "dataset">) =>
  device === "cpu" ? countStep(game, dataset) : undefined;

/**
 * What is said at the start of a training: the warnings. Nothing where the config turns health off, which is how a training that
 * is refused here can be had all the same.
 *
 * @param cost Of {@link expectedCost}; without it nothing is said of memory.
 * @throws ConfigError where nothing can be learned.
 */
export function warningsBefore(config: Config, prepared: Pick<Prepared, "split" | "game">, cost?: CostFacts): string[] {
  if (config.health.probes === "off") return [];
  const notes = runPreflight(config, prepared, cost);
  const error = notes.find(({ level }) => level === "error");
  if (error !== undefined) {
    throw new ConfigError(`${error.check}: ${error.message}`, {
      help: `${error.help}; to train all the same: --set health.probes=off`,
    });
  }
  return notes.filter(({ level }) => level === "warning").map(noteText);
}
