/** @file Remedies that add, weaken or replace penalties on the discriminator. */

import { imagesPerMove } from "../../config/config.ts";
import { recommendedGamma } from "../../config/recommended.ts";
import { PER_SAMPLE_PENALTIES } from "../../config/rules/batch.ts";
import type { Config } from "../../config/schema.ts";
import type { Scheduled } from "../../optim/schedule.ts";
import { isBounded } from "../bounded.ts";
import type { Remedy, RemedyContext } from "../remedy.ts";
import { changed, round } from "./change.ts";

const R1 = "Mescheder, Geiger and Nowozin, Which Training Methods for GANs do actually Converge?, 2018";
const R3GAN = "Huang, Gokaslan, Kuleshov and Tompkin, The GAN Is Dead; Long Live the GAN! A Modern Baseline GAN, 2024";

const isZeroCentred = (name: string): boolean => name === "r1" || name === "r2";
const isOtherSlope = (name: string): boolean => PER_SAMPLE_PENALTIES.includes(name) && !isZeroCentred(name);

/** The penalties with those of `names` that are missing, at the weight of the one that is there, else the usual one. */
function withZeroCentred(config: Config, names: readonly string[], { sample }: RemedyContext) {
  const kept = config.penalties.filter(({ name }) => !isOtherSlope(name));
  const gamma = kept.find(({ name }) => isZeroCentred(name))?.gamma ?? recommendedGamma(sample, imagesPerMove(config));
  const missing = names.filter((wanted) => !kept.some(({ name }) => name === wanted));
  return [...kept, ...missing.map((name) => ({ name, gamma }))];
}

/** Adds zero-centred penalties to a game that has no other slope penalty and does not depend on one. */
const adding = (names: readonly string[]) => (config: Config, context: RemedyContext) =>
  config.objective.name === "wasserstein" || config.penalties.some(({ name }) => isOtherSlope(name))
    ? null
    : changed(config, { penalties: withZeroCentred(config, names, context) });

/** R3GAN's loss. */
export const relativisticR1R2: Remedy = {
  name: "relativistic-r1-r2",
  title: "Pair reals with fakes, and penalise the discriminator's slope at both",
  why: "A fake is judged beside a real, so that the loss has no bad valleys in which modes are given up, and the penalties make the game converge near its equilibrium. A step costs 1.7 to 2.2 times as much. γ is that of the recommended recipe; other slope penalties make room.",
  kind: "hot",
  references: [R3GAN, "Sun, Fang and Schwing, Towards a Better Global Loss Landscape of GANs, 2020", R1],
  // Wasserstein's losses have no least value where nothing bounds the critic's slope.
  mends: (config) => config.objective.name === "wasserstein" && !isBounded(config),
  apply: (config, context) =>
    changed(config, {
      objective: { name: "relativistic" },
      penalties: withZeroCentred(config, ["r1", "r2"], context),
    }),
};

/** R1 and R2. */
export const r1r2: Remedy = {
  name: "r1-r2",
  title: "Penalise the discriminator's slope at reals and at fakes",
  why: "A flat discriminator pulls less hard at either end: fakes neither run away nor circle. R1 alone can diverge while fakes are far from the data. A step costs 1.6 to 1.9 times as much.",
  kind: "hot",
  references: [R1, R3GAN],
  apply: adding(["r1", "r2"]),
};

/** R1. */
export const r1: Remedy = {
  name: "r1",
  title: "Penalise the discriminator's slope at reals",
  why: "Where fakes meet the data the discriminator becomes flat, so the players come to rest instead of circling. A step costs 1.3 to 1.6 times as much; too large a weight blurs.",
  kind: "hot",
  references: [R1],
  apply: adding(["r1"]),
};

/** LeCam's λ for CIFAR-10 with BigGAN. */
const LECAM = 0.3;

/** LeCam regularisation. */
export const lecam: Remedy = {
  name: "lecam",
  title: "Tie the discriminator's scores of each side to its past scores of the other",
  why: "A discriminator that learns its few reals by heart scores them ever higher; this holds both scores together. It costs next to nothing, and depends on the scale of the scores (λ 0.3 is that of CIFAR-10).",
  kind: "hot",
  references: ["Tseng et al., Regularizing Generative Adversarial Networks under Limited Data, 2021"],
  apply: (config) =>
    config.penalties.some(({ name }) => name === "lecam")
      ? null
      : changed(config, { penalties: [...config.penalties, { name: "lecam", lambda: LECAM }] }),
};

/** Share of a weight that is left, and the weight below which a penalty is not what holds a discriminator back. */
const WEAKER = 0.1;
const WEAKEST = 1e-3;

const largest = (weight: Scheduled): number => (typeof weight === "number" ? weight : Math.max(weight.from, weight.to));

const scaled = (weight: Scheduled): Scheduled =>
  typeof weight === "number"
    ? round(weight * WEAKER)
    : { ...weight, from: round(weight.from * WEAKER), to: round(weight.to * WEAKER) };

/** A tenth of the slope penalties. */
export const fewerPenalties: Remedy = {
  name: "fewer-penalties",
  title: "Penalise the discriminator's slope a tenth as much",
  why: "A discriminator that is kept too flat cannot tell reals from fakes, and the generator learns nothing from it. Good weights lie within a factor of a hundred, so a tenth is one careful step. It costs nothing.",
  kind: "hot",
  references: [R3GAN],
  apply: (config) =>
    changed(config, {
      penalties: config.penalties.map((choice) => {
        const key = "gamma" in choice ? "gamma" : "lambda";
        const weight = choice[key] as Scheduled | undefined;
        const weakens = PER_SAMPLE_PENALTIES.includes(choice.name) && weight !== undefined && largest(weight) > WEAKEST;
        return weakens ? { ...choice, [key]: scaled(weight) } : choice;
      }),
    }),
};
