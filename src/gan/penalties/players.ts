/** @file Penalties on how the players move, and on what the discriminator says. */

import { z } from "zod";
import { grad } from "../../autodiff/grad.ts";
import type { Tensor } from "../../graph/ops.ts";
import { abs, add, div, mean, mul, relu, square, stopGradient, sub, sum } from "../../graph/tensor.ts";
import { entry } from "../../util/registry.ts";
import type { GameView, Penalty, PlayerName } from "../penalty.ts";
import { every, weight } from "./options.ts";

/** LeCam regularisation. */
export const lecam = entry({
  name: "lecam",
  summary: "λ · (E max(0, r − ᾱ_F)² + E max(0, ᾱ_R − f)²), ᾱ the moving averages of the mean logits.",
  paper: "Tseng et al., Regularizing Generative Adversarial Networks under Limited Data, 2021 (form of its code)",
  options: z.strictObject({
    lambda: weight(0.3, "λ, the weight; the authors' code begins after 1,000 steps, for which a ramp from 0 can stand"),
    decay: z.number().min(0).lt(1).default(0.99).describe("share of the old averages kept at each update"),
    every,
  }),
  create: ({ lambda, decay, every }): Penalty => ({
    player: "discriminator",
    every,
    weight: lambda,
    slots: () => ({ real: { shape: [], initial: 0 }, fake: { shape: [], initial: 0 } }),
    term: ({ realLogits, fakeLogits }, slots) => {
      const move = (average: Tensor, logits: Tensor) =>
        stopGradient(add(mul(average, decay), mul(mean(logits), 1 - decay)));
      const real = move(slots.real!, realLogits);
      const fake = move(slots.fake!, fakeLogits);
      const term = add(mean(square(relu(sub(realLogits, fake)))), mean(square(relu(sub(real, fakeLogits)))));
      return { term, slots: { real, fake } };
    },
  }),
});

/** ‖∇L‖² of a player's own loss over its own parameters. */
function squaredPull(view: GameView, who: PlayerName): Tensor {
  const gradients = grad(view.loss(who), [...view.parameters(who).values()]);
  return gradients.map((g) => sum(square(g))).reduce((a, b) => add(a, b));
}

/** Consensus optimisation. */
export const consensus = entry({
  name: "consensus",
  summary: "γ/2 · ‖v‖², v = (∇_G L_G, ∇_D L_D): both players are drawn to where neither wants to move.",
  paper: "Mescheder, Nowozin and Geiger, The Numerics of GANs, 2017",
  options: z.strictObject({ gamma: weight(1, "γ, the weight; the paper uses 0.1 to 10"), every }),
  create: ({ gamma, every }): Penalty => ({
    player: "both",
    every,
    weight: gamma,
    term: (view) => mul(add(squaredPull(view, "generator"), squaredPull(view, "discriminator")), 0.5),
  }),
});

/** Mode seeking. */
export const modeSeeking = entry({
  name: "mode-seeking",
  summary: "λ / (mean|G(z₁) − G(z₂)| / mean|z₁ − z₂| + 10⁻⁵): latents that differ must give samples that differ.",
  paper: "Mao et al., Mode Seeking Generative Adversarial Networks for Diverse Image Synthesis, 2019",
  options: z.strictObject({ lambda: weight(1, "λ, the weight"), every }),
  create: ({ lambda, every }): Penalty => ({
    player: "generator",
    every,
    weight: lambda,
    term: (view) => {
      const other = view.random("mode-seeking", view.latent.shape, { kind: "normal" });
      const apart = mean(abs(sub(view.plainFake, view.generate(other))));
      return div(1, add(div(apart, mean(abs(sub(view.latent, other)))), 1e-5));
    },
  }),
});
