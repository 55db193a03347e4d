/** @file Judging a generator while it trains: everything is checked and opened before the run exists, then used every so often. */

import type { Backend } from "../../../backend/backend.ts";
import type { Config } from "../../../config/config.ts";
import type { Dataset } from "../../../data/dataset.ts";
import type { Game } from "../../../gan/game/game.ts";
import type { PlayedGame } from "../../../metrics/game.ts";
import type { Need } from "../../../metrics/metric.ts";
import { invariant } from "../../../util/errors.ts";
import { chooseExtractor, usualExtractor } from "../../evaluation/choose-extractor.ts";
import { createMetric, usualCount } from "../../evaluation/choose-metrics.ts";
import { playedGame } from "../../evaluation/duality-gap.ts";
import type { Evaluation } from "../../evaluation/evaluation.ts";
import { Evaluator, type MetricDescription } from "../../evaluation/evaluator.ts";
import type { Samples } from "../../evaluation/extractor.ts";
import { findReals, loadHeldOut } from "../../evaluation/reals.ts";
import { SeedSampler } from "../../sampling/sample-run.ts";
import type { WeightKind } from "../../sampling/sampling.ts";
import type { StateStore } from "../../store/state-store.ts";

/** A metric that could not judge these samples. */
interface Refusal {
  readonly metric: string;
  readonly reason: string;
}

/** What an evaluation found. */
export interface Judgement {
  readonly evaluations: readonly Evaluation[];
  /** Metrics without a figure this time, and why. */
  readonly refused: readonly Refusal[];
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
  private readonly present: Present;
  private readonly refused: Refusal[];

  private constructor(
    weights: WeightKind,
    evaluator: Evaluator,
    sampler: SeedSampler,
    { dataset }: Case,
    present: Present,
    refused: Refusal[],
  ) {
    this.weights = weights;
    this.evaluator = evaluator;
    this.sampler = sampler;
    this.dataset = dataset;
    this.present = present;
    this.refused = refused;
  }

  /**
   * Opens the extractor and compiles the sampler.
   *
   * @returns undefined where the config lists no metric.
   * @throws ConfigError or DataError when a metric's need is not met, the features do not fit, or there are too few reals.
   */
  static async open(given: Case, backend: Backend): Promise<Judge | undefined> {
    const { config, dataset, game } = given;
    const { list, samples, features, weights } = config.metrics;
    if (list.length === 0) return undefined;
    const name = features ?? usualExtractor(dataset.name, dataset);
    const unseen = await loadUnseen(given);
    const present: Present = { state: undefined };
    const players = unseen && needs(list, "game") ? playersOf(given, unseen, present, backend) : undefined;
    const refused: Refusal[] = [];
    const extractor = await chooseExtractor(name, dataset, backend);
    const evaluator = new Evaluator({
      metrics: list,
      count: samples ?? usualCount({ kind: dataset.kind, gives: extractor.gives }),
      reference: dataset,
      ...(unseen && { heldOut: unseen }),
      ...(players && { game: players }),
      extractor,
      backend,
      onRefused: (metric, { message }) => refused.push({ metric, reason: message }),
    });
    const format = dataset.kind === "images" ? "pixels" : "raw";
    // No larger a batch than there are samples, as `gantry sample` has it: another batch may give other last bits.
    const sampler = await SeedSampler.create(game, backend, format, evaluator.count);
    return new Judge(weights ?? (game.ema ? "ema" : "raw"), evaluator, sampler, given, present, refused);
  }

  /** Computes the features of the reals and what reals score, once for a process. @throws ShapeError where a metric cannot. */
  prepare(): Promise<void> {
    return this.evaluator.prepare();
  }

  /** What is measured, in order. */
  get metrics(): readonly MetricDescription[] {
    return this.evaluator.described;
  }

  /** @throws DataError when no metric can judge the samples, such as points that are not finite. */
  async judge(state: StateStore): Promise<Judgement> {
    const start = performance.now();
    this.present.state = state;
    this.refused.length = 0;
    const { count } = this.evaluator;
    const seeds = Array.from({ length: count }, (_, seed) => seed);
    const { data } = await this.sampler.draw(state, { seeds, weights: this.weights });
    const { kind, shape } = this.dataset;
    const evaluations = await this.evaluator.evaluate({ kind, shape, data, count } as Samples);
    return { evaluations, refused: [...this.refused], seconds: (performance.now() - start) / 1000 };
  }

  async release(): Promise<void> {
    await this.sampler.release();
    await this.evaluator.release();
  }
}

/** The arrays of the training, from the first judgement on. */
interface Present {
  state: StateStore | undefined;
}

const needs = (list: Config["metrics"]["list"], need: Need): boolean =>
  list.some((choice) => createMetric(choice).needs.includes(need));

/** Reals that are not learned from, where the config names them or a metric needs them. */
async function loadUnseen({ config, dataset }: Case): Promise<Dataset | undefined> {
  const { list, heldOut } = config.metrics;
  if (heldOut === undefined && !needs(list, "memory") && !needs(list, "game")) return undefined;
  const source = findReals(config, { heldOut, seed: config.seed }).heldOut;
  return source && loadHeldOut(source, dataset);
}

/** The players as they will be when they are judged. */
function playersOf({ config, game }: Case, reals: Dataset, present: Present, backend: Backend): PlayedGame {
  const { generator, discriminator } = config.optimizer;
  const read = () => {
    invariant(present.state !== undefined, "a game is judged before there is one");
    return present.state.read();
  };
  const lr = { generator: generator.lr, discriminator: discriminator.lr };
  return playedGame({ game, state: { read }, reals, lr, mirror: config.data.mirror, backend });
}
