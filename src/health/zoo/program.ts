/** @file What the zoo is made of: programs that train well, and causes that make them fail. */

import type { Config, ConfigInput } from "../../config/config.ts";
import type { RawConfig } from "../../config/layers.ts";
import type { FailureCode } from "../codes.ts";

/** Where a program belongs, whole: thresholds may be looked at on the one half, and are tested on the other. */
export const HALVES = ["calibration", "held-out"] as const;

/** One of {@link HALVES}. */
export type Half = (typeof HALVES)[number];

/** What an unspoilt end of a training reaches at least, by the oracle. */
export interface Floor {
  /** Share of the modes that are held, 0 to 1: each has at least a fifth of its true share, in good samples. */
  readonly held: number;
  /** Share of good samples, 0 to 1. */
  readonly quality: number;
}

/** A training that goes well: data, networks, objective and length. */
export interface ZooProgram {
  /** Such as `ring-non-saturating`. */
  readonly name: string;
  readonly half: Half;
  readonly kind: "points" | "grey" | "colour";
  /** Complete but for the seed and what is recorded. */
  readonly config: ConfigInput;
  readonly floor: Floor;
}

/** A change of the data before they are learned from. The oracle judges by the data as they were. */
export type DataChange = "half-range" | "frame" | "scaled" | "coarse" | "sprinkled" | "skewed";

/** What spoils a program, or only looks as if it did. */
export interface ZooCause {
  /** Such as `generator-much-faster`. */
  readonly name: string;
  /** What it is there to cause; null for a control, which should stay healthy. What it causes, the oracle says. */
  readonly plants: FailureCode | null;
  readonly summary: string;
  /** Names of the programs it is tried on. */
  readonly programs: readonly string[];
  /** What is laid over the program's config, as by `mergeConfig`. */
  readonly layer: (config: Config) => RawConfig;
  readonly data?: DataChange;
}
