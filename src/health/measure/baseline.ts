/** @file What probes compare with: what is learned from reals alone before a training begins. */

import type { Null } from "../history.ts";
import type { Rows } from "../look.ts";

/** What probes compare with. */
export interface Baseline {
  /**
   * How samples are made small before distances are taken: images are averaged over squares of so many pixels; 1 for
   * points.
   */
  readonly pool: number;
  /** [channels, height, width] or [dimensions] of a sample. */
  readonly shape: readonly number[];
  /** How many reals are learned from. */
  readonly count: number;
  /** Real samples to compare with, made small: at most a few thousand of those that are learned from. */
  readonly train: Rows;
  /** The mirror images of `train`, row by row, made small; absent where the training does not mirror. */
  readonly mirrored?: Rows;
  /**
   * Cells of the reals, made small, and the share in each of those that are learned from. Cells that are near each other are one kind: `kinds`
   * has the kind of each cell, counted from 0. To say that a kind is missing, cells within a kind would be too fine.
   */
  readonly bins: { readonly centres: Rows; readonly shares: readonly number[]; readonly kinds: readonly number[] };
  /**
   * Mean distance between two reals, made small; and the median distance of a real to its nearest among as many reals as a
   * look has fakes. Of held-out reals, where few are learned from.
   */
  readonly distance: {
    readonly pair: number;
    readonly nearest: number;
    /**
     * Distance of held-out reals to the nearest that is learned from, the median of those whose kind is among
     * these; absent where none are held out.
     */
    readonly unseen?: number;
  };
  /** By signal: what it is for reals in the place of the fakes. */
  readonly nulls: Readonly<Record<string, Null>>;
}
