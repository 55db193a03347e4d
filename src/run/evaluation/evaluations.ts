/** @file What one may ask of `evaluate`, and what it answers. */

import type { Choice } from "../../config/schema.ts";
import type { DataOptions } from "../../data/dataset.ts";
import type { WeightKind } from "../sampling/sampling.ts";
import type { Evaluation } from "./evaluation.ts";
import type { ForeignOptions } from "./onnx-extractor.ts";

/** What to judge by, and how. Everything has a default but the reference of samples. */
export interface EvaluateOptions {
  /** Rows of the metric registry, with options or without; `all` is every one that can be computed. Default by kind of data. */
  readonly metrics?: readonly (string | Choice)[] | "all" | undefined;
  /** Options of metrics as text, such as `prdc.k=3`. */
  readonly set?: readonly string[] | undefined;
  /** Reals that judge, or an .npz of their statistics. Default: the data that the run was trained on. Required for samples. */
  readonly reference?: string | undefined;
  /** Reals that the generator never saw. Default: the test set, or for synthetic data another seed. */
  readonly heldOut?: string | undefined;
  /** The extractor's name, or the path of an ONNX file. Default: the classifier of the data, or `random_conv`. */
  readonly features?: string | undefined;
  /** How to use an ONNX file. */
  readonly foreign?: Pick<ForeignOptions, "range" | "output"> | undefined;
  /** How many samples are judged. Default 10,000 images, 25,600 stacked digits, 2,500 points; of samples that are there, all. */
  readonly samples?: number | undefined;
  /** Of subsets, directions and cells. Default 0. The samples of a run have the seeds 0 to `samples` - 1. */
  readonly seed?: number | undefined;
  /** Folder of the runs. Default `runs`. */
  readonly runs?: string | undefined;
  /** A run's checkpoint by name or step, or `latest` or `best`. Default the latest good one. */
  readonly checkpoint?: string | undefined;
  /** Default `ema`, where the run keeps a moving average. */
  readonly weights?: WeightKind | undefined;
  /** Size and channels of the sources that are named. Default those of the run's data, else the sources' own. */
  readonly data?: Pick<DataOptions, "size" | "channels"> | undefined;
  /** Threads of the runtime. Default: the cores that this process may use. */
  readonly threads?: number | undefined;
  /** Called with what is done next, such as `drawing 10,000 samples`. */
  readonly onProgress?: ((what: string) => void) | undefined;
}

/** What was judged. */
export type JudgedSubject =
  | {
      readonly kind: "run";
      /** The run's directory. */
      readonly run: string;
      readonly checkpoint: string;
      readonly step: number;
      readonly weights: WeightKind;
    }
  | { readonly kind: "samples"; readonly name: string };

/** Reals, and how many there are. */
export interface JudgingReals {
  readonly name: string;
  /** Undefined where statistics do not say. */
  readonly count: number | undefined;
  /** Whether there is no more of them than mean and covariance. */
  readonly statistics?: true;
}

/** A metric that could not be computed, and why. */
export interface LeftOut {
  readonly metric: string;
  readonly reason: string;
}

/** Figures, with everything that must be said beside them. */
export interface Evaluations {
  readonly subject: JudgedSubject;
  /** Samples judged; those of a run have the seeds 0 to this number less 1. */
  readonly samples: number;
  /** All the reals that subsets are drawn from. */
  readonly reference: JudgingReals;
  /** Unseen reals, where a metric needed them. */
  readonly heldOut?: JudgingReals;
  /** The extractor's name. */
  readonly features: string;
  readonly seed: number;
  /** Time of everything, loading included. */
  readonly seconds: number;
  readonly metrics: readonly Evaluation[];
  /** Under `all`: which metrics could not be computed, and why. */
  readonly leftOut: readonly LeftOut[];
  /** Guesses and conversions of the readers, and damaged checkpoints that were passed over. */
  readonly notes: readonly string[];
}
