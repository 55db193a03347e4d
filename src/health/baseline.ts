/** @file What is learned from reals alone before a training begins, and again when it resumes: a function of data and seed. */

import type { Null } from "./history.ts";
import type { Rows } from "./look.ts";

/** What probes compare with. */
export interface Baseline {
  /** How samples are made small before distances are taken: images are averaged over squares of so many pixels; 1 for points. */
  readonly pool: number;
  /** [channels, height, width] or [dimensions] of a sample. */
  readonly shape: readonly number[];
  /** Real samples to compare with, made small: at most a few thousand of those that are learned from. */
  readonly train: Rows;
  /** Cells of the reals, made small, and the share of the reals in each. */
  readonly bins: { readonly centres: Rows; readonly shares: readonly number[] };
  /** Mean distance between two reals, made small; and the median distance of a real to its nearest among a look's reals. */
  readonly distance: { readonly pair: number; readonly nearest: number };
  /** By signal: what it is for reals in the place of the fakes. */
  readonly nulls: Readonly<Record<string, Null>>;
}
