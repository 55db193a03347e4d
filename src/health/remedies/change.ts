/** @file How remedies change configs. */

import { configChanges } from "../../config/changes.ts";
import { type Config, parseConfig } from "../../config/config.ts";
import { ConfigError } from "../../util/errors.ts";

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

/** Options of one player's optimiser. */
export type Optimizer = Config["optimizer"][Player];

/** Learning rates of Adam and its kin beyond which a rate is the plain fault of a config: published trainings, most of which lie between 5e-5 and 2.5e-3, keep well within. */
export const [LOWEST_RATE, HIGHEST_RATE] = [5e-6, 1e-2];

/** The rate of plain descent, whose moves grow with the gradient, from which no published GAN was trained. */
const HIGHEST_OF_DESCENT = 0.1;

/** A player that learns more than so many times as fast as the other leaves it behind. */
const UNEQUAL = 10;

const isOutOfRange = ({ name, lr }: Optimizer): boolean =>
  name === "sgd" ? lr >= HIGHEST_OF_DESCENT : lr < LOWEST_RATE || lr > HIGHEST_RATE;

/** Whether a rate is out of range, or the players' rates are far apart: doubling or halving one of them mends neither. */
export function ratesAreOff({ generator, discriminator }: Config["optimizer"]): boolean {
  const ratio = generator.lr / discriminator.lr;
  const areUnequal = generator.name === discriminator.name && (ratio > UNEQUAL || ratio < 1 / UNEQUAL);
  return areUnequal || isOutOfRange(generator) || isOutOfRange(discriminator);
}

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
