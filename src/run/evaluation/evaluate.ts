/** @file Judges a run, a checkpoint or samples by reals: the whole of `gantry evaluate` but its words. */

import type { Backend } from "../../backend/backend.ts";
import { nodeBackend } from "../../backend/onnx/node.ts";
import type { DataOptions, Dataset } from "../../data/dataset.ts";
import { nameOf } from "../../data/files.ts";
import type { DataError } from "../../util/errors.ts";
import { ConfigError } from "../../util/errors.ts";
import type { Choice } from "../config/schema.ts";
import { drawSeeds } from "../sampling/sample-run.ts";
import type { WeightKind } from "../sampling/sampling.ts";
import {
  extractorOf,
  judgeByStatistics,
  possibleByStatistics,
  requireByStatistics,
  USUAL_BY_STATISTICS,
} from "./against-statistics.ts";
import { chooseExtractor, usualExtractor } from "./choose-extractor.ts";
import { ALL_METRICS, chooseMetrics, metricOf, usualCount, usualMetrics } from "./choose-metrics.ts";
import type { Evaluation } from "./evaluation.ts";
import { Evaluator, type EvaluatorOptions } from "./evaluator.ts";
import type { OpenExtractor, Samples } from "./extractor.ts";
import type { ForeignOptions } from "./onnx-extractor.ts";
import { findReals, loadReals } from "./reals.ts";
import { holdsStatistics, momentsFor, readStatistics } from "./statistics-file.ts";
import { openSubject, type Subject } from "./subject.ts";
import { pickSamples } from "./subsets.ts";

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

const notesOf = (subject: Subject, reference: Pick<Dataset, "notes">, extractor: OpenExtractor): readonly string[] => [
  ...(subject.kind === "run" ? subject.run.problems : subject.samples.notes),
  ...reference.notes,
  ...(extractor.notes ?? []),
];

const threadsOf = (subject: Subject, { threads }: EvaluateOptions): number | undefined =>
  threads ?? (subject.kind === "run" ? subject.run.config.threads : undefined);

function backendOf(subject: Subject, options: EvaluateOptions): Promise<Backend> {
  const threads = threadsOf(subject, options);
  return nodeBackend({ ...(threads !== undefined && { threads }) });
}

function openFeatures(name: string, subject: Subject, backend: Backend, options: EvaluateOptions) {
  return chooseExtractor(name, kindOf(subject), backend, {
    ...options.foreign,
    threads: threadsOf(subject, options),
  });
}

/** {@link evaluate} where the reference is an .npz of statistics. */
async function byStatistics(
  subject: Subject,
  path: string,
  options: EvaluateOptions,
  given: readonly Choice[] | undefined,
  start: number,
): Promise<Evaluations> {
  const { seed = 0, onProgress = () => {} } = options;
  const all = options.metrics === "all";
  if (options.heldOut !== undefined) {
    throw new ConfigError("--held-out is for reals, and the reference is statistics", { help: "leave it out" });
  }
  const choices = given ?? chooseMetrics(USUAL_BY_STATISTICS, options.set);
  if (!all) requireByStatistics(choices);
  onProgress(`reading ${path}`);
  const stored = await readStatistics(path);
  const backend = await backendOf(subject, options);
  const extractor = await openFeatures(options.features ?? extractorOf(path, stored), subject, backend, options);
  try {
    const reference = momentsFor(stored, extractor);
    const name = nameOf(path);
    const count = countOf(subject, options.samples, extractor.gives);
    const { metrics, leftOut } = possibleByStatistics(choices);
    onProgress(subject.kind === "run" ? `drawing ${count} samples` : `judging ${count} samples`);
    const samples = await takeSamples(subject, count, backend);
    onProgress(`computing ${metrics.map((metric) => metric.name).join(", ")}`);
    const onRefused = (metric: string, { message }: DataError) => leftOut.push({ metric, reason: message });
    const figures = await judgeByStatistics(samples, {
      metrics,
      reference,
      name,
      extractor,
      backend,
      seed,
      ...(all && { onRefused }),
    });
    const trusted =
      stored.extractor === undefined ? [`${name} does not say what made it: ${extractor.name} is assumed`] : [];
    const alone = "statistics judge alone: what reals would score is not known";
    return {
      subject: describeSubject(subject),
      samples: count,
      reference: { name, count: stored.count, statistics: true },
      features: extractor.name,
      seed,
      seconds: (performance.now() - start) / 1000,
      metrics: figures,
      leftOut,
      notes: notesOf(subject, { notes: [...trusted, alone] }, extractor),
    };
  } finally {
    await extractor.release();
  }
}

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
  const by = options.reference;
  if (by !== undefined && (await holdsStatistics(by))) return byStatistics(subject, by, options, given, start);
  const sources = findReals(subject, { ...options, seed });
  onProgress(`reading ${sources.reference.source}`);
  const reference = await loadReals(sources.reference);
  const backend = await backendOf(subject, options);
  const features = options.features ?? usualExtractor(reference.name, kindOf(subject));
  const extractor = await openFeatures(features, subject, backend, options);
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
      notes: notesOf(subject, reference, extractor),
    };
  } finally {
    await evaluator.release();
  }
}
