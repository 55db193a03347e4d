/** @file What causes and controls of the zoo share: the programs that they are for, and rates beside those of a program. */

import type { Config } from "../../config/config.ts";
import type { RawConfig } from "../../config/layers.ts";
import { zooPrograms } from "./programs.ts";

type Player = keyof Config["optimizer"];

/** Names of the programs that pass a test. */
export const named = (test: (program: (typeof zooPrograms)[number]) => boolean): readonly string[] =>
  zooPrograms.filter(test).map(({ name }) => name);
/** Names of all programs. */
export const ALL = named(() => true);
/** Of those of points. */
export const POINTS = named(({ kind }) => kind === "points");
/** And of images. */
export const IMAGES = named(({ kind }) => kind !== "points");

/** A learning rate that is so many times the program's. */
export const rate = ({ optimizer }: Config, player: Player, factor: number): RawConfig => ({
  lr: optimizer[player].lr * factor,
});

/** Optimisers of both players. */
export interface Rates {
  readonly generator: RawConfig;
  readonly discriminator: RawConfig;
}

/** Learning rates that are so many times the program's. */
export const rates =
  (generator: number, discriminator: number) =>
  (config: Config): { readonly optimizer: Rates } => ({
    optimizer: {
      generator: rate(config, "generator", generator),
      discriminator: rate(config, "discriminator", discriminator),
    },
  });

/** Rates that stay as they are to the end, and what else both players get. */
export const unfalling = ({ optimizer }: { readonly optimizer: Rates }, more: RawConfig = {}): Rates => {
  const of = (player: Player) => ({ ...optimizer[player], ...more, schedule: { kind: "constant" } });
  return { generator: of("generator"), discriminator: of("discriminator") };
};

/** Rates that rise, by the same factor in every step, to `final` times their start. */
export const risingRates = ({ optimizer }: { readonly optimizer: Rates }, final: number): Rates => {
  const of = (player: Player) => ({ ...optimizer[player], schedule: { kind: "exponential", final } });
  return { generator: of("generator"), discriminator: of("discriminator") };
};
