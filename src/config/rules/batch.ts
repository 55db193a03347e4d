/** @file Rules about what looks at a whole batch. */

import { penaltyOf, type Rule } from "./rule.ts";

/** Packs are whole. */
export const packsDivideTheBatch: Rule = ({ packing, batch }) =>
  batch % packing === 0
    ? null
    : {
        message: `packing: packs of ${packing} do not divide a batch of ${batch}`,
        help: `set batch to a multiple of ${packing}, such as ${Math.ceil(batch / packing) * packing}`,
      };

/** Penalties that take the slope of the discriminator at each sample on its own. */
export const PER_SAMPLE_PENALTIES: readonly string[] = ["r1", "r2", "wgan-gp", "zero-gp", "dragan"];

/** Models whose option `norm` is about the discriminator. */
const HAS_DISCRIMINATOR_NORM: readonly string[] = ["dcgan", "metz"];

/** A slope at a sample has no meaning where the logit depends on the other samples. */
export const noBatchNormUnderPerSamplePenalties: Rule = (config) => {
  const penalty = penaltyOf(config, PER_SAMPLE_PENALTIES);
  const { name, norm } = config.model;
  if (penalty === undefined || !HAS_DISCRIMINATOR_NORM.includes(name) || norm !== "batch") return null;
  return {
    message: `penalties: "${penalty}" takes the discriminator's slope at each sample, but with model.norm "batch" every logit depends on the whole batch`,
    help: `set model.norm to "none"${name === "dcgan" ? ', "layer"' : ""} or "spectral", or leave out the penalty`,
  };
};

// The standard deviation is let through: it is one weak channel, and StyleGAN2 and ProGAN train with it under R1 and WGAN-GP.
/** The same of minibatch discrimination. */
export const noMinibatchDiscriminationUnderPerSamplePenalties: Rule = (config) => {
  const penalty = penaltyOf(config, PER_SAMPLE_PENALTIES);
  if (penalty === undefined || config.model.minibatch !== "discrimination") return null;
  return {
    message: `penalties: "${penalty}" takes the discriminator's slope at each sample, but with model.minibatch "discrimination" every logit depends on the whole batch`,
    help: 'set model.minibatch to "std" or "none", or leave out the penalty',
  };
};
