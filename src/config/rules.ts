/**
 * @file Combinations that cannot work, refused before anything is loaded: one rule each, with the reason and what to do.
 *
 * What depends on the data or on the networks' shapes is refused where they meet (`gan/game/checks.ts`, the models).
 */

import { ConfigError } from "../util/errors.ts";
import { oneSignalOneStrength, signsMeanSomething } from "./rules/augment.ts";
import {
  noBatchNormUnderPerSamplePenalties,
  noMinibatchDiscriminationUnderPerSamplePenalties,
  packsDivideTheBatch,
} from "./rules/batch.ts";
import {
  featuresAreMatchedOverTheWholeBatch,
  pairsHaveNoLatentElsewhere,
  pseudoRealsHaveNoPair,
  replayMixesOldAndNew,
} from "./rules/collapse.ts";
import { askedForOneThing, bothPlayersKnowTheClass, codeSaysSomething } from "./rules/conditioning.ts";
import { plateausNeedProbes, remediesNeedProbes } from "./rules/health.ts";
import { heldOutRealsAreLookedAt, judgedWeightsExist } from "./rules/metrics.ts";
import type { Rule } from "./rules/rule.ts";
import {
  consensusOfPresentPlayers,
  lookAheadNeedsBothPlayers,
  lookAheadOnOneBatch,
  oneWayOfLookingAhead,
} from "./rules/updates.ts";
import type { Config } from "./schema.ts";

/** Every rule, in the order in which they are checked. */
export const rules: readonly Rule[] = [
  packsDivideTheBatch,
  noBatchNormUnderPerSamplePenalties,
  noMinibatchDiscriminationUnderPerSamplePenalties,
  featuresAreMatchedOverTheWholeBatch,
  replayMixesOldAndNew,
  pairsHaveNoLatentElsewhere,
  pseudoRealsHaveNoPair,
  signsMeanSomething,
  oneSignalOneStrength,
  bothPlayersKnowTheClass,
  askedForOneThing,
  codeSaysSomething,
  lookAheadNeedsBothPlayers,
  lookAheadOnOneBatch,
  oneWayOfLookingAhead,
  consensusOfPresentPlayers,
  judgedWeightsExist,
  heldOutRealsAreLookedAt,
  remediesNeedProbes,
  plateausNeedProbes,
];

/** @throws ConfigError for the first rule that `config` breaks. */
export function checkRules(config: Config): void {
  for (const rule of rules) {
    const refusal = rule(config);
    if (refusal !== null) throw new ConfigError(refusal.message, { help: refusal.help });
  }
}
