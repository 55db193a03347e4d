/** @file `gantry/gan`: objectives, penalties, models, and the traced training step. Browser-safe. */

export type { Adaptive, Augment, AugmentContext, Draw } from "./gan/augment.ts";
export { augments } from "./gan/augments.ts";
export * from "./gan/conditioning/code.ts";
export {
  codeDiscriminator,
  conditionDiscriminator,
  type DiscriminatorOptions,
} from "./gan/conditioning/discriminator.ts";
export { conditionGenerator } from "./gan/conditioning/generator.ts";
export { classTerm, codeTerm, crossEntropy } from "./gan/conditioning/heads.ts";
export type { DiscriminatorWay, GeneratorWay } from "./gan/conditioning/options.ts";
export { createGame } from "./gan/game/create-game.ts";
export * from "./gan/game/game.ts";
export { gameState, penaltySlots, type StateSpec } from "./gan/game/game-state.ts";
export type { Player } from "./gan/game/player.ts";
export { withReconstructor } from "./gan/game/reconstructor.ts";
export type { Replay } from "./gan/game/replay.ts";
export type { Unroll, Updates } from "./gan/game/updates.ts";
export type { LossContext, Objective } from "./gan/objective.ts";
export { objectives } from "./gan/objectives.ts";
export * from "./gan/observe/sampler.ts";
export { penalties } from "./gan/penalties.ts";
export type { GameView, Penalty, PlayerName } from "./gan/penalty.ts";
export * from "./gan/step/phases.ts";
export * from "./gan/step/step.ts";
export type { RandomSpec, ScalarSpec } from "./gan/step/trace.ts";
export type { Model, ModelBuilder, ModelCondition, SampleShape } from "./models/model.ts";
export { models } from "./models/models.ts";
