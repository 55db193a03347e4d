/**
 * @file A config whose preset waits for the data: what is laid over the preset is kept until they are loaded.
 *
 * The config that results is complete, and is what is saved; a run that is resumed is never sized again.
 */

import { type Config, parseConfig } from "../../config/config.ts";
import { isSized, mergeConfig, presetConfig, type RawConfig, setKey, sizedPresets } from "../../config/layers.ts";
import { type DataDescription, describeData } from "../../config/recommended.ts";
import type { Dataset } from "../../data/dataset.ts";
import { loadDataset } from "../../data/sources.ts";
import { ConfigError } from "../../util/errors.ts";

/** The layers of a config over a preset that is sized from the data. */
export interface UnsizedConfig {
  /** A preset that is a function of the data. */
  readonly preset: string;
  /** Laid over it: a config file and flags. Names the data. */
  readonly layer: RawConfig;
  /** Assignments `key=value`, laid over that one by one. */
  readonly set: readonly string[];
}

/** The complete config for such data. @throws ConfigError listing every problem by its key. */
export function sizeConfig({ preset, layer, set }: UnsizedConfig, data: DataDescription): Config {
  return parseConfig(set.reduce(setKey, mergeConfig(presetConfig(preset, data), layer)));
}

/** Data of either kind, to check a config on before the real ones are loaded. */
const NOMINAL: readonly DataDescription[] = [
  { kind: "images", shape: [3, 64, 64], count: 10_000 },
  { kind: "points", shape: [2], count: 10_000 },
];

/** @throws ConfigError for what is wrong whatever the data are: mistyped keys, bad values, impossible combinations. */
function checkForAnyData(config: UnsizedConfig): void {
  const problems = NOMINAL.map((data) => {
    try {
      sizeConfig(config, data);
      return null;
    } catch (error) {
      if (error instanceof ConfigError) return error;
      throw error;
    }
  });
  const [first] = problems;
  if (first && problems.every((problem) => problem !== null)) throw first;
}

/**
 * Lays a config and then assignments over the preset called `preset`, if there is one. The result is complete, unless the preset
 * waits for the data.
 * @throws ConfigError when there is no such preset, or the config is complete and not valid.
 */
export function layConfig(
  preset: string | undefined,
  layer: RawConfig,
  set: readonly string[] = [],
): Config | UnsizedConfig {
  if (preset !== undefined && isSized(preset)) {
    const unsized = { preset, layer, set };
    checkForAnyData(unsized);
    return unsized;
  }
  return parseConfig(set.reduce(setKey, mergeConfig(preset === undefined ? {} : presetConfig(preset), layer)));
}

/** True for an assignment to `data` or `seed`, which say what is loaded. */
const saysWhatIsLoaded = (assignment: string): boolean => /^(data|seed)\b/.test(assignment);

/** The data of a config, with the source's own randomness. */
export function loadData({ data, seed }: Pick<Config, "data" | "seed">): Promise<Dataset> {
  const { source, mirror: _, holdOut: __, ...given } = data;
  const options = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return loadDataset(source, { ...options, seed });
}

/** A complete config, and its data where they had to be loaded for it. */
export interface SettledConfig {
  readonly config: Config;
  readonly dataset?: Dataset;
}

/** Loads the data of a config that waits for them, and completes it. A complete one stays as it is. */
export async function settleConfig(config: Config | UnsizedConfig): Promise<SettledConfig> {
  if (!("layer" in config)) return { config };
  // What says the data does not depend on them; the model only completes the config for its checks.
  const named = mergeConfig(sizedPresets[config.preset]?.fixed ?? {}, config.layer);
  const about = { data: named.data, ...(named.seed !== undefined && { seed: named.seed }), model: "mlp" };
  const loaded = config.set.filter(saysWhatIsLoaded).reduce<RawConfig>(setKey, about);
  const dataset = await loadData(parseConfig(loaded));
  return { config: sizeConfig(config, describeData(dataset)), dataset };
}
