/** @file What happens before a run directory exists: the data are loaded, the networks are checked, the plan is summed up. */

import { BatchOrder } from "../../data/batches.ts";
import type { Dataset } from "../../data/dataset.ts";
import type { Game, SampleType } from "../../gan/game.ts";
import { phaseKey, planStep } from "../../gan/phases.ts";
import { traceStep } from "../../gan/step.ts";
import { ConfigError } from "../../util/errors.ts";
import { didYouMean } from "../../util/suggest.ts";
import type { Config } from "../config/config.ts";
import { imagesPerStep, totalSteps } from "../config/config.ts";
import { gameFromConfig } from "../config/game-from-config.ts";
import { loadData } from "../config/unsized.ts";

/** What a training will be, in numbers. */
export interface TrainingSummary {
  readonly data: {
    readonly name: string;
    readonly kind: Dataset["kind"];
    readonly count: number;
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
}

/** Loaded data and a checked game. */
export interface Prepared {
  readonly dataset: Dataset;
  readonly game: Game;
  readonly summary: TrainingSummary;
}

/** The kind of sample that a data set holds. */
export function sampleType({ kind, shape, classes }: Dataset): SampleType {
  return { kind, shape, ...(classes && { classes }) };
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
  const game = gameFromConfig(config, sampleType(dataset));
  // Both refuse what cannot work, before anything is written: a batch larger than the data, a step that cannot be traced.
  new BatchOrder({ count: dataset.count, batch: config.batch, seed: config.seed });
  const kinds = new Map(planStep(config.updates, game.penalties, 0).map((phase) => [phaseKey(phase), phase]));
  const measured = [...kinds.values()].flatMap((phase) => traceStep(game, phase).metrics);
  const { best } = config.checkpoint;
  if (best !== undefined && !measured.includes(best.scalar)) {
    throw new ConfigError(`checkpoint.best: nothing is called "${best.scalar}".${didYouMean(best.scalar, measured)}`, {
      help: `measured: ${[...new Set(measured)].join(", ")}`,
    });
  }
  const steps = totalSteps(config);
  const images = steps * imagesPerStep(config);
  return {
    dataset,
    game,
    summary: {
      data: {
        name: dataset.name,
        kind: dataset.kind,
        count: dataset.count,
        shape: dataset.shape,
        classes: dataset.classes?.length ?? null,
        valueRange: dataset.valueRange,
        skipped: dataset.skipped,
        notes: dataset.notes,
      },
      parameters: {
        generator: game.generator.parameters.length,
        discriminator: game.discriminator.parameters.length,
      },
      steps,
      images,
      epochs: images / dataset.count,
    },
  };
}

/** The label of a run directory: `dcgan-mnist`. */
export function runLabel(config: Config, dataset: Dataset): string {
  return `${config.model.name}-${dataset.name}`;
}
