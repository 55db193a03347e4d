/** @file Checks of what is played: the objective, and the weight of gradient penalties. */

import { gammaOfSize } from "../../config/recommended.ts";
import { PER_SAMPLE_PENALTIES } from "../../config/rules/batch.ts";
import { type Scheduled, scheduledAt } from "../../optim/schedule.ts";
import { isBounded } from "../bounded.ts";
import { type Check, found, ok, short } from "./check.ts";

/** Factor beyond the values that are in use from which a weight γ is questioned. */
const BEYOND = 10;

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
