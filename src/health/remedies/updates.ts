/** @file Remedies that change how the players take turns. */

import type { Remedy } from "../remedy.ts";
import { changed } from "./change.ts";

/** Unrolling. */
export const unroll: Remedy = {
  name: "unroll",
  title: "Let the generator play against the discriminator five updates later",
  why: "A generator that sees the answer to its move gains nothing from putting all on one mode: with a weak discriminator 31 of 1,000 modes became 327 in PacGAN's Table 3. A step costs six to eleven times as much.",
  kind: "hot",
  references: ["Metz, Poole, Pfau and Sohl-Dickstein, Unrolled Generative Adversarial Networks, 2017"],
  apply: (config) =>
    config.updates.unroll === undefined
      ? changed(config, { updates: { ...config.updates, unroll: { steps: 5 } } })
      : null,
};

/** Turns instead of simultaneous moves. */
export const alternate: Remedy = {
  name: "alternate",
  title: "Let the generator answer the moved discriminator",
  why: "Players that move at once circle outwards where players that take turns stay on their circle. It costs next to nothing.",
  kind: "hot",
  references: ["Mescheder, Geiger and Nowozin, Which Training Methods for GANs do actually Converge?, 2018"],
  mends: ({ updates }) => updates.mode === "simultaneous",
  apply: (config) =>
    config.updates.mode === "simultaneous"
      ? changed(config, { updates: { ...config.updates, mode: "alternating" } })
      : null,
};

/** No more updates of the generator than of the discriminator. */
export const fewerGeneratorSteps: Remedy = {
  name: "fewer-generator-steps",
  title: "Let the generator move no more often than the discriminator",
  why: "A generator that moves several times against one discriminator runs to the one sample that this takes for most real. It costs nothing.",
  kind: "hot",
  references: [
    "Goodfellow et al., Generative Adversarial Nets, 2014, section 3: G must not be trained too much without updating D",
  ],
  mends: ({ updates }) => updates.generatorSteps > updates.discriminatorSteps,
  apply: (config) => {
    const { discriminatorSteps, generatorSteps } = config.updates;
    if (generatorSteps <= discriminatorSteps) return null;
    return changed(config, { updates: { ...config.updates, generatorSteps: discriminatorSteps } });
  },
};

/** More updates of the discriminator. */
export const moreDiscriminatorSteps: Remedy = {
  name: "more-discriminator-steps",
  title: "Let the discriminator move twice in a step",
  why: "A discriminator that has not caught up tells the generator little of what is wrong. A step costs 1.5 times as much; since a step then shows more images, training begins again.",
  kind: "restart",
  references: ["Arjovsky, Chintala and Bottou, Wasserstein GAN, 2017"],
  apply: (config) =>
    config.updates.discriminatorSteps > 1
      ? null
      : changed(config, { updates: { ...config.updates, discriminatorSteps: 2 } }),
};
