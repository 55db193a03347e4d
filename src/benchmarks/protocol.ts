/** @file What a protocol is: all that must be equal for two results of a benchmark to be compared. */

import type { DataDescription } from "../config/recommended.ts";

/** A config that says what a protocol fixes. */
export type ConfigLayer = Readonly<Record<string, unknown>>;

/** The step at which all known modes were first captured, as finely as they were watched. A figure of the training itself, as `minutes`. */
export const COVERAGE_STEP = "coverage-step";

/** A figure of the row that a recipe gets in the table. */
export interface Column {
  /** The figure's full name, such as `modes-2500/high-quality`; a training's own are `minutes` and {@link COVERAGE_STEP}. */
  readonly figure: string;
  readonly title: string;
  /** How it is written: a `count` of trials for figures that are 0 or 1. */
  readonly format: "number" | "percent" | "count";
  /** What stands for all trials: the mean with its standard error (the default), or the median. */
  readonly statistic?: "mean" | "median";
}

/** Where a protocol is from. */
export interface Source {
  /** Authors, title, year. */
  readonly paper: string;
  /** Repository and file. */
  readonly code?: string;
}

/** What all protocols say. */
interface CommonProtocol {
  readonly benchmark: string;
  /** Unique within the benchmark. A protocol that is not the published one has a name of its own. */
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  readonly source: Source;
  /** How many trainings, of seeds 0, 1, …, unless asked for otherwise. */
  readonly trials: number;
  /** Where it differs from the published protocol, and why. Empty for the published one itself. */
  readonly differences: readonly string[];
  readonly columns: readonly Column[];
  /** Name of the table of published rows that stands beside ours; absent where nothing was published as figures. */
  readonly published?: string;
}

/** Trainings of a config, whose samples are judged. */
export interface TrainingProtocol extends CommonProtocol {
  readonly runner: "training";
  /** The data's kind, shape and count, for recipes that are sized from them. */
  readonly sample: DataDescription;
  /** Data, networks, batch, length and the protocol's own optimisers. */
  readonly config: ConfigLayer & {
    readonly data: ConfigLayer & { readonly source: string };
    readonly model: ConfigLayer & { readonly name: string };
    readonly optimizer: ConfigLayer;
    readonly batch: number;
  };
  readonly evaluation: {
    /** Samples that are drawn and judged. */
    readonly samples: number;
    /** Rows of the metric registry. */
    readonly metrics: readonly string[];
    /** Of them, the one that is computed sixty times on the way, for the time to coverage. Default none. */
    readonly watched?: "modes";
  };
  /** What the cores are for: trainings side by side, on one thread each, or the operations of one training. */
  readonly cores: "trials" | "operations";
}

/** Games of the two clusters, all of them played at once. */
export interface TwoClusterProtocol extends CommonProtocol {
  readonly runner: "two-clusters";
  /** Ten moves of the discriminator and ten of the generator each. */
  readonly epochs: number;
  /** The objective of each recipe that can be played; it has no other part. */
  readonly objectives: Readonly<Record<string, string>>;
}

export type Protocol = TrainingProtocol | TwoClusterProtocol;
