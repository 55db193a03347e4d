/** @file Judging the samples of a finished training: the protocol's reals are looked at once for all trials. */

import type { Backend } from "../backend/backend.ts";
import { nodeBackend } from "../backend/onnx/node.ts";
import type { Config } from "../config/config.ts";
import { loadData } from "../run/config/unsized.ts";
import { chooseExtractor, usualExtractor } from "../run/evaluation/choose-extractor.ts";
import type { Evaluation } from "../run/evaluation/evaluation.ts";
import { Evaluator } from "../run/evaluation/evaluator.ts";
import type { Samples } from "../run/evaluation/extractor.ts";
import { drawSeeds } from "../run/sampling/sample-run.ts";
import { loadRun } from "../run/store/load-run.ts";
import { runPaths } from "../run/store/run-dir.ts";
import { DataError } from "../util/errors.ts";
import type { TrainingProtocol } from "./protocol.ts";

/** Of the reals that judge: synthetic sets are then others than those of any trial. */
const REFERENCE_SEED = 1_000_000;
/** The samples that are judged have these seeds, the same for every training. */
const FIRST_SAMPLE = 1_000_000;

/** Judges trainings by one protocol. */
export class Judge {
  private readonly protocol: TrainingProtocol;
  private readonly evaluator: Evaluator;
  private readonly backend: Backend;

  private constructor(protocol: TrainingProtocol, evaluator: Evaluator, backend: Backend) {
    this.protocol = protocol;
    this.evaluator = evaluator;
    this.backend = backend;
  }

  /**
   * Loads the reals and what looks at them, before anything is trained.
   *
   * @param data What the trainings learn from.
   * @throws GantryError when the data set or the weights of its classifier are not there.
   */
  static async open(protocol: TrainingProtocol, data: Config["data"], threads: number): Promise<Judge> {
    const reference = await loadData({ data, seed: REFERENCE_SEED });
    const backend = await nodeBackend({ threads });
    const { samples, metrics } = protocol.evaluation;
    const extractor = await chooseExtractor(usualExtractor(reference.name, reference), reference, backend);
    const evaluator = new Evaluator({
      metrics: metrics.map((name) => ({ name })),
      count: samples,
      reference,
      extractor,
      backend,
    });
    return new Judge(protocol, evaluator, backend);
  }

  /**
   * Judges the last checkpoint of the run in `dir`: its moving average where the recipe keeps one, else the weights as they are.
   *
   * @returns The reason where its samples cannot be judged, such as points beyond what distances can hold.
   */
  async judge(dir: string): Promise<Evaluation[] | DataError> {
    const run = loadRun(runPaths(dir));
    const { kind } = run.game.sample;
    const drawn = await drawSeeds(run, this.backend, {
      seeds: Array.from({ length: this.protocol.evaluation.samples }, (_, i) => FIRST_SAMPLE + i),
      weights: run.game.ema ? "ema" : "raw",
      format: kind === "images" ? "pixels" : "raw",
    });
    const { data, shape } = drawn;
    const samples = { kind, data, count: shape[0], shape: shape.slice(1) } as unknown as Samples;
    return this.evaluator.evaluate(samples).catch((error: unknown) => {
      if (error instanceof DataError) return error;
      throw error;
    });
  }

  async release(): Promise<void> {
    await this.evaluator.release();
  }
}
