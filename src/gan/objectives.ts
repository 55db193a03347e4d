/** @file The objectives, one row each. */

import { z } from "zod";
import { add, mean, mul, neg, softplus, square, sub } from "../graph/tensor.ts";
import { entry, registry } from "../util/registry.ts";
import type { Objective } from "./objective.ts";

/** -log sigmoid(real) - log(1 - sigmoid(fake)), averaged: the discriminator of Goodfellow et al., from logits. */
const crossEntropy: Objective["discriminator"] = (real, fake) => add(mean(softplus(neg(real))), mean(softplus(fake)));

/** Saturating minimax game. */
export const minimax = entry({
  name: "minimax",
  summary: "D: −log σ(r) − log(1 − σ(f)); G: log(1 − σ(f)), which saturates where D is sure.",
  paper: "Goodfellow et al., Generative Adversarial Nets, 2014, equation 1",
  options: z.strictObject({}),
  create: (): Objective => ({ discriminator: crossEntropy, generator: (fake) => neg(mean(softplus(fake))) }),
});

/** Non-saturating game: the default. */
export const nonSaturating = entry({
  name: "non-saturating",
  summary: "D: −log σ(r) − log(1 − σ(f)); G: −log σ(f). Binary cross-entropy from logits.",
  paper: "Goodfellow et al., Generative Adversarial Nets, 2014, section 3",
  options: z.strictObject({}),
  create: (): Objective => ({ discriminator: crossEntropy, generator: (fake) => mean(softplus(neg(fake))) }),
});

/** Least squares with targets 0 and 1. */
export const leastSquares = entry({
  name: "least-squares",
  summary: "D: ½(r − 1)² + ½f²; G: ½(f − 1)². Targets 0 and 1, with the paper's halves.",
  paper: "Mao et al., Least Squares Generative Adversarial Networks, 2017, equation 9",
  options: z.strictObject({}),
  create: (): Objective => ({
    discriminator: (real, fake) => add(mul(mean(square(sub(real, 1))), 0.5), mul(mean(square(fake)), 0.5)),
    generator: (fake) => mul(mean(square(sub(fake, 1))), 0.5),
  }),
});

/** Wasserstein critic. */
export const wasserstein = entry({
  name: "wasserstein",
  summary: "D: f − r; G: −f. Needs a Lipschitz critic: use it with `wgan-gp`.",
  paper: "Arjovsky, Chintala and Bottou, Wasserstein GAN, 2017",
  options: z.strictObject({}),
  create: (): Objective => ({
    discriminator: (real, fake) => sub(mean(fake), mean(real)),
    generator: (fake) => neg(mean(fake)),
  }),
});

/** Every objective by name. */
export const objectives = registry<Objective>([minimax, nonSaturating, leastSquares, wasserstein]);
