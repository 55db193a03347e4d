/** @file Whether a config bounds the discriminator's slope. */

import { PER_SAMPLE_PENALTIES } from "../config/rules/batch.ts";
import type { Config } from "../config/schema.ts";

/** Whether the discriminator is spectrally normalised: by `norm`, or by `spectral` in the models that have that. */
export const isSpectral = ({ model }: Config): boolean =>
  model.norm === "spectral" || ["discriminator", "both"].includes(String(model.spectral));

/** Whether anything bounds the slope of the discriminator: a penalty on it, spectral normalisation, or clipped weights. */
export const isBounded = (config: Config): boolean =>
  isSpectral(config) ||
  config.penalties.some(({ name }) => PER_SAMPLE_PENALTIES.includes(name)) ||
  config.optimizer.discriminator.clip.weights !== undefined;
