/** @file `gantry/gan`: objectives, penalties, models, and the traced training step. Browser-safe. */

export * from "./gan/game.ts";
export type { LossContext, Objective } from "./gan/objective.ts";
export { objectives } from "./gan/objectives.ts";
export { penalties } from "./gan/penalties.ts";
export type { GameView, Penalty, PlayerName } from "./gan/penalty.ts";
export * from "./gan/phases.ts";
export * from "./gan/sampler.ts";
export * from "./gan/step.ts";
export type { RandomSpec, ScalarSpec } from "./gan/trace.ts";
export type { Unroll, Updates } from "./gan/updates.ts";
export type { Model, ModelBuilder, SampleShape } from "./models/model.ts";
export { models } from "./models/models.ts";
