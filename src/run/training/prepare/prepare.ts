/** @file What happens before a run directory exists: the data are loaded, the networks are checked, the plan is summed up. */

import type { Backend } from "../../../backend/backend.ts";
import type { Config } from "../../../config/config.ts";
import { imagesPerStep, totalSteps } from "../../../config/config.ts";
import { gameFromConfig } from "../../../config/game-from-config.ts";
import { BatchOrder } from "../../../data/batches.ts";
import type { Dataset } from "../../../data/dataset.ts";
import type { Game, SampleType } from "../../../gan/game/game.ts";
import { phaseKey, planStep } from "../../../gan/step/phases.ts";
import { traceStep } from "../../../gan/step/step.ts";
import type { CostFacts } from "../../../health/preflight/check.ts";
import { ConfigError } from "../../../util/errors.ts";
import { loadData } from "../../config/unsized.ts";
import { type BestFigure, findBest } from "../judge/best.ts";
import { Judge } from "../judge/judge.ts";
import { type SplitData, splitData } from "./held-out.ts";

/** What a training will be, in numbers. */
export interface TrainingSummary {
  readonly data: {
    readonly name: string;
    readonly kind: Dataset["kind"];
    /** Samples that are learned from. */
    readonly count: number;
    /** Samples of the source that are kept apart. */
    readonly heldOut: number;
    readonly shape: readonly number[];
    readonly classes: number | null;
    readonly valueRange: Dataset["valueRange"];
    readonly skipped: Dataset["skipped"];
    readonly notes: readonly string[];
  };
  /** Learned numbers of each network. */
  readonly parameters: { readonly generator: number; readonly discriminator: number };
  readonly steps: number;
  /** Real images that will be shown. */
  readonly images: number;
  readonly epochs: number;
  /** What a step takes; absent where nobody counted it, see expectedCost of preflight.ts. */
  readonly cost?: CostFacts | undefined;
}

/** Loaded data and a checked game. */
export interface Prepared {
  /** All of the data: what samples are judged by, and what must be unchanged for a training to go on. */
  readonly dataset: Dataset;
  /** What of them is learned from, and what is kept apart. */
  readonly split: SplitData;
  readonly game: Game;
  /** Names of the scalars that a step measures. */
  readonly measured: readonly string[];
  readonly summary: TrainingSummary;
}

/** What watches a training: metrics, and the figure that decides which checkpoint is the best. */
export interface Judging {
  /** Absent where the config lists no metric. */
  readonly judge: Judge | undefined;
  readonly best: BestFigure | undefined;
}

/** The kind of sample that a data set holds. */
export function sampleType({ kind, shape, classes }: SampleType): SampleType {
  return { kind, shape, ...(classes && { classes }) };
}

/** What a game is made for: the kind of samples, and how many there are. A data set is one. */
export type Learned = SampleType & { readonly count: number };

/** Builds and checks the game of a config for loaded data. @throws GantryError saying what does not fit. */
export function prepareGame(config: Config, dataset: Learned): Pick<Prepared, "game" | "measured"> {
  const game = gameFromConfig(config, sampleType(dataset));
  // Both refuse what cannot work, before anything is written: a batch larger than the data, a step that cannot be traced.
  new BatchOrder({ count: dataset.count, batch: config.batch, seed: config.seed });
  const kinds = new Map(planStep(config.updates, game.penalties, 0).map((phase) => [phaseKey(phase), phase]));
  const measured = [...kinds.values()].flatMap((phase) => traceStep(game, phase).metrics);
  return { game, measured: [...new Set(measured)] };
}

/**
 * Loads and checks everything that `config` names. Nothing is written.
 *
 * @param loaded The data, where they have been loaded already.
 * @throws GantryError saying what does not fit.
 */
export async function prepareTraining(config: Config, loaded?: Dataset): Promise<Prepared> {
  const dataset = loaded ?? (await loadData(config));
  if (config.data.mirror && dataset.kind !== "images") {
    throw new ConfigError("data.mirror is for images; the data are points", { help: "leave data.mirror out" });
  }
  const split = splitData(config, dataset);
  const { train, apart } = split;
  const { game, measured } = prepareGame(config, train);
  const steps = totalSteps(config);
  const images = steps * imagesPerStep(config);
  return {
    dataset,
    split,
    game,
    measured,
    summary: {
      data: {
        name: dataset.name,
        kind: dataset.kind,
        count: train.count,
        heldOut: apart?.count ?? 0,
        shape: dataset.shape,
        classes: dataset.classes?.length ?? null,
        valueRange: dataset.valueRange,
        skipped: dataset.skipped,
        notes: train.notes,
      },
      parameters: {
        generator: game.generator.parameters.length,
        discriminator: game.discriminator.parameters.length,
      },
      steps,
      images,
      epochs: images / train.count,
    },
  };
}

/** What {@link prepareJudging} is about to do, which may take minutes; undefined where it has nothing to judge by. */
export function preparingText({ metrics }: Pick<Config, "metrics">): string | undefined {
  if (metrics.list.length === 0) return undefined;
  return `judging the reals by ${metrics.list.map(({ name }) => name).join(", ")} …`;
}

/**
 * Opens and checks what `metrics` and `checkpoint.best` of `config` name, and looks at the reals. Nothing is written. The judge
 * must be released.
 *
 * @throws GantryError saying what does not fit.
 */
export async function prepareJudging(
  config: Config,
  { dataset, game, measured }: Pick<Prepared, "dataset" | "game" | "measured">,
  backend: Backend,
): Promise<Judging> {
  const judge = await Judge.open({ config, dataset, game }, backend);
  try {
    const best = findBest(config, measured, judge?.metrics ?? []);
    await judge?.prepare();
    return { judge, best };
  } catch (error) {
    await judge?.release();
    throw error;
  }
}

/** The label of a run directory: `dcgan-mnist`. */
export function runLabel(config: Config, dataset: Dataset): string {
  return `${config.model.name}-${dataset.name}`;
}
