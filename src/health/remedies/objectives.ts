/** @file Remedies that change what the players play for. */

import type { Remedy } from "../remedy.ts";
import { changed } from "./change.ts";

/** The non-saturating loss in place of the saturating one. */
export const nonSaturating: Remedy = {
  name: "non-saturating",
  title: "Let the generator maximise log D instead of minimising log(1 − D)",
  why: "Where the discriminator is sure, the gradient of log(1 − D) vanishes and that of log D is strongest. It costs nothing, and pulls a little towards fewer modes.",
  kind: "hot",
  references: [
    "Goodfellow et al., Generative Adversarial Nets, 2014, section 3",
    "Arjovsky and Bottou, Towards Principled Methods for Training Generative Adversarial Networks, 2017",
  ],
  mends: ({ objective }) => objective.name === "minimax",
  apply: (config) =>
    config.objective.name === "minimax"
      ? changed(config, { objective: { ...config.objective, name: "non-saturating" } })
      : null,
};

/** The label of reals under one-sided smoothing. */
const SMOOTHED = 0.9;

/** One-sided label smoothing. */
export const labelSmoothing: Remedy = {
  name: "label-smoothing",
  title: "Ask the discriminator to be nine tenths sure of reals",
  why: "A discriminator that may not be certain keeps a slope for the generator to follow. It costs nothing, and moves the optimum a little.",
  kind: "hot",
  references: ["Salimans et al., Improved Techniques for Training GANs, 2016, section 3.4"],
  apply: (config) =>
    config.objective.realLabel === 1
      ? changed(config, { objective: { ...config.objective, realLabel: SMOOTHED } })
      : null,
};
