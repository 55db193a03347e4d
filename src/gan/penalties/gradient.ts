/** @file Penalties on the slope of the discriminator. Gradients of gradients come from differentiating the traced term. */

import { z } from "zod";
import { grad } from "../../autodiff/grad.ts";
import type { Tensor } from "../../graph/ops.ts";
import { add, mean, mul, sqrt, square, sub, sum } from "../../graph/tensor.ts";
import { entry } from "../../util/registry.ts";
import type { GameView, Penalty } from "../penalty.ts";
import { every, weight } from "./options.ts";

/** Σ over all but the batch axis of the squared gradient of Σ logits at `x`: f32[N]. */
function squaredGradientNorm(logits: Tensor, x: Tensor): Tensor {
  const [gradient] = grad(sum(logits), [x]);
  return sum(square(gradient!), x.shape.map((_, i) => i).slice(1));
}

/** Points at a uniformly random place between each real and its fake. */
function interpolate({ real, fake, random }: GameView, name: string): Tensor {
  const share = random(name, [real.shape[0]!, ...real.shape.slice(1).map(() => 1)], { kind: "uniform" });
  return add(mul(real, share), mul(fake, sub(1, share)));
}

/** Zero-centred gradient penalty on reals. */
export const r1 = entry({
  name: "r1",
  summary:
    "γ/2 · E‖∇D(x)‖² on real samples. γ is the paper's, with the half, as in StyleGAN2 and R3GAN; the authors' own GAN_stability leaves the half out, so its 10 is our 20.",
  paper: "Mescheder, Geiger and Nowozin, Which Training Methods for GANs do actually Converge?, 2018, equation 9",
  options: z.strictObject({ gamma: weight(1, "γ, the weight; the paper uses 10 for images"), every }),
  create: ({ gamma, every }): Penalty => ({
    player: "discriminator",
    every,
    weight: gamma,
    term: ({ real, realLogits }) => mul(mean(squaredGradientNorm(realLogits, real)), 0.5),
  }),
});

/** Zero-centred gradient penalty on fakes. */
export const r2 = entry({
  name: "r2",
  summary: "γ/2 · E‖∇D(x)‖² on generated samples, with the half, as `r1`.",
  paper: "Mescheder, Geiger and Nowozin, Which Training Methods for GANs do actually Converge?, 2018",
  options: z.strictObject({ gamma: weight(1, "γ, the weight; the paper uses 10 for images"), every }),
  create: ({ gamma, every }): Penalty => ({
    player: "discriminator",
    every,
    weight: gamma,
    term: ({ fake, fakeLogits }) => mul(mean(squaredGradientNorm(fakeLogits, fake)), 0.5),
  }),
});

/** One-centred gradient penalty on interpolates. */
export const wganGp = entry({
  name: "wgan-gp",
  summary: "λ · E(‖∇D(x̂)‖ − 1)² at random points x̂ between real and generated samples.",
  paper: "Gulrajani et al., Improved Training of Wasserstein GANs, 2017",
  options: z.strictObject({ lambda: weight(10, "λ, the weight; 0.1 for 2-D points"), every }),
  create: ({ lambda, every }): Penalty => ({
    player: "discriminator",
    every,
    weight: lambda,
    term: (view: GameView) => {
      const between = interpolate(view, "wgan-gp");
      // 1e-12 keeps the square root differentiable where the gradient vanishes.
      const norm = sqrt(add(squaredGradientNorm(view.discriminate(between), between), 1e-12));
      return mean(square(sub(norm, 1)));
    },
  }),
});

/** Zero-centred gradient penalty on interpolates. */
export const zeroGp = entry({
  name: "zero-gp",
  summary: "λ · E‖∇D(x̂)‖² at random points x̂ between real and generated samples; no half, unlike `r1`.",
  paper: "Thanh-Tung, Tran and Venkatesh, Improving Generalization and Stability of GANs, 2019",
  options: z.strictObject({ lambda: weight(10, "λ, the weight; 0.1 for 2-D points"), every }),
  create: ({ lambda, every }): Penalty => ({
    player: "discriminator",
    every,
    weight: lambda,
    term: (view) => {
      const between = interpolate(view, "zero-gp");
      return mean(squaredGradientNorm(view.discriminate(between), between));
    },
  }),
});

/** One-centred gradient penalty around the reals. */
export const dragan = entry({
  name: "dragan",
  summary: "λ · E(‖∇D(x + δ)‖ − 1)², δ = ½ · std(x) · U(0, 1) for each element, std over the whole batch.",
  paper: "Kodali, Abernethy, Hays and Kira, On Convergence and Stability of GANs, 2017",
  options: z.strictObject({ lambda: weight(10, "λ, the weight; 0.1 for 2-D points"), every }),
  create: ({ lambda, every }): Penalty => ({
    player: "discriminator",
    every,
    weight: lambda,
    term: (view) => {
      const { real } = view;
      const std = sqrt(mean(square(sub(real, mean(real)))));
      const noise = mul(view.random("dragan", real.shape, { kind: "uniform" }), mul(std, 0.5));
      const near = add(real, noise);
      const norm = sqrt(add(squaredGradientNorm(view.discriminate(near), near), 1e-12));
      return mean(square(sub(norm, 1)));
    },
  }),
});
