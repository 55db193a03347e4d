/** @file From a checked config and a kind of sample to a game: names become objects. */

import { augments } from "../gan/augments.ts";
import { createGame } from "../gan/game/create-game.ts";
import type { Game, GameOptions, SampleType } from "../gan/game/game.ts";
import { withReconstructor } from "../gan/game/reconstructor.ts";
import { objectives } from "../gan/objectives.ts";
import { penalties } from "../gan/penalties.ts";
import type { Model } from "../models/model.ts";
import { clipByGlobalNorm, clipByValue, clipWeights } from "../optim/clip.ts";
import { lookahead } from "../optim/lookahead.ts";
import { optimistic } from "../optim/optimistic.ts";
import { optimizers } from "../optim/optimizers.ts";
import { chain, type Transform } from "../optim/transform.ts";
import { ConfigError } from "../util/errors.ts";
import { createFrom } from "../util/registry.ts";
import { conditionedModel } from "./conditioning.ts";
import type { Config } from "./config.ts";

function createOptimizer(config: Config["optimizer"]["generator"]): Transform {
  const { lr: _, schedule: __, clip, optimistic: corrected, lookahead: slow, ...choice } = config;
  const parts: Transform[] = [];
  if (clip.value !== undefined) parts.push(clipByValue(clip.value));
  if (clip.norm !== undefined) parts.push(clipByGlobalNorm(clip.norm));
  parts.push(createFrom("optimizer", optimizers, choice));
  if (corrected) parts.push(optimistic());
  if (clip.weights !== undefined) parts.push(clipWeights(clip.weights));
  if (slow !== undefined) parts.push(lookahead(slow));
  return chain(...parts);
}

/** The game with the model's encoder as its reconstructor, where the config asks for one. */
function reconstructed(options: GameOptions, { model, reconstructor }: Config, { encoder }: Model): GameOptions {
  if (reconstructor === undefined) return options;
  if (encoder !== undefined) return withReconstructor(options, { encoder, ...reconstructor });
  throw new ConfigError(`reconstructor: model "${model.name}" has no network that finds latents`, {
    help: 'use model "dcgan" for images or "mlp" for points, or leave out reconstructor',
  });
}

/** Builds and checks the game. @throws ConfigError naming what does not fit. */
export function gameFromConfig(config: Config, data: SampleType): Game {
  const { sigma } = config.instanceNoise;
  const { sample, model, condition, terms: added } = conditionedModel(config, data);
  const terms = config.penalties.map((choice) => [choice.name, createFrom("penalty", penalties, choice)] as const);
  const transforms = config.augment.map(
    (choice) => [choice.name, createFrom("augmentation", augments, choice)] as const,
  );
  const options: GameOptions = {
    sample,
    batch: config.batch,
    latent: model.latent,
    generator: { layer: model.generator, optimizer: createOptimizer(config.optimizer.generator) },
    discriminator: { layer: model.discriminator, optimizer: createOptimizer(config.optimizer.discriminator) },
    objective: createFrom("objective", objectives, config.objective),
    penalties: { ...Object.fromEntries(terms), ...added },
    condition,
    updates: config.updates,
    ema: config.ema.enabled,
    instanceNoise: sigma === 0 ? undefined : { from: sigma, to: 0, kind: "linear", until: config.instanceNoise.until },
    packing: config.packing,
    topK: config.topK?.share,
    replay: config.replay,
    augments: Object.fromEntries(transforms),
  };
  return createGame(reconstructed(options, config, model));
}
