/** @file The config of one trial: a recipe laid on a protocol, and what was asked for on top of both. */

import { createHash } from "node:crypto";
import { type Config, parseConfig, totalSteps } from "../config/config.ts";
import { mergeConfig, type RawConfig, setKey } from "../config/layers.ts";
import { fingerprint } from "../run/config/fingerprint.ts";
import { ConfigError } from "../util/errors.ts";
import { type Changes, refuseOwnKeys } from "./changes.ts";
import type { Protocol, TrainingProtocol } from "./protocol.ts";
import { findRecipe, type Recipe } from "./recipes.ts";

/** Names of the recipes that a protocol can be run with. */
export const recipesFor = (protocol: Protocol, all: readonly Recipe[]): readonly string[] =>
  protocol.runner === "two-clusters" ? Object.keys(protocol.objectives) : all.map(({ name }) => name);

/** @throws ConfigError when the protocol cannot be run with the recipe called `name`. */
export function requireRecipe(protocol: Protocol, name: string): void {
  const possible = recipesFor(protocol, [findRecipe(name)]);
  if (possible.includes(name)) return;
  throw new ConfigError(
    `${protocol.benchmark} cannot be run with the recipe "${name}": ${protocol.name} plays ${possible.join(" and ")} only`,
    { help: "`gantry bench` lists the recipes of each protocol" },
  );
}

/** What is recorded on the way: ten checkpoints to go on from, of which one is kept, few pictures, and what is watched. */
function quiet(config: Config, { samples, watched }: TrainingProtocol["evaluation"]): RawConfig {
  const steps = totalSteps(config);
  const part = (parts: number) => Math.max(1, Math.ceil(steps / parts));
  const tenth = part(10);
  return {
    log: { every: part(60) },
    ...(watched && { metrics: { list: [watched], every: part(60), samples } }),
    samples: { every: steps, count: config.samples.count },
    checkpoint: { every: tenth, keep: 1 },
    // Times are of the training, and nobody reads what is found.
    health: { probes: "off" },
  };
}

/** What differs between the trials of a protocol and a recipe. */
interface TrialOptions {
  /** The seed. */
  readonly trial: number;
  readonly threads?: number | undefined;
  readonly device?: string | undefined;
  readonly changes?: Changes;
}

/**
 * The config of a trial.
 *
 * @param threads Within an operation; undefined for all there are.
 * @param device Where a step runs. Default `cpu`.
 * @throws ConfigError when the recipe does not go with the protocol, or a change is not valid.
 */
export function trialConfig(
  protocol: TrainingProtocol,
  recipe: Recipe,
  { trial, threads, device, changes = {} }: TrialOptions,
): Config {
  requireRecipe(protocol, recipe.name);
  refuseOwnKeys(changes);
  const { norm, ...layer } = recipe.layer(protocol);
  const { model, ...fixed } = protocol.config;
  const raw: RawConfig = {
    ...fixed,
    ...layer,
    model: { ...model, ...(norm && { norm }) },
    samples: { count: protocol.sample.kind === "points" ? 1000 : 64 },
  };
  const longer = changes.steps === undefined ? raw : mergeConfig(raw, { steps: changes.steps });
  const asked = parseConfig((changes.set ?? []).reduce(setKey, longer));
  return parseConfig({
    ...asked,
    ...quiet(asked, protocol.evaluation),
    seed: trial,
    ...(threads !== undefined && { threads }),
    ...(device !== undefined && { device }),
  });
}

/** What must be equal for a recorded trial to stand: what was trained, how long, and how it was judged. 16 hexadecimal digits. */
export function trialFingerprint(config: Config, { evaluation }: TrainingProtocol): string {
  const parts = JSON.stringify([fingerprint(config), totalSteps(config), evaluation.samples, evaluation.metrics]);
  return createHash("sha256").update(parts).digest("hex").slice(0, 16);
}
