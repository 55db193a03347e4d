/** @file Checks of how the players learn: rates and momentum, the objective, and the weight of gradient penalties. */

import { gammaOfSize } from "../../config/recommended.ts";
import { PER_SAMPLE_PENALTIES } from "../../config/rules/batch.ts";
import { type Scheduled, scheduledAt } from "../../optim/schedule.ts";
import { isBounded } from "../bounded.ts";
import { type Check, type Finding, found, ok, short } from "./check.ts";

/** First momentum from which the players chase each other in circles. */
const HIGH_MOMENTUM = 0.9;
/** Rate of Adam and RMSProp, whose moves are as large as the rate, from which published trainings fail. */
const HIGH_RATE = 5e-3;
/** One player's rate over the other's that is worth a word. */
const FAR_APART = 20;
/** How far a weight must be able to move in the whole training, beside initial weights of about 0.02. */
const LEAST_TRAVEL = 0.02;
/** Optimisers whose moves are as large as the rate, whatever the gradient. */
const NORMALISED: readonly string[] = ["adam", "adamw", "rmsprop"];
/** Factor beyond the values that are in use from which a weight γ is questioned. */
const BEYOND = 10;

const PLAYERS = ["generator", "discriminator"] as const;

/** Whether rates and momentum are such as published trainings use. */
export const optimizers: Check = {
  name: "optimizers",
  title: "Rates, momentum and turns are usual",
  looksAt: "learning rates, beta1, how often each player moves, and whether both move at once",
  run: ({ config, steps }) => {
    const out: Finding[] = [];
    const { optimizer, updates } = config;
    for (const player of PLAYERS) {
      const { name, lr, beta1 } = optimizer[player] as { name: string; lr: number; beta1?: Scheduled };
      const momentum = beta1 === undefined ? 0 : Math.max(scheduledAt(beta1, 0), scheduledAt(beta1, 1));
      if (momentum >= HIGH_MOMENTUM) {
        out.push(
          found(
            "warning",
            `optimizer.${player}.beta1 is ${momentum}: with momentum as in other tasks the players turn about each other`,
            `set optimizer.${player}.beta1 to 0 (StyleGAN, R3GAN) or 0.5 (DCGAN)`,
            "oscillation",
          ),
        );
      }
      if (!NORMALISED.includes(name)) continue;
      const furthest = lr * steps * updates[`${player}Steps`];
      if (lr >= HIGH_RATE) {
        out.push(
          found(
            "warning",
            `optimizer.${player}.lr is ${lr}: published trainings with ${name} lie between 5e-5 and 2.5e-3`,
            `set optimizer.${player}.lr to 2e-4, or to 1e-3 for points`,
            "numerical-divergence",
          ),
        );
      } else if (furthest < LEAST_TRAVEL && steps >= 1000) {
        out.push(
          found(
            "warning",
            `optimizer.${player}.lr is ${lr}: in ${steps} steps no weight can move by more than ${short(furthest)}`,
            `set optimizer.${player}.lr to 2e-4`,
            "stalled",
          ),
        );
      }
    }
    const [g, d] = [optimizer.generator.lr, optimizer.discriminator.lr];
    if (Math.max(g, d) > FAR_APART * Math.min(g, d) && optimizer.generator.name === optimizer.discriminator.name) {
      out.push(
        found(
          "info",
          `learning rates are ${short(Math.max(g, d) / Math.min(g, d))} times apart`,
          "rates within a factor of four of each other are usual",
          g > d ? "discriminator-underfitting" : "vanishing-gradient",
        ),
      );
    }
    const { generatorSteps, discriminatorSteps } = updates;
    if (generatorSteps > discriminatorSteps) {
      out.push(
        found(
          "warning",
          `the generator moves ${generatorSteps} times against ${discriminatorSteps} of the discriminator: it may run to the one sample that this takes for most real`,
          `set updates.generatorSteps to at most ${discriminatorSteps}`,
          "mode-collapse",
        ),
      );
    }
    if (updates.mode === "simultaneous" && !isBounded(config)) {
      out.push(
        found(
          "warning",
          "both players move at once, and nothing bounds the discriminator's slope: near a solution they turn away from it",
          "set updates.mode=alternating, or add penalties=r1",
          "oscillation",
        ),
      );
    }
    return out.length > 0 ? out : [ok(`rates ${g} (generator) and ${d} (discriminator)`)];
  },
};

/** Whether the objective is known to train. */
export const objective: Check = {
  name: "objective",
  title: "The objective can be learned",
  looksAt: "the objective, and the penalties that it needs",
  run: ({ config }) => {
    const { name } = config.objective;
    const bounded = isBounded(config);
    const penalties = config.penalties.map((penalty) => penalty.name);
    if (name === "minimax") {
      return [
        found(
          "warning",
          "the objective minimax gives the generator no gradient where the discriminator is sure",
          "set objective=non-saturating: the same solution, a gradient everywhere",
          "vanishing-gradient",
        ),
      ];
    }
    if (name === "wasserstein" && !bounded) {
      return [
        found(
          "warning",
          "the objective wasserstein has no least value unless the critic's slope is bounded",
          "add penalties=wgan-gp (with updates.discriminatorSteps=5), or set optimizer.discriminator.clip.weights=0.01",
          "numerical-divergence",
        ),
      ];
    }
    if (name.startsWith("relativistic") && !(penalties.includes("r1") && penalties.includes("r2"))) {
      return [
        found(
          bounded ? "info" : "warning",
          `the objective ${name} ${penalties.length === 0 ? "without penalties" : `with ${penalties.join(", ")}`}: it is known to settle with both r1 and r2 only`,
          "set penalties=r1,r2",
          "oscillation",
        ),
      ];
    }
    if ((name === "hinge" || name === "least-squares") && !bounded) {
      return [
        found(
          "info",
          `the objective ${name} and nothing that bounds the discriminator's slope`,
          "set model.norm=spectral where the model has it, or add penalties=r1",
          "exploding-gradient",
        ),
      ];
    }
    return [ok(`${name}${penalties.length === 0 ? "" : ` with ${penalties.join(", ")}`}`)];
  },
};

/** Whether γ is such as is used at this size. */
export const gamma: Check = {
  name: "gamma",
  title: "Gradient penalties are of a usual weight",
  looksAt: "gamma of r1 and r2 beside published values for images of this size",
  run: ({ config, data }) => {
    const size = data.shape[1];
    if (data.kind !== "images" || size === undefined) return [];
    // Least and largest in use: StyleGAN2-ADA's rule, and Mescheder's 10 (with our half: 20) or ten times the middle of R3GAN's.
    const style = (0.0002 * size ** 2) / config.batch;
    const middle = gammaOfSize(size);
    const most = Math.max(20, 10 * middle);
    const used = `heuristics for ${size} pixels: StyleGAN2-ADA's 0.0002·size²/batch gives ${short(style)}, the middle of R3GAN's is ${short(middle)}`;
    const weights = config.penalties.flatMap((penalty) => {
      const value = (penalty as { readonly gamma?: Scheduled }).gamma;
      if (!PER_SAMPLE_PENALTIES.includes(penalty.name) || value === undefined) return [];
      return [{ name: penalty.name, value: Math.max(scheduledAt(value, 0), scheduledAt(value, 1)) }];
    });
    return weights.map(({ name, value }) => {
      const numbers = `penalties.${name}.gamma is ${short(value)}; ${used}`;
      if (value > BEYOND * most) {
        return found(
          "warning",
          `${numbers}. So large a weight flattens the discriminator`,
          `set penalties.${name}.gamma=${short(middle)}`,
          "discriminator-underfitting",
        );
      }
      if (value < style / BEYOND) {
        return found(
          "warning",
          `${numbers}. So small a weight bounds nothing`,
          `set penalties.${name}.gamma=${short(middle)}`,
          "oscillation",
        );
      }
      return ok(numbers);
    });
  },
};
