/** @file What is known before the first step, gathered from config, data and game. */

import { type Config, imagesPerStep, totalSteps } from "../../config/config.ts";
import type { Dataset } from "../../data/dataset.ts";
import { outlyingShare } from "../../data/outliers.ts";
import { classSizes, sampleStatistics } from "../../data/statistics.ts";
import { conditionSize, type Game } from "../../gan/game/game.ts";
import type { Player } from "../../gan/game/player.ts";
import type { CostFacts, DataFacts, NetworkFacts, PreflightCase } from "./check.ts";

/** What {@link preflightCase} looks at. */
export interface PreflightInput {
  readonly config: Config;
  /** What is learned from. */
  readonly dataset: Dataset;
  readonly game: Game;
  /** Whether there are reals that the discriminator never learns from. */
  readonly unseen: boolean;
  /** Where samples take more than this, as many of them as fit are looked at, evenly spaced. */
  readonly mostBytes?: number;
  readonly cost?: CostFacts;
}

function dataFacts(dataset: Dataset, mostBytes: number | undefined): DataFacts {
  const { name, kind, shape, valueRange, count, skipped } = dataset;
  const classes = classSizes(dataset);
  const outlying = dataset.kind === "points" ? outlyingShare(dataset.data, shape[0]!) : undefined;
  const conversion = dataset.kind === "images" ? dataset.conversion : undefined;
  return {
    name,
    kind,
    shape,
    valueRange,
    count,
    skipped: skipped.length,
    ...(classes && { classes }),
    ...(conversion && { conversion }),
    statistics: sampleStatistics(dataset, mostBytes),
    ...(outlying !== undefined && { outlying }),
  };
}

const usesBatchNorm = ({ buffers }: Player): boolean => buffers.entries.some(({ name }) => /batchNorm/i.test(name));

/** Learned numbers of the layer that takes the latent, alone or with what is asked for: those of its weight. */
function firstLayer({ generator, latent, condition }: Game): number {
  const first = generator.parameters.entries[0];
  const lengths = [latent, latent + (condition === undefined ? 0 : conditionSize(condition))];
  return first?.shape.some((side) => lengths.includes(side)) ? first.size : 0;
}

const networkFacts = (player: Player, first: number): NetworkFacts => ({
  parameters: player.parameters.length,
  first,
  batchNorm: usesBatchNorm(player),
});

/** Gathers what the checks look at. Reads the samples, or some of them; runs nothing. */
export function preflightCase({ config, dataset, game, unseen, mostBytes, cost }: PreflightInput): PreflightCase {
  const steps = totalSteps(config);
  return {
    config,
    data: dataFacts(dataset, mostBytes),
    generator: networkFacts(game.generator, firstLayer(game)),
    discriminator: networkFacts(game.discriminator, 0),
    steps,
    images: steps * imagesPerStep(config),
    unseen,
    ...(cost && { cost }),
  };
}
