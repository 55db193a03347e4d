/**
 * @file What diagnoses read: everything that was measured of a training, as series in time.
 *
 * A history is made from the events of a log, ours or someone else's, and nothing in it depends on how it was made: the same
 * diagnoses read a training in progress, a finished run, and the log of another trainer that knows losses only.
 */

import type { Better } from "../metrics/metric.ts";
import type { Counterfactual } from "./codes.ts";

/** What was measured at one point of a training. A signal that was not measured then is absent; NaN and infinities are kept. */
export interface Reading {
  /** Steps done, and real images shown. */
  readonly step: number;
  readonly images: number;
  /** By the names of `signals.ts`. */
  readonly values: Readonly<Record<string, number>>;
  /** Lists of numbers: histograms, such as `bins/fake`, and sketches of the weights, such as `sketch/generator`. */
  readonly vectors?: Readonly<Record<string, readonly number[]>>;
}

/** What a signal is when nothing is wrong: its distribution over pairs of batches of reals, each as large as a look. */
export interface Null {
  readonly mean: number;
  readonly sd: number;
  /** Values below and above which one look in a thousand falls, or fewer, when the samples are as good as reals. */
  readonly low: number;
  readonly high: number;
  /** How many pairs of batches this rests on; 0 where theory says it. */
  readonly pairs: number;
}

/** What is known of a training before its first step. Null where nobody knows, as for the log of another trainer. */
export interface Facts {
  readonly kind: "images" | "points" | null;
  /** What a step is, where it is an image: in a log that says neither steps nor samples of a batch. */
  readonly unit?: "images";
  /** Length of the training, as planned. */
  readonly steps: number | null;
  readonly images: number | null;
  /** Samples in a batch. */
  readonly batch: number | null;
  /** Samples that are learned from. */
  readonly dataCount: number | null;
  /** Reals that are kept apart, 0 for none. */
  readonly heldOut: number | null;
  /** Samples in a look. */
  readonly lookSamples: number | null;
  /** Moves of each player in a step; absent in older logs, and in those of other trainers: one is taken for granted. */
  readonly moves?: Readonly<Record<"generator" | "discriminator", number>>;
  /** Standard deviation of points that are learned from, root mean square over the dimensions; null for images, whose range is known. */
  readonly realScale: number | null;
  /** Name of the objective. */
  readonly objective: string | null;
  /** Whether adding a constant to all logits changes nothing, as for the relativistic and the Wasserstein objectives. */
  readonly shiftFree: boolean | null;
  /** Whether a moving average of the generator is kept. */
  readonly average: boolean | null;
  /** Figures of the metrics that judge it, and which of their values are good; absent where none do, and in older logs. */
  readonly figures?: Readonly<Record<string, Better>>;
}

/** Facts of a log of which nothing is known. */
export const UNKNOWN_FACTS: Facts = {
  kind: null,
  steps: null,
  images: null,
  batch: null,
  dataCount: null,
  heldOut: null,
  lookSamples: null,
  realScale: null,
  objective: null,
  shiftFree: null,
  average: null,
};

/** Everything measured of a training, each series in the order of time. */
export interface History {
  readonly facts: Facts;
  /** By signal; empty where reals were never compared with reals. */
  readonly nulls: Readonly<Record<string, Null>>;
  /** Means over the steps of a tick: what every step measures. */
  readonly scalars: readonly Reading[];
  /** What probes measured at every look. */
  readonly looks: readonly Reading[];
  /** Figures of metrics, such as `fid-10k-lenet_mnist`. */
  readonly metrics: readonly Reading[];
  /** What counterfactuals found, with the reading of the look before them. */
  readonly trials: readonly (Reading & { readonly of: Counterfactual })[];
}

/** A history of nothing yet. */
export const emptyHistory = (facts: Facts = UNKNOWN_FACTS, nulls: History["nulls"] = {}): History => ({
  facts,
  nulls,
  scalars: [],
  looks: [],
  metrics: [],
  trials: [],
});

/** One signal at one point. */
export interface Point {
  readonly step: number;
  readonly images: number;
  readonly value: number;
}

/** The points of `readings` at which `signal` was measured, in order. */
export function series(readings: readonly Reading[], signal: string): Point[] {
  const points: Point[] = [];
  for (const { step, images, values } of readings) {
    const value = values[signal];
    if (value !== undefined) points.push({ step, images, value });
  }
  return points;
}
