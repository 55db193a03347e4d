/** @file Remedies that change how fast, and by which optimiser, the players learn. */

import type { Config } from "../../config/schema.ts";
import type { Remedy } from "../remedy.ts";
import {
  HIGHEST_RATE,
  highMomentum,
  LOWEST_RATE,
  lagsBehind,
  type Optimizer,
  ratesAreOff,
  riseOf,
} from "../usual-rates.ts";
import { round, withOptimizers } from "./change.ts";

const TTUR = "Heusel et al., GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium, 2017";

/** The learning rate of each player. */
const ratesOf = ({ optimizer: { generator, discriminator } }: Config) => ({
  generator: generator.lr,
  discriminator: discriminator.lr,
});

/** Another learning rate of the discriminator, as a function of the present ones. */
const discriminatorRate = (config: Config, rate: (rates: ReturnType<typeof ratesOf>) => number): Config | null =>
  withOptimizers(config, ({ lr }, player) => ({ lr: player === "discriminator" ? round(rate(ratesOf(config))) : lr }));

// Neither player is dragged after one whose own rate is what is wrong: `recommended-optimizers` mends that.
/** The discriminator at no more than half of the generator's rate. */
export const slowerDiscriminator: Remedy = {
  name: "slower-discriminator",
  title: "Let the discriminator learn half as fast as the generator",
  why: "A discriminator that is far ahead is sure of everything, and its loss has no slope for the generator. It costs nothing.",
  kind: "hot",
  references: [TTUR],
  apply: (config) =>
    discriminatorRate(config, ({ generator, discriminator }) =>
      generator / 2 < LOWEST_RATE ? discriminator : Math.min(discriminator, generator / 2),
    ),
};

/** The discriminator at no less than twice the generator's rate. */
export const fasterDiscriminator: Remedy = {
  name: "faster-discriminator",
  title: "Let the discriminator learn twice as fast as the generator",
  why: "A discriminator that lags behind tells the generator what was wrong with it some time ago. It costs nothing.",
  kind: "hot",
  references: [TTUR],
  mends: ({ optimizer }) => lagsBehind(optimizer) && !ratesAreOff(optimizer),
  apply: (config) =>
    discriminatorRate(config, ({ generator, discriminator }) =>
      generator * 2 > HIGHEST_RATE ? discriminator : Math.max(discriminator, generator * 2),
    ),
};

/** SAGAN's ratio of the learning rates: 4e-4 to 1e-4. */
const RATIO = 4;

/** The generator at no more than a quarter of the discriminator's rate. */
export const twoTimeScales: Remedy = {
  name: "two-time-scales",
  title: "Let the generator learn a quarter as fast as the discriminator",
  why: "A generator that moves slowly meets a discriminator that has had time to answer it, which damps their circling. The generator needs more steps.",
  kind: "hot",
  references: [TTUR, "Zhang, Goodfellow, Metaxas and Odena, Self-Attention Generative Adversarial Networks, 2019"],
  apply: (config) => {
    const { discriminator } = ratesOf(config);
    return withOptimizers(config, ({ lr }, player) => ({
      lr:
        player === "generator" && discriminator / RATIO >= LOWEST_RATE
          ? round(Math.min(lr, discriminator / RATIO))
          : lr,
    }));
  },
};

/** Share of the rates that is left. */
const SLOWER = 0.3;

/** Three tenths of both rates. */
export const slower: Remedy = {
  name: "slower",
  title: "Let both players learn three tenths as fast",
  why: "Steps that are too large overshoot further each time. Training takes longer; where something else is the cause, it only comes later.",
  kind: "hot",
  references: ["Mescheder, Nowozin and Geiger, The Numerics of GANs, 2017, section 3"],
  apply: (config) => withOptimizers(config, ({ lr }) => ({ lr: lr * SLOWER < LOWEST_RATE ? lr : round(lr * SLOWER) })),
};

/** Factor of the learning rate at the end: R3GAN's 2e-4 to 5e-5. */
const FINAL = 0.25;

/** Whether a rate ends above its base. */
const rises = (own: Optimizer): boolean => riseOf(own) > 1;

/** Learning rates that fall. */
export const decayRates: Remedy = {
  name: "decay-rates",
  title: "Let the learning rates fall to a quarter by the end",
  why: "Players that circle at constant rates come to rest as their steps become smaller, and at rates that rise they lose what they had. It costs nothing; the length of the training can then no longer change.",
  kind: "hot",
  references: [
    "Huang, Gokaslan, Kuleshov and Tompkin, The GAN Is Dead; Long Live the GAN! A Modern Baseline GAN, 2024",
  ],
  mends: ({ optimizer }) => Object.values(optimizer).some(rises),
  apply: (config) =>
    withOptimizers(config, (own) =>
      own.schedule.kind === "constant" || rises(own)
        ? { schedule: { ...own.schedule, kind: "cosine", final: FINAL } }
        : {},
    ),
};

/** Limit on the gradient, as a multiple of what is usual; and the limit where that is not known. */
const ABOVE_USUAL = 10;
const LIMIT = 10;

/** Clipped gradients. */
export const clipGradients: Remedy = {
  name: "clip-gradients",
  title: "Limit the size of the gradients to ten times the usual",
  why: "One gradient that is far too large can undo a training; below the limit nothing changes. It hides a cause rather than ending it.",
  kind: "hot",
  references: ["Pascanu, Mikolov and Bengio, On the Difficulty of Training Recurrent Neural Networks, 2013"],
  apply: (config, { gradients }) =>
    withOptimizers(config, ({ clip }, player) => {
      const usual = gradients?.[player];
      const limit = usual !== undefined && usual > 0 ? Number((ABOVE_USUAL * usual).toPrecision(2)) : LIMIT;
      return { clip: { ...clip, norm: clip.norm ?? limit } };
    }),
};

/** Without momentum. */
export const lowerMomentum: Remedy = {
  name: "lower-momentum",
  title: "Take momentum away from both players",
  why: "Momentum carries each player past the point where the other has turned, so they circle wider; StyleGAN2 and R3GAN have none. It costs nothing.",
  kind: "hot",
  references: [
    "Gidel et al., Negative Momentum for Improved Game Dynamics, 2019",
    "Karras, Laine and Aila, A Style-Based Generator Architecture for GANs, 2019",
  ],
  mends: ({ optimizer }) => Object.values(optimizer).some((own) => highMomentum(own) !== undefined),
  apply: (config) =>
    withOptimizers(config, (own) => ({
      ...("beta1" in own && { beta1: 0 }),
      ...("momentum" in own && { momentum: 0, nesterov: false }),
    })),
};

/** Optimism. */
export const optimistic: Remedy = {
  name: "optimistic",
  title: "Correct each update by the one before",
  why: "Twice the update minus the one before looks ahead to where the other player will be, which damps circling. It costs next to nothing, and amplifies noise.",
  kind: "hot",
  references: ["Daskalakis, Ilyas, Syrgkanis and Zeng, Training GANs with Optimism, 2018"],
  apply: (config) => withOptimizers(config, () => ({ optimistic: true })),
};
