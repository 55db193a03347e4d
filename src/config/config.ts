/** @file The config: its types, and the checks that turn what a user wrote into one. */

import { z } from "zod";
import { augments } from "../gan/augments.ts";
import { objectives } from "../gan/objectives.ts";
import { penalties } from "../gan/penalties.ts";
import { metrics } from "../metrics/metrics.ts";
import { models } from "../models/models.ts";
import { optimizers } from "../optim/optimizers.ts";
import { ConfigError } from "../util/errors.ts";
import type { Registry } from "../util/registry.ts";
import { streamKey } from "../util/rng.ts";
import { didYouMean } from "../util/suggest.ts";
import { checkRules } from "./rules.ts";
import { type Config, type ConfigInput, configSchema, expandName } from "./schema.ts";

export type { Config, ConfigInput } from "./schema.ts";

/** Helps the editor: `export default defineConfig({ … })` in gantry.config.ts. */
export function defineConfig(config: ConfigInput): ConfigInput {
  return config;
}

/** Every key that occurs anywhere in the schema, for suggestions. */
function knownKeys(schema: unknown, keys = new Set<string>()): Set<string> {
  if (Array.isArray(schema)) for (const part of schema) knownKeys(part, keys);
  else if (typeof schema === "object" && schema !== null) {
    for (const [key, value] of Object.entries(schema)) {
      if (key === "properties") for (const name of Object.keys(value as object)) keys.add(name);
      knownKeys(value, keys);
    }
  }
  return keys;
}

/** What `path` leads to in an unchecked config. */
const at = (raw: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((node, key) => (node as Record<PropertyKey, unknown> | undefined)?.[key], raw);

/** The options of the row that an unchecked config names at `path`, for an error about a key that it does not have. */
function optionsAt(raw: Readonly<Record<string, unknown>>, path: readonly PropertyKey[]): string {
  const table = REGISTRIES[String(path[0])];
  const { name } = (expandName(at(raw, path)) ?? {}) as { readonly name?: unknown };
  const row = table !== undefined && typeof name === "string" ? table[name] : undefined;
  if (row === undefined) return "";
  const options = Object.keys(row.options.shape);
  return ` "${row.name}" has ${options.length === 0 ? "no options" : `the options ${options.join(", ")}`}.`;
}

function issueText(issue: z.core.$ZodIssue, raw: Readonly<Record<string, unknown>>): string {
  const path = issue.path.join(".");
  if (issue.code === "unrecognized_keys") {
    const keys = [...knownKeys(z.toJSONSchema(configSchema, { io: "input", unrepresentable: "any" }))];
    return issue.keys
      .map(
        (key) =>
          `unknown key "${path === "" ? key : `${path}.${key}`}".${didYouMean(
            key,
            keys.filter((known) => known !== key),
          )}${optionsAt(raw, issue.path)}`,
      )
      .join("\n");
  }
  return path === "" ? issue.message : `${path}: ${issue.message}`;
}

const REGISTRIES: Readonly<Record<string, Registry<unknown>>> = {
  model: models,
  objective: objectives,
  penalties,
  augment: augments,
  optimizer: optimizers,
  metrics,
};

/** The lists of choices of a config, or of what may become one, by key. */
const listsOf = <T>(config: {
  readonly penalties?: T;
  readonly augment?: T;
  readonly metrics?: { readonly list?: T };
}) => ({ penalties: config.penalties, augment: config.augment, "metrics.list": config.metrics?.list });

/** A better message than the schema's for a name that no registry has. */
function checkNames(raw: Readonly<Record<string, unknown>>): void {
  const check = (kind: string, table: Registry<unknown>, value: unknown): void => {
    const name = (expandName(value) as { name?: unknown } | undefined)?.name;
    if (typeof name !== "string" || Object.hasOwn(table, name)) return;
    throw new ConfigError(`${kind}: unknown name "${name}".${didYouMean(name, Object.keys(table))}`, {
      help: `known: ${Object.keys(table).join(", ")}`,
    });
  };
  for (const [key, value] of Object.entries(listsOf<unknown>(raw))) {
    const list = typeof value === "string" ? value.split(",") : Array.isArray(value) ? value : [];
    for (const item of list.filter((name) => name !== "")) check(key, REGISTRIES[key.split(".")[0]!]!, item);
  }
  for (const [player, choice] of Object.entries((raw.optimizer ?? {}) as object)) {
    check(`optimizer.${player}`, optimizers, choice);
  }
  check("model", models, raw.model);
  check("objective", objectives, raw.objective);
}

/**
 * Checks a config and fills in the defaults.
 * @throws ConfigError listing every problem by its key, with suggestions for typos.
 */
export function parseConfig(raw: Readonly<Record<string, unknown>>): Config {
  checkNames(raw);
  const result = configSchema.safeParse(raw);
  if (!result.success) {
    throw new ConfigError(
      `the config is not valid\n${result.error.issues.map((issue) => `  ${issueText(issue, raw)}`).join("\n")}`,
      {
        help: "`gantry train --help` lists the flags; docs/reference/config.md lists every key",
      },
    );
  }
  const config = result.data;
  if (config.images !== null && config.steps !== null) {
    throw new ConfigError("give the length of the training either as images (kimg) or as steps, not both");
  }
  for (const [key, list] of Object.entries(listsOf(config))) {
    const names = list!.map(({ name }) => name);
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined)
      throw new ConfigError(`${key}: "${twice}" is listed twice`, { help: "list it once, with the options of both" });
  }
  checkRules(config);
  return config;
}

/** Real images that count as shown when the discriminator moves once. */
export const imagesPerMove = ({ batch, updates }: Config): number => batch * (updates.accumulate ?? 1);

/** Real images that count as shown in a step: those that the discriminator learns from. */
export const imagesPerStep = (config: Config): number => imagesPerMove(config) * config.updates.discriminatorSteps;

/** The number of steps of a training: `steps`, or as many as show `images` real images. Default 1,000,000 images. */
export function totalSteps(config: Config): number {
  if (config.steps !== null) return config.steps;
  return Math.ceil((config.images ?? 1_000_000) / imagesPerStep(config));
}

/** Steps between two looks: as the config says, or a hundredth of the training, at least 20 and at most 500. */
export const lookEvery = (config: Config): number =>
  config.health.every ?? Math.min(500, Math.max(20, Math.round(totalSteps(config) / 100)));

/** The seed of weights, data order and noise: another one at each try. What the data are depends on `seed` alone. */
export const trainingSeed = ({ seed, retry }: Pick<Config, "seed" | "retry">): number =>
  retry === 0 ? seed : streamKey(seed, `retry/${retry}`).k0 >>> 0;
