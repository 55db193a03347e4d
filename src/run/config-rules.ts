/**
 * @file Combinations that cannot work, refused before anything is loaded: one rule each, with the reason and what to do.
 *
 * What depends on the data or on the networks' shapes is refused where they meet (`gan/game.ts`, the models).
 */

import { ConfigError } from "../util/errors.ts";
import type { Config } from "./config-schema.ts";

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

/** Objectives under which only differences of scores mean something. */
const SHIFT_FREE: readonly string[] = ["wasserstein", "relativistic", "relativistic-average"];

/** Why the sign of a score does not say what D takes a sample for, or undefined where it does. */
function whySignsSayNothing({ name, ...options }: Config["objective"]): string | undefined {
  if (SHIFT_FREE.includes(name)) return "a score and the same score plus a constant are equal there";
  if (name !== "least-squares") return undefined;
  const [real, fake] = [Number(options.realLabel), Number(options.fakeLabel)];
  return real + fake === 0 ? undefined : `the labels ${fake} and ${real} have their middle at ${(real + fake) / 2}`;
}

/** What of `augment` has a strength that adapts. */
const adaptive = ({ augment }: Config) =>
  augment.filter((choice) => "target" in choice && !("p" in choice && choice.p !== undefined));

const signsMeanSomething: Rule = (config) => {
  const { name } = config.objective;
  const why = whySignsSayNothing(config.objective);
  const steered = adaptive(config).find(({ signal }) => signal === "sign");
  if (steered === undefined || why === undefined) return null;
  return {
    message: `augment: "${steered.name}" adapts to the sign of D's scores of reals, which means nothing with the objective "${name}": ${why}`,
    help: `set augment.${steered.name}.signal to "pairwise" (the sign of D(x) - D(y)), or give a strength: augment.${steered.name}.p=0.5`,
  };
};

const oneSignalOneStrength: Rule = (config) => {
  const [first, second] = adaptive(config);
  if (first === undefined || second === undefined) return null;
  return {
    message: `augment: "${first.name}" and "${second.name}" would both adapt to the same signal, which each of them changes`,
    help: `leave one of them out, or give one a strength: augment.${second.name}.p=0.2`,
  };
};

/** Penalties that take the slope of the discriminator at each sample on its own. */
export const PER_SAMPLE_PENALTIES: readonly string[] = ["r1", "r2", "wgan-gp", "zero-gp", "dragan"];

/** Penalties that ask the discriminator about points beside the samples, which have no latent of their own. */
const AT_OTHER_POINTS: readonly string[] = [
  "wgan-gp",
  "zero-gp",
  "dragan",
  "consistency",
  "balanced-consistency",
  "latent-consistency",
];

/** The first penalty of `config` whose name is one of `names`. */
const penaltyOf = ({ penalties }: Config, names: readonly string[]): string | undefined =>
  penalties.find(({ name }) => names.includes(name))?.name;

const noBatchNormUnderPerSamplePenalties: Rule = (config) => {
  const penalty = penaltyOf(config, PER_SAMPLE_PENALTIES);
  const { name, norm } = config.model;
  if (penalty === undefined || name !== "dcgan" || norm !== "batch") return null;
  return {
    message: `penalties: "${penalty}" takes the discriminator's slope at each sample, but with model.norm "batch" every logit depends on the whole batch`,
    help: 'set model.norm to "none", "layer" or "spectral", or leave out the penalty',
  };
};

// The standard deviation is let through: it is one weak channel, and StyleGAN2 and ProGAN train with it under R1 and WGAN-GP.
const noMinibatchDiscriminationUnderPerSamplePenalties: Rule = (config) => {
  const penalty = penaltyOf(config, PER_SAMPLE_PENALTIES);
  if (penalty === undefined || config.model.minibatch !== "discrimination") return null;
  return {
    message: `penalties: "${penalty}" takes the discriminator's slope at each sample, but with model.minibatch "discrimination" every logit depends on the whole batch`,
    help: 'set model.minibatch to "std" or "none", or leave out the penalty',
  };
};

const featuresAreMatchedOverTheWholeBatch: Rule = ({ topK, objective }) =>
  topK === undefined || objective.name !== "feature-matching"
    ? null
    : {
        message: "topK: feature matching compares the mean over all fakes with that of the reals, not the best of them",
        help: "leave out topK, or take another objective",
      };

const replayMixesOldAndNew: Rule = (config) => {
  const { replay, packing, model, reconstructor } = config;
  if (replay === undefined) return null;
  const help = "leave out replay, or";
  if (packing > 1) {
    return {
      message:
        "replay: a pack of old and new fakes is more varied than the generator is, so the packs would hide a collapse",
      help: `${help} set packing to 1`,
    };
  }
  if ((model.minibatch ?? "none") !== "none") {
    return {
      message: `replay: a batch of old and new fakes is more varied than the generator is, which model.minibatch "${model.minibatch}" is to measure`,
      help: `${help} set model.minibatch to "none"`,
    };
  }
  if (reconstructor !== undefined) {
    return {
      message:
        "replay: the discriminator of a game with a reconstructor judges latents too, and those of old fakes are not kept",
      help: `${help} leave out reconstructor`,
    };
  }
  if (penaltyOf(config, ["latent-consistency"]) !== undefined) {
    return {
      message:
        'replay: "latent-consistency" compares fakes with those of neighbouring latents, and those of old fakes are not kept',
      help: `${help} leave out latent-consistency`,
    };
  }
  if (penaltyOf(config, ["consensus"]) === undefined) return null;
  return {
    message:
      'replay: "consensus" takes both losses at one evaluation, and with old fakes the players have different ones',
    help: `${help} leave out consensus`,
  };
};

const pseudoRealsHaveNoPair: Rule = ({ reconstructor, augment }) =>
  reconstructor === undefined || !augment.some(({ name }) => name === "apa")
    ? null
    : {
        message:
          'augment: "apa" shows fakes as reals, and with a reconstructor the discriminator must be told a latent for each real',
        help: "leave out one of the two",
      };

const pairsHaveNoLatentElsewhere: Rule = (config) => {
  const penalty = penaltyOf(config, AT_OTHER_POINTS);
  return config.reconstructor === undefined || penalty === undefined
    ? null
    : {
        message: `penalties: "${penalty}" looks at points beside the samples, and with a reconstructor the discriminator must be told a latent for each`,
        help: "use r1 and r2, which look at the samples themselves, or leave out reconstructor",
      };
};
const bothPlayersKnowTheClass: Rule = ({ conditioning: { generator, discriminator } = {} }) =>
  (generator === "none") === (discriminator === "none")
    ? null
    : {
        message:
          generator === "none"
            ? "conditioning: the discriminator is to know the classes and the generator is not: it could only lose"
            : "conditioning: the generator is told the class, but the discriminator would not know whether it heeds it",
        help: "choose a way for both, as --set conditioning=projection does, or none for both: --set conditioning=none",
      };

const askedForOneThing: Rule = ({ conditioning, code }) =>
  code === undefined || conditioning === undefined || conditioning.generator === "none"
    ? null
    : {
        message: "code and conditioning: the generator can be asked for a code or for classes, not for both",
        help: "leave one of them out",
      };

const codeSaysSomething: Rule = ({ code }) =>
  code === undefined || code.categories + code.continuous > 0
    ? null
    : { message: "code: it has neither categories nor continuous codes", help: "e.g. --set code.categories=10" };

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
];

/** @throws ConfigError for the first rule that `config` breaks. */
export function checkRules(config: Config): void {
  for (const rule of rules) {
    const refusal = rule(config);
    if (refusal !== null) throw new ConfigError(refusal.message, { help: refusal.help });
  }
}
