/** @file How remedies change configs. */

import { configChanges } from "../../config/changes.ts";
import { type Config, parseConfig } from "../../config/config.ts";
import { ConfigError } from "../../util/errors.ts";
import type { Optimizer } from "../usual-rates.ts";

/** The config with other values at some of its top-level keys. Null where nothing changes, or a rule forbids the result. */
export function changed(config: Config, keys: Readonly<Record<string, unknown>>): Config | null {
  try {
    const after = parseConfig({ ...config, ...keys });
    return configChanges(config, after).length === 0 ? null : after;
  } catch (error) {
    if (error instanceof ConfigError) return null;
    throw error;
  }
}

/** Without the noise of a product of decimal fractions: 0.05 · 0.1 is 0.005. */
export const round = (value: number): number => Number(value.toPrecision(6));

type Player = keyof Config["optimizer"];

/** The config with other options of its optimisers, as `edit` says for each player. */
export function withOptimizers(config: Config, edit: (own: Optimizer, player: Player) => object): Config | null {
  const { generator, discriminator } = config.optimizer;
  return changed(config, {
    optimizer: {
      generator: { ...generator, ...edit(generator, "generator") },
      discriminator: { ...discriminator, ...edit(discriminator, "discriminator") },
    },
  });
}

/** Whether the generator is asked for classes or a code. */
export const isAsked = ({ conditioning, code }: Config): boolean =>
  code !== undefined || (conditioning !== undefined && conditioning.generator !== "none");
