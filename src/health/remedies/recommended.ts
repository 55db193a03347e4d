/** @file Remedies that put in the recommended recipe, as it is for the data, in place of what a config says. */

import { type Config, imagesPerMove, parseConfig } from "../../config/config.ts";
import { recommend } from "../../config/recommended.ts";
import { PER_SAMPLE_PENALTIES } from "../../config/rules/batch.ts";
import type { Remedy, RemedyContext } from "../remedy.ts";
import { ratesAreOff } from "../usual-rates.ts";
import { changed } from "./change.ts";

const R3GAN = "Huang, Gokaslan, Kuleshov and Tompkin, The GAN Is Dead; Long Live the GAN! A Modern Baseline GAN, 2024";

/** The recipe for the data that a config learns from, in the config's batches. */
function recipeFor(config: Config, { sample: { kind, shape }, dataCount }: RemedyContext): Config {
  const recipe = recommend({ kind, shape, count: dataCount }, imagesPerMove(config));
  return parseConfig({ ...recipe, data: config.data });
}

/** The recommended optimisers. */
export const recommendedOptimizers: Remedy = {
  name: "recommended-optimizers",
  title: "Give both players the recommended optimiser and rates",
  why: "Rates that are far off, or ten times apart and more, are not mended by doubling or halving one of them. Adam without momentum, at equal rates that fall, suits most games on such data. It costs nothing; since the weights were made at the wrong rates, training begins again.",
  kind: "restart",
  references: [R3GAN, "Kingma and Ba, Adam: A Method for Stochastic Optimization, 2015"],
  mends: ({ optimizer }) => ratesAreOff(optimizer),
  apply: (config, context) => changed(config, { optimizer: recipeFor(config, context).optimizer }),
};

/** What of a model must be another, for its discriminator to judge each sample on its own. */
const perSample = ({ norm, minibatch }: Config["model"]) => ({
  ...(norm === "batch" && { norm: "none" }),
  ...(minibatch === "discrimination" && { minibatch: "std" }),
});

/** The recommended game. */
export const recommendedGame: Remedy = {
  name: "recommended-game",
  title: "Play the recommended game: its objective, penalties, optimisers and turns",
  why: "Where several things are wrong at once, or one change was not enough, what is known to train on such data takes the place of all: the relativistic objective, R1 and R2, Adam without momentum, a move of each in turn, no batch normalisation in the discriminator. The networks stay otherwise as they are. A step costs up to 2.2 times as much, and training begins again.",
  kind: "restart",
  references: [R3GAN, "Mescheder, Geiger and Nowozin, Which Training Methods for GANs do actually Converge?, 2018"],
  apply: (config, context) => {
    const { objective, penalties, optimizer } = recipeFor(config, context);
    const others = config.penalties.filter(({ name }) => !PER_SAMPLE_PENALTIES.includes(name));
    return changed(config, {
      model: { ...config.model, ...perSample(config.model) },
      objective,
      penalties: [...penalties, ...others],
      optimizer,
      updates: { accumulate: config.updates.accumulate },
    });
  },
};
