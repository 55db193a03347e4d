/** @file Judges a run, a checkpoint or samples by reals: the whole of `gantry evaluate` but its words. */

import type { Backend } from "../../backend/backend.ts";
import { nodeBackend } from "../../backend/onnx/node.ts";
import type { Choice } from "../../config/schema.ts";
import type { Dataset } from "../../data/dataset.ts";
import { nameOf } from "../../data/files.ts";
import type { PlayedGame } from "../../metrics/game.ts";
import type { Need } from "../../metrics/metric.ts";
import { ConfigError, DataError } from "../../util/errors.ts";
import { requireThreads } from "../../util/threads.ts";
import { drawSeeds } from "../sampling/sample-run.ts";
import type { LoadedRun } from "../store/load-run.ts";
import {
  extractorOf,
  judgeByStatistics,
  possibleByStatistics,
  requireByStatistics,
  USUAL_BY_STATISTICS,
} from "./against-statistics.ts";
import { chooseExtractor, usualExtractor } from "./choose-extractor.ts";
import { ALL_METRICS, chooseMetrics, createMetric, usualCount, usualMetrics } from "./choose-metrics.ts";
import { playedGame } from "./duality-gap.ts";
import type { EvaluateOptions, Evaluations, JudgedSubject, LeftOut } from "./evaluations.ts";
import { Evaluator, type EvaluatorOptions, requireLikeReference } from "./evaluator.ts";
import type { OpenExtractor, Samples } from "./extractor.ts";
import { findReals, loadHeldOut, loadReals } from "./reals.ts";
import { holdsStatistics, momentsFor, readStatistics } from "./statistics-file.ts";
import { openSubject, type Subject } from "./subject.ts";
import { someOf } from "./subsets.ts";

/** Most samples that are judged at once, and the fewest. */
const [MOST, FEWEST] = [1_000_000, 2];

function checkCount(samples: number | undefined): void {
  if (samples === undefined || (Number.isInteger(samples) && samples >= FEWEST && samples <= MOST)) return;
  throw new ConfigError(`samples must be a whole number from ${FEWEST} to ${MOST}, not ${samples}`, {
    help: "10,000 are usual; a Frechet distance needs more than there are features",
  });
}

const kindOf = (subject: Subject) => (subject.kind === "run" ? subject.run.game.sample : subject.samples);

/** The samples to judge: of a generator those of the first seeds; of those that are there some drawn by `seed`, as they may lie in an order. */
async function takeSamples(subject: Subject, count: number, backend: Backend, seed: number): Promise<Samples> {
  if (subject.kind === "samples") return someOf(subject.samples as Samples, count, seed);
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
  const leftOut: LeftOut[] = [];
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

/**
 * The players of a run.
 * @throws DataError where the reals do not fit their game, unless it is only one of `all` metrics that asks for them.
 */
function playersOf(run: LoadedRun, heldOut: Dataset, backend: Backend, all: boolean): PlayedGame | undefined {
  const { game, state, config } = run;
  const { generator, discriminator } = config.optimizer;
  const lr = { generator: generator.lr, discriminator: discriminator.lr };
  try {
    return playedGame({ game, state, reals: heldOut, lr, mirror: config.data.mirror, backend });
  } catch (error) {
    if (all && error instanceof DataError) return undefined;
    throw error;
  }
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
    onProgress(`${subject.kind === "run" ? "drawing" : "taking"} ${count} samples`);
    const samples = await takeSamples(subject, count, backend, seed);
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

/** Everything that must be there before samples are taken. */
interface Setting {
  readonly subject: Subject;
  readonly choices: readonly Choice[];
  readonly evaluator: Omit<EvaluatorOptions, "metrics">;
}

/** The chosen metrics; undefined where the data must say. Checked before anything is loaded. */
function chosen({ metrics, set, samples, threads }: EvaluateOptions): readonly Choice[] | undefined {
  checkCount(samples);
  requireThreads(threads);
  const named = metrics === "all" ? ALL_METRICS : metrics;
  return named && chooseMetrics(named, set);
}

async function prepare(
  subject: Subject,
  options: EvaluateOptions,
  given: readonly Choice[] | undefined,
): Promise<Setting> {
  const { seed = 0, onProgress = () => {} } = options;
  const sources = findReals(subject.kind === "run" ? subject.run.config : undefined, { ...options, seed });
  onProgress(`reading ${sources.reference.source}`);
  const reference = await loadReals(sources.reference);
  requireLikeReference(kindOf(subject), reference);
  const backend = await backendOf(subject, options);
  const features = options.features ?? usualExtractor(reference.name, kindOf(subject));
  const extractor = await openFeatures(features, subject, backend, options);
  const count = countOf(subject, options.samples, extractor.gives);
  const choices = given ?? chooseMetrics(usualMetrics(judgedAs(reference, extractor)), options.set);
  const needed = (need: Need) => choices.some((choice) => createMetric(choice).needs.includes(need));
  const plays = needed("game") && subject.kind === "run";
  const unseen = needed("memory") || plays;
  // Samples have no players: that a game needs some is said by its metric.
  if (options.heldOut !== undefined && !needed("memory") && !needed("game")) {
    throw new ConfigError("none of the metrics looks at unseen reals", {
      help: "leave out --held-out, or add copying",
    });
  }
  const heldOut = unseen && sources.heldOut !== undefined ? await loadHeldOut(sources.heldOut, reference) : undefined;
  const game = heldOut && plays ? playersOf(subject.run, heldOut, backend, options.metrics === "all") : undefined;
  const parts = { ...(heldOut && { heldOut }), ...(game && { game }) };
  return { subject, choices, evaluator: { count, reference, ...parts, extractor, backend, seed } };
}

const judgedAs = (reference: Dataset, { gives }: OpenExtractor) => ({
  kind: reference.kind,
  hasModes: reference.kind === "points" && reference.modes !== undefined,
  gives,
});

/** Evaluates under `all`, or exactly what was named. */
async function compute({ subject, choices, evaluator: base }: Setting, { metrics, onProgress }: EvaluateOptions) {
  const all = metrics === "all";
  const found = all ? possible(choices, base) : { metrics: choices, leftOut: [] };
  const leftOut: LeftOut[] = [...found.leftOut];
  const onRefused = (metric: string, { message }: DataError) => leftOut.push({ metric, reason: message });
  const evaluator = new Evaluator({ ...base, metrics: found.metrics, ...(all && { onRefused }) });
  try {
    onProgress?.(`${subject.kind === "run" ? "drawing" : "taking"} ${base.count} samples`);
    const samples = await takeSamples(subject, base.count, base.backend, base.seed ?? 0);
    onProgress?.(`computing ${found.metrics.map(({ name }) => name).join(", ")}`);
    return { metrics: await evaluator.evaluate(samples), leftOut };
  } finally {
    await evaluator.release();
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
  const given = chosen(options);
  const subject = await openSubject(wanted, options);
  const by = options.reference;
  if (by !== undefined && (await holdsStatistics(by))) return byStatistics(subject, by, options, given, start);
  const setting = await prepare(subject, options, given);
  const { evaluator } = setting;
  const { reference, heldOut, extractor, count, seed = 0 } = evaluator;
  const { metrics, leftOut } = await compute(setting, options);
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
}
