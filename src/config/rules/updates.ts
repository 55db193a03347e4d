/** @file Rules about how the players move. */

import type { Rule } from "./rule.ts";

/** Extragradient moves both players at every step. */
export const lookAheadNeedsBothPlayers: Rule = ({ updates: { mode, discriminatorSteps, generatorSteps } }) =>
  mode !== "extragradient" || discriminatorSteps === generatorSteps
    ? null
    : {
        message: `updates: extragradient moves both players at once, so ${discriminatorSteps} discriminator steps and ${generatorSteps} generator steps cannot be had`,
        help: "set updates.discriminatorSteps=1 and updates.generatorSteps=1 (two learning rates do what unequal steps do), or another updates.mode",
      };

/** Extragradient takes both of its gradients on one batch. */
export const lookAheadOnOneBatch: Rule = ({ updates: { mode, accumulate = 1 } }) =>
  mode !== "extragradient" || accumulate === 1
    ? null
    : {
        message: `updates: extragradient takes both of its gradients on one batch, so the gradients of ${accumulate} batches cannot be accumulated between the two`,
        help: "set updates.accumulate=1 and a larger batch, or another updates.mode",
      };

/** Extragradient and unrolling are not combined. */
export const oneWayOfLookingAhead: Rule = ({ updates: { mode, unroll } }) =>
  mode !== "extragradient" || unroll === undefined
    ? null
    : {
        message:
          "updates: extragradient and unroll both look ahead, each from where the discriminator is; together they have no stated meaning",
        help: 'leave updates.unroll out, or set updates.mode to "simultaneous" (the paper\'s) or "alternating"',
      };

/** Consensus is about the players as they are. */
export const consensusOfPresentPlayers: Rule = ({ updates: { unroll }, penalties }) =>
  unroll === undefined || penalties.every(({ name }) => name !== "consensus")
    ? null
    : {
        message:
          "penalties: consensus asks for both players' gradients as they are, and unroll plays against a discriminator that depends on them",
        help: "leave out one of the two: take consensus out of penalties, or updates.unroll",
      };
