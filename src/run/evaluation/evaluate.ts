/** @file Judges a run, a checkpoint or samples by reals: the whole of `gantry evaluate` but its words. */

import type { Backend } from "../../backend/backend.ts";
import { nodeBackend } from "../../backend/onnx/node.ts";
import type { DataOptions, Dataset } from "../../data/dataset.ts";
import type { DataError } from "../../util/errors.ts";
import { ConfigError } from "../../util/errors.ts";
import type { Choice } from "../config/schema.ts";
import { drawSeeds } from "../sampling/sample-run.ts";
import type { WeightKind } from "../sampling/sampling.ts";
import { chooseExtractor, usualExtractor } from "./choose-extractor.ts";
import { ALL_METRICS, chooseMetrics, metricOf, usualCount, usualMetrics } from "./choose-metrics.ts";
import type { Evaluation } from "./evaluation.ts";
import { Evaluator, type EvaluatorOptions } from "./evaluator.ts";
import type { OpenExtractor, Samples } from "./extractor.ts";
import { findReals, loadReals } from "./reals.ts";
import { openSubject, type Subject } from "./subject.ts";
import { pickSamples } from "./subsets.ts";

/** What to judge by, and how. Everything has a default but the reference of samples. */
export interface EvaluateOptions {
  /** Rows of the metric registry, with options or without; `all` is every one that can be computed. Default by kind of data. */
  readonly metrics?: readonly (string | Choice)[] | "all" | undefined;
  /** Options of metrics as text, such as `prdc.k=3`. */
  readonly set?: readonly string[] | undefined;
  /** Reals that judge. Default: the data that the run was trained on. Required for samples. */
  readonly reference?: string | undefined;
  /** Reals that the generator never saw. Default: the test set, or for synthetic data another seed. */
  readonly heldOut?: string | undefined;
  /** The extractor's name. Default: the classifier of the data, or `random_conv`. */
  readonly features?: string | undefined;
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
  readonly count: number;
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
  readonly leftOut: readonly { readonly metric: string; readonly reason: string }[];
  /** Guesses and conversions of the readers, and damaged checkpoints that were passed over. */
  readonly notes: readonly string[];
}

/** Most samples that are judged at once, and the fewest. */
const [MOST, FEWEST] = [1_000_000, 2];

function checkCount(samples: number | undefined): void {
  if (samples === undefined || (Number.isInteger(samples) && samples >= FEWEST && samples <= MOST)) return;
  throw new ConfigError(`samples must be a whole number from ${FEWEST} to ${MOST}, not ${samples}`, {
    help: "10,000 are usual; a Frechet distance needs more than there are features",
  });
}

const kindOf = (subject: Subject) => (subject.kind === "run" ? subject.run.game.sample : subject.samples);

/** The samples to judge: drawn, or the first of those that are there. */
async function takeSamples(subject: Subject, count: number, backend: Backend): Promise<Samples> {
  if (subject.kind === "samples") {
    const all = subject.samples as Samples;
    return all.count === count
      ? all
      : pickSamples(
          all,
          Array.from({ length: count }, (_, i) => i),
        );
  }
  const { run, weights } = subject;
  const { kind, shape } = run.game.sample;
  const seeds = Array.from({ length: count }, (_, i) => i);
  const drawn = await drawSeeds(run, backend, { seeds, weights, format: kind === "images" ? "pixels" : "raw" });
  return { kind, data: drawn.data, count, shape } as Samples;
}

function countOf(subject: Subject, wanted: number | undefined, gives: OpenExtractor["gives"]): number {
  if (subject.kind === "run") return wanted ?? usualCount({ kind: subject.run.game.sample.kind, gives });
  const { count, name } = subject.samples;
  if (wanted !== undefined && wanted > count) {
    throw new ConfigError(`${name} holds ${count} samples, fewer than ${wanted}`, {
      help: "leave out --samples to judge all of them",
    });
  }
  if (wanted === undefined) checkCount(count);
  return wanted ?? count;
}

/** Which of `choices` can be computed, and why the others cannot. */
function possible(choices: readonly Choice[], options: Omit<EvaluatorOptions, "metrics">) {
  const metrics: Choice[] = [];
  const leftOut: { metric: string; reason: string }[] = [];
  for (const choice of choices) {
    try {
      new Evaluator({ ...options, metrics: [choice] });
      metrics.push(choice);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      leftOut.push({ metric: choice.name, reason: error.message });
    }
  }
  return { metrics, leftOut };
}

const describeSubject = (subject: Subject): JudgedSubject =>
  subject.kind === "samples"
    ? { kind: "samples", name: subject.samples.name }
    : {
        kind: "run",
        run: subject.run.paths.dir,
        checkpoint: subject.run.checkpoint.name,
        step: subject.run.checkpoint.step,
        weights: subject.weights,
      };

const notesOf = (subject: Subject, reference: Dataset): readonly string[] => [
  ...(subject.kind === "run" ? subject.run.problems : subject.samples.notes),
  ...reference.notes,
];

/**
 * Judges a run (by number, name or path), a checkpoint file, or samples (an array, an archive, a folder of images, …).
 *
 * @throws ConfigError on a metric, option, extractor or checkpoint that does not exist or does not apply; DataError on what
 * cannot be read or judged: NaN, too few samples, another shape than the reference.
 */
export async function evaluate(wanted: string, options: EvaluateOptions = {}): Promise<Evaluations> {
  const start = performance.now();
  const { seed = 0, onProgress = () => {}, data } = options;
  const all = options.metrics === "all";
  checkCount(options.samples);
  const named = all ? ALL_METRICS : options.metrics;
  const given = named && chooseMetrics(named, options.set);
  const subject = await openSubject(wanted, { ...options, data });
  const sources = findReals(subject, { ...options, seed });
  onProgress(`reading ${sources.reference.source}`);
  const reference = await loadReals(sources.reference);
  const threads = options.threads ?? (subject.kind === "run" ? subject.run.config.threads : undefined);
  const backend = await nodeBackend({ ...(threads !== undefined && { threads }) });
  const features = options.features ?? usualExtractor(reference.name, kindOf(subject));
  const extractor = await chooseExtractor(features, kindOf(subject), backend);
  const { gives } = extractor;
  const count = countOf(subject, options.samples, gives);
  const usual = { kind: reference.kind, hasModes: "modes" in reference && reference.modes !== undefined, gives };
  const choices = given ?? chooseMetrics(usualMetrics(usual), options.set);
  const unseen = choices.some((choice) => metricOf(choice).needs.includes("memory"));
  const wantsHeldOut = sources.heldOut !== undefined && (unseen || options.heldOut !== undefined);
  const heldOut = wantsHeldOut ? await loadReals(sources.heldOut) : undefined;
  const leftOut: { metric: string; reason: string }[] = [];
  const onRefused = (metric: string, { message }: DataError) => leftOut.push({ metric, reason: message });
  const common = { count, reference, ...(heldOut && { heldOut }), extractor, backend, seed, ...(all && { onRefused }) };
  const found = all ? possible(choices, common) : { metrics: choices, leftOut: [] };
  leftOut.push(...found.leftOut);
  const evaluator = new Evaluator({ ...common, metrics: found.metrics });
  try {
    onProgress(subject.kind === "run" ? `drawing ${count} samples` : `judging ${count} samples`);
    const samples = await takeSamples(subject, count, backend);
    onProgress(`computing ${found.metrics.map(({ name }) => name).join(", ")}`);
    const metrics = await evaluator.evaluate(samples);
    return {
      subject: describeSubject(subject),
      samples: count,
      reference: { name: reference.name, count: reference.count },
      ...(heldOut && { heldOut: { name: heldOut.name, count: heldOut.count } }),
      features: extractor.name,
      seed,
      seconds: (performance.now() - start) / 1000,
      metrics,
      leftOut,
      notes: notesOf(subject, reference),
    };
  } finally {
    await evaluator.release();
  }
}
