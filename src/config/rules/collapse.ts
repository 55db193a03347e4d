/** @file Rules about what works against collapse: top-k, replay, the reconstructor. */

import { penaltyOf, type Rule } from "./rule.ts";

/** Feature matching has no best fakes. */
export const featuresAreMatchedOverTheWholeBatch: Rule = ({ topK, objective }) =>
  topK === undefined || objective.name !== "feature-matching"
    ? null
    : {
        message: "topK: feature matching compares the mean over all fakes with that of the reals, not the best of them",
        help: "leave out topK, or take another objective",
      };

/** A batch with old fakes cannot stand for the generator as it is. */
export const replayMixesOldAndNew: Rule = (config) => {
  const { replay, packing, model, reconstructor, updates } = config;
  if (replay === undefined) return null;
  const help = "leave out replay, or";
  if (packing > 1) {
    return {
      message:
        "replay: a pack of old and new fakes is more varied than the generator is, so the packs would hide a collapse",
      help: `${help} set packing to 1`,
    };
  }
  const measures = model.name === "stylegan2" ? 'model "stylegan2"' : `model.minibatch "${model.minibatch}"`;
  if (model.name === "stylegan2" || (model.minibatch ?? "none") !== "none") {
    return {
      message: `replay: a batch of old and new fakes is more varied than the generator is, which ${measures} is to measure`,
      help: `${help} take a discriminator that does not compare the samples of a batch`,
    };
  }
  if (reconstructor !== undefined) {
    return {
      message:
        "replay: the discriminator of a game with a reconstructor judges latents too, and those of old fakes are not kept",
      help: `${help} leave out reconstructor`,
    };
  }
  if (updates.mode === "extragradient" || updates.unroll !== undefined) {
    return {
      message: `replay: ${updates.unroll === undefined ? "extragradient looks" : "unrolling looks"} ahead on one batch for both players, and with old fakes they have different ones`,
      help: `${help} another way to move: updates.mode=alternating without updates.unroll`,
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

/** Penalties that ask the discriminator about points beside the samples, which have no latent of their own. */
const AT_OTHER_POINTS: readonly string[] = [
  "wgan-gp",
  "zero-gp",
  "dragan",
  "consistency",
  "balanced-consistency",
  "latent-consistency",
];

/** Where the discriminator judges pairs, only samples have a latent. */
export const pairsHaveNoLatentElsewhere: Rule = (config) => {
  const penalty = penaltyOf(config, AT_OTHER_POINTS);
  return config.reconstructor === undefined || penalty === undefined
    ? null
    : {
        message: `penalties: "${penalty}" looks at points beside the samples, and with a reconstructor the discriminator must be told a latent for each`,
        help: "use r1 and r2, which look at the samples themselves, or leave out reconstructor",
      };
};

/** Pseudo-reals come without the latent that a reconstructor game asks for. */
export const pseudoRealsHaveNoPair: Rule = ({ reconstructor, augment }) =>
  reconstructor === undefined || !augment.some(({ name }) => name === "apa")
    ? null
    : {
        message:
          'augment: "apa" shows fakes as reals, and with a reconstructor the discriminator must be told a latent for each real',
        help: "leave out one of the two",
      };
