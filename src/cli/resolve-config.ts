/** @file The config of a training out of its layers: preset, then file, then flags, then `--set`. */

import { type Config, parseConfig } from "../run/config.ts";
import { findConfigFile, readConfigFile } from "../run/config-file.ts";
import { mergeConfig, presetConfig, type RawConfig, setKey } from "../run/config-layers.ts";
import { ConfigError } from "../util/errors.ts";

/** The flags that change a config; each is undefined when it was not given. */
export interface ConfigFlags {
  readonly preset?: string;
  readonly data?: string;
  readonly size?: number;
  readonly kimg?: number;
  readonly steps?: number;
  readonly batch?: number;
  readonly seed?: number;
  readonly device?: string;
  readonly threads?: number;
  readonly set?: readonly string[];
}

/** A checked config, and where it came from. */
export interface ResolvedConfig {
  readonly config: Config;
  /** Such as `preset dcgan` or `gantry.config.ts over preset dcgan`. */
  readonly origin: string;
}

const DEFAULT_PRESET = "dcgan";

/** Lays the flags and the assignments of `--set` over `base`. */
export function applyFlags(base: RawConfig, flags: ConfigFlags): RawConfig {
  const { preset, data, size, kimg, set = [], ...plain } = flags;
  const layer = {
    preset,
    data: data === undefined && size === undefined ? undefined : { source: data, size },
    images: kimg === undefined ? undefined : Math.round(kimg * 1000),
    steps: plain.steps,
    batch: plain.batch,
    seed: plain.seed,
    device: plain.device,
    threads: plain.threads,
  };
  return set.reduce(setKey, mergeConfig(base, layer));
}

/**
 * Puts the config together. Without a file named, gantry.config.* of `folder` is used, unless a preset is named; without
 * any of these, the preset dcgan.
 * @throws ConfigError saying what is wrong, and where.
 */
export async function resolveConfig(
  file: string | undefined,
  flags: ConfigFlags,
  folder: string,
): Promise<ResolvedConfig> {
  const path = file ?? (flags.preset === undefined ? findConfigFile(folder) : null);
  const fromFile = path === null ? {} : await readConfigFile(path);
  const named = flags.preset ?? (typeof fromFile.preset === "string" ? fromFile.preset : undefined);
  const preset = named ?? (path === null ? DEFAULT_PRESET : undefined);
  const base = preset === undefined ? {} : presetConfig(preset);
  const origin = [path, preset === undefined ? null : `preset ${preset}${named === undefined ? " (the default)" : ""}`]
    .filter((part) => part !== null)
    .join(" over ");
  const merged = applyFlags(mergeConfig(base, fromFile), flags);
  const missing = ["data", "model"].filter((key) => merged[key] === undefined);
  if (missing.length > 0) {
    throw new ConfigError(`${origin} names no ${missing.join(" and no ")}`, {
      help: `set ${missing.join(" and ")}, or start from a preset: preset: "${DEFAULT_PRESET}"`,
    });
  }
  return { config: parseConfig(merged), origin };
}
