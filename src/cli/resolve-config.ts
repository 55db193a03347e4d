/** @file The config of a training out of its layers: preset, then file, then flags, then `--set`. */

import type { Config } from "../config/config.ts";
import { mergeConfig, type RawConfig, setKey } from "../config/layers.ts";
import { findConfigFile, readConfigFile } from "../run/config/config-file.ts";
import { layConfig, type UnsizedConfig } from "../run/config/unsized.ts";
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
  /** Names of metrics, with commas between. */
  readonly metrics?: string;
  /** How much is measured to see failures. */
  readonly probes?: string;
  /** What follows a failure. */
  readonly remedy?: string;
  readonly stopWhenHealthyPlateau?: boolean;
  readonly set?: readonly string[];
}

/** A config, checked unless it waits for its data, and where it came from. */
export interface ResolvedConfig {
  readonly config: Config | UnsizedConfig;
  /** Such as `preset dcgan` or `gantry.config.ts over preset dcgan`. */
  readonly origin: string;
}

const DEFAULT_PRESET = "recommended";

function layHealth({ probes, remedy, stopWhenHealthyPlateau }: ConfigFlags): RawConfig | undefined {
  if (probes === undefined && remedy === undefined && stopWhenHealthyPlateau === undefined) return undefined;
  return { probes, remedy, stopAtPlateau: stopWhenHealthyPlateau };
}

/** Lays the flags over `base`, all but the assignments of `--set`. */
function layFlags(base: RawConfig, flags: ConfigFlags): RawConfig {
  const { preset, data, size, kimg, ...plain } = flags;
  return mergeConfig(base, {
    preset,
    data: data === undefined && size === undefined ? undefined : { source: data, size },
    images: kimg === undefined ? undefined : Math.round(kimg * 1000),
    steps: plain.steps,
    batch: plain.batch,
    seed: plain.seed,
    device: plain.device,
    threads: plain.threads,
    metrics: plain.metrics === undefined ? undefined : { list: plain.metrics },
    health: layHealth(flags),
  });
}

/** Lays the flags and the assignments of `--set` over `base`. */
export function applyFlags(base: RawConfig, flags: ConfigFlags): RawConfig {
  return (flags.set ?? []).reduce(setKey, layFlags(base, flags));
}

/**
 * Puts the config together. Without a file named, gantry.config.* of `folder` is used, unless a preset is named; without
 * any of these, the preset recommended.
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
  const origin = [path, preset === undefined ? null : `preset ${preset}${named === undefined ? " (the default)" : ""}`]
    .filter((part) => part !== null)
    .join(" over ");
  const layer = layFlags(fromFile, flags);
  const set = flags.set ?? [];
  if (preset === undefined) checkNamed(set.reduce(setKey, layer), origin);
  return { config: layConfig(preset, layer, set), origin };
}

/** @throws ConfigError where data or model are missing and no preset says them. */
function checkNamed(config: RawConfig, origin: string): void {
  const missing = ["data", "model"].filter((key) => config[key] === undefined);
  if (missing.length === 0) return;
  throw new ConfigError(`${origin} names no ${missing.join(" and no ")}`, {
    help: `set ${missing.join(" and ")}, or start from a preset: preset: "${DEFAULT_PRESET}"`,
  });
}
