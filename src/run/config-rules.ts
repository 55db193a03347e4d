/**
 * @file Combinations that cannot work, refused before anything is loaded: one rule each, with the reason and what to do.
 *
 * What depends on the data or on the networks' shapes is refused where they meet (`gan/game.ts`, the models).
 */

import { ConfigError } from "../util/errors.ts";
import type { Config } from "./config.ts";

/** Why a config cannot work, and what to do about it. */
export interface Refusal {
  readonly message: string;
  readonly help: string;
}

/** A rule: null where it is met. */
export type Rule = (config: Config) => Refusal | null;

const packsDivideTheBatch: Rule = ({ packing, batch }) =>
  batch % packing === 0
    ? null
    : {
        message: `packing: packs of ${packing} do not divide a batch of ${batch}`,
        help: `set batch to a multiple of ${packing}, such as ${Math.ceil(batch / packing) * packing}`,
      };

const lookAheadNeedsBothPlayers: Rule = ({ updates: { mode, discriminatorSteps, generatorSteps } }) =>
  mode !== "extragradient" || discriminatorSteps === generatorSteps
    ? null
    : {
        message: `updates: extragradient moves both players at once, so ${discriminatorSteps} discriminator steps and ${generatorSteps} generator steps cannot be had`,
        help: "set updates.discriminatorSteps=1 and updates.generatorSteps=1 (two learning rates do what unequal steps do), or another updates.mode",
      };

const lookAheadOnOneBatch: Rule = ({ updates: { mode, accumulate = 1 } }) =>
  mode !== "extragradient" || accumulate === 1
    ? null
    : {
        message: `updates: extragradient takes both of its gradients on one batch, so the gradients of ${accumulate} batches cannot be accumulated between the two`,
        help: "set updates.accumulate=1 and a larger batch, or another updates.mode",
      };

const oneWayOfLookingAhead: Rule = ({ updates: { mode, unroll } }) =>
  mode !== "extragradient" || unroll === undefined
    ? null
    : {
        message:
          "updates: extragradient and unroll both look ahead, each from where the discriminator is; together they have no stated meaning",
        help: 'leave updates.unroll out, or set updates.mode to "simultaneous" (the paper\'s) or "alternating"',
      };

const consensusOfPresentPlayers: Rule = ({ updates: { unroll }, penalties }) =>
  unroll === undefined || penalties.every(({ name }) => name !== "consensus")
    ? null
    : {
        message:
          "penalties: consensus asks for both players' gradients as they are, and unroll plays against a discriminator that depends on them",
        help: "leave out one of the two: take consensus out of penalties, or updates.unroll",
      };

/** Every rule, in the order in which they are checked. */
export const rules: readonly Rule[] = [
  packsDivideTheBatch,
  lookAheadNeedsBothPlayers,
  lookAheadOnOneBatch,
  oneWayOfLookingAhead,
  consensusOfPresentPlayers,
];

/** @throws ConfigError for the first rule that `config` breaks. */
export function checkRules(config: Config): void {
  for (const rule of rules) {
    const refusal = rule(config);
    if (refusal !== null) throw new ConfigError(refusal.message, { help: refusal.help });
  }
}
