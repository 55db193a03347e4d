/** @file Every remedy by name. */

import type { Config } from "../config/schema.ts";
import { again } from "./remedies/again.ts";
import { movingAverage } from "./remedies/average.ts";
import { largerBatch, minibatchStdDev, packing, replay } from "./remedies/batch.ts";
import { adaptiveAugment, diffAugment, instanceNoise } from "./remedies/data.ts";
import { smallerDiscriminator, spectralNorm, widerDiscriminator } from "./remedies/networks.ts";
import { labelSmoothing, nonSaturating } from "./remedies/objectives.ts";
import { fewerPenalties, lecam, r1, r1r2, relativisticR1R2 } from "./remedies/penalties.ts";
import {
  clipGradients,
  decayRates,
  fasterDiscriminator,
  lowerMomentum,
  optimistic,
  slower,
  slowerDiscriminator,
  twoTimeScales,
} from "./remedies/rates.ts";
import { recommendedGame, recommendedOptimizers } from "./remedies/recommended.ts";
import { alternate, fewerGeneratorSteps, moreDiscriminatorSteps, unroll } from "./remedies/updates.ts";
import type { Remedy, RemedyContext } from "./remedy.ts";

/** All remedies. In which order they are tried, supervisor/ladder.ts says. */
export const REMEDIES: readonly Remedy[] = [
  relativisticR1R2,
  r1r2,
  r1,
  packing,
  minibatchStdDev,
  unroll,
  widerDiscriminator,
  nonSaturating,
  instanceNoise,
  spectralNorm,
  slowerDiscriminator,
  slower,
  twoTimeScales,
  clipGradients,
  lowerMomentum,
  alternate,
  movingAverage,
  optimistic,
  diffAugment,
  adaptiveAugment,
  lecam,
  smallerDiscriminator,
  labelSmoothing,
  largerBatch,
  fasterDiscriminator,
  moreDiscriminatorSteps,
  fewerGeneratorSteps,
  decayRates,
  replay,
  fewerPenalties,
  recommendedOptimizers,
  recommendedGame,
  again,
];

/** The remedy of a name, or undefined where nothing is called so. */
export const remedyNamed = (name: string): Remedy | undefined => REMEDIES.find((remedy) => remedy.name === name);

/** A remedy, and the config with its change made. */
export interface Applicable {
  readonly remedy: Remedy;
  readonly config: Config;
}

/** Those of the remedies called `names` that apply, in the same order. Names that nothing has are passed over. */
export const applicable = (names: readonly string[], config: Config, context: RemedyContext): Applicable[] =>
  names.flatMap((name) => {
    const remedy = remedyNamed(name);
    const after = remedy?.apply(config, context) ?? null;
    return remedy === undefined || after === null ? [] : [{ remedy, config: after }];
  });
