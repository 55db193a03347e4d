/** @file Judging a generator while it trains: everything is checked and opened before the run exists, then used every so often. */

import type { Backend } from "../../backend/backend.ts";
import type { Dataset } from "../../data/dataset.ts";
import type { Game } from "../../gan/game.ts";
import { DataError } from "../../util/errors.ts";
import type { Config } from "../config/config.ts";
import { loadData } from "../config/unsized.ts";
import { chooseExtractor, usualExtractor } from "../evaluation/choose-extractor.ts";
import type { Evaluation } from "../evaluation/evaluation.ts";
import { Evaluator, type MetricDescription } from "../evaluation/evaluator.ts";
import type { Samples } from "../evaluation/extractor.ts";
import { SeedSampler } from "../sampling/sample-run.ts";
import type { WeightKind } from "../sampling/sampling.ts";
import type { StateStore } from "../store/state-store.ts";

/** Samples judged where the config does not say: as many as papers judge images by, and as VEEGAN's protocol draws points. */
const USUAL_COUNT = { images: 10_000, points: 2500 } as const;

/** What an evaluation found. */
export interface Judgement {
  readonly evaluations: readonly Evaluation[];
  /** How long it took. */
  readonly seconds: number;
}

/** What a judge looks at. */
interface Case {
  readonly config: Config;
  readonly dataset: Dataset;
  readonly game: Game;
}

/** Judges the samples of seeds 0, 1, … by the metrics of a config. */
export class Judge {
  /** Which weights draw the samples. */
  readonly weights: WeightKind;
  private readonly evaluator: Evaluator;
  private readonly sampler: SeedSampler;
  private readonly dataset: Dataset;

  private constructor(weights: WeightKind, evaluator: Evaluator, sampler: SeedSampler, dataset: Dataset) {
    this.weights = weights;
    this.evaluator = evaluator;
    this.sampler = sampler;
    this.dataset = dataset;
  }

  /**
   * Opens the extractor and compiles the sampler.
   *
   * @returns undefined where the config lists no metric.
   * @throws ConfigError or DataError when a metric's need is not met, the features do not fit, or there are too few reals.
   */
  static async open({ config, dataset, game }: Case, backend: Backend): Promise<Judge | undefined> {
    const { list, samples, features, heldOut, weights } = config.metrics;
    if (list.length === 0) return undefined;
    const name = features ?? usualExtractor(dataset.name, dataset);
    const unseen = heldOut === undefined ? undefined : await loadHeldOut(config, heldOut, dataset);
    const evaluator = new Evaluator({
      metrics: list,
      count: samples ?? USUAL_COUNT[dataset.kind],
      reference: dataset,
      ...(unseen && { heldOut: unseen }),
      extractor: await chooseExtractor(name, dataset, backend),
      backend,
    });
    const sampler = await SeedSampler.create(game, backend, dataset.kind === "images" ? "pixels" : "raw");
    return new Judge(weights ?? (game.ema ? "ema" : "raw"), evaluator, sampler, dataset);
  }

  /** Computes the features of the reals and what reals score, once for a process. @throws ShapeError where a metric cannot. */
  prepare(): Promise<void> {
    return this.evaluator.prepare();
  }

  /** What is measured, in order. */
  get metrics(): readonly MetricDescription[] {
    return this.evaluator.described;
  }

  /** @throws DataError when the samples cannot be judged, such as points that are not finite. */
  async judge(state: StateStore): Promise<Judgement> {
    const start = performance.now();
    const { count } = this.evaluator;
    const seeds = Array.from({ length: count }, (_, seed) => seed);
    const { data } = await this.sampler.draw(state, { seeds, weights: this.weights });
    const { kind, shape } = this.dataset;
    const evaluations = await this.evaluator.evaluate({ kind, shape, data, count } as Samples);
    return { evaluations, seconds: (performance.now() - start) / 1000 };
  }

  async release(): Promise<void> {
    await this.sampler.release();
    await this.evaluator.release();
  }
}

/** Reals that are not learned from. A synthetic source draws others than the training's, by the next seed. */
async function loadHeldOut({ data, seed }: Config, source: string, { kind, shape }: Dataset): Promise<Dataset> {
  const unseen = await loadData({ data: { ...data, source, limit: undefined }, seed: seed + 1 });
  if (unseen.kind === kind && unseen.shape.join() === shape.join()) return unseen;
  throw new DataError(
    `metrics.heldOut: ${source} has ${unseen.kind} of [${unseen.shape}], the data are ${kind} of [${shape}]`,
    { help: "both must be of one kind and shape: for images, give data.size and data.channels" },
  );
}
