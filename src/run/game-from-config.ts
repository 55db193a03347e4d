/** @file From a checked config and a kind of sample to a game: names become objects. */

import { createGame, type Game } from "../gan/game.ts";
import { objectives } from "../gan/objectives.ts";
import { penalties } from "../gan/penalties.ts";
import type { SampleShape } from "../models/model.ts";
import { models } from "../models/models.ts";
import { clipByGlobalNorm, clipByValue } from "../optim/clip.ts";
import { optimizers } from "../optim/optimizers.ts";
import { chain, type Transform } from "../optim/transform.ts";
import { createFrom } from "../util/registry.ts";
import type { Config } from "./config.ts";

function createOptimizer({ lr: _, schedule: __, clip, ...choice }: Config["optimizer"]["generator"]): Transform {
  const parts: Transform[] = [];
  if (clip.value !== undefined) parts.push(clipByValue(clip.value));
  if (clip.norm !== undefined) parts.push(clipByGlobalNorm(clip.norm));
  return chain(...parts, createFrom("optimizer", optimizers, choice));
}

/** Builds and checks the game. @throws ConfigError naming what does not fit. */
export function gameFromConfig(config: Config, sample: SampleShape): Game {
  const model = createFrom("model", models, config.model)(sample);
  const terms = config.penalties.map((choice) => [choice.name, createFrom("penalty", penalties, choice)] as const);
  return createGame({
    sample,
    batch: config.batch,
    latent: model.latent,
    generator: { layer: model.generator, optimizer: createOptimizer(config.optimizer.generator) },
    discriminator: { layer: model.discriminator, optimizer: createOptimizer(config.optimizer.discriminator) },
    objective: createFrom("objective", objectives, config.objective),
    penalties: Object.fromEntries(terms),
    updates: config.updates,
    ema: config.ema.enabled,
  });
}
