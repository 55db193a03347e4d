/** @file What a probe is: a pure function from a look to signals. */

import type { Config } from "../../config/schema.ts";
import type { Look } from "../look.ts";
import type { Baseline } from "./baseline.ts";

/** How much is measured: each level includes the ones before it. */
export type ProbeLevel = Exclude<Config["health"]["probes"], "off">;

/** What a probe found in a look. */
export interface Found {
  readonly values: Readonly<Record<string, number>>;
  readonly vectors?: Readonly<Record<string, readonly number[]>>;
}

/** A pure function from a look to signals. */
export interface Probe {
  readonly name: string;
  /** The lowest level at which it is asked. */
  readonly level: ProbeLevel;
  /** Whether samples alone decide it: what it is by chance is then measured on reals in the place of fakes. Default no. */
  readonly ofSamples?: true;
  /** The signals it may give; a name that ends in `*` stands for all that begin so. */
  readonly signals: readonly string[];
  /**
   * What it measures depends on nothing but this look, so that a training that was broken off and resumed measures the same.
   * What is about motion is read from the history: `sketch/*` are the weights in few numbers.
   *
   * @param baseline What was learned from reals before the training began.
   */
  readonly measure: (look: Look, baseline: Baseline) => Found;
}
