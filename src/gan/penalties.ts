/** @file The penalties, one row each. Gradients of gradients come from differentiating the traced term. */

import { z } from "zod";
import { grad } from "../autodiff/grad.ts";
import type { Tensor } from "../graph/ops.ts";
import { abs, add, mean, mul, scalar, sqrt, square, sub, sum } from "../graph/tensor.ts";
import { entry, registry } from "../util/registry.ts";
import type { GameView, Penalty } from "./penalty.ts";

const every = z.int().min(1).default(1).describe("updates between two computations; the term is scaled by it");
const weight = (value: number, what: string) => z.number().min(0).default(value).describe(what);
const player = z.enum(["generator", "discriminator"]).default("discriminator").describe("whose weights");

/** Σ over all but the batch axis of the squared gradient of Σ logits at `x`: f32[N]. */
function squaredGradientNorm(logits: Tensor, x: Tensor): Tensor {
  const [gradient] = grad(sum(logits), [x]);
  return sum(square(gradient!), x.shape.map((_, i) => i).slice(1));
}

/** Zero-centred gradient penalty on reals. */
export const r1 = entry({
  name: "r1",
  summary: "γ/2 · E‖∇D(x)‖² on real samples. Our γ is the paper's, with the half.",
  paper: "Mescheder, Geiger and Nowozin, Which Training Methods for GANs do actually Converge?, 2018, equation 9",
  options: z.strictObject({ gamma: weight(1, "γ, the weight; the paper uses 10 for images"), every }),
  create: ({ gamma, every }): Penalty => ({
    player: "discriminator",
    every,
    term: ({ real, realLogits }) => mul(mean(squaredGradientNorm(realLogits, real)), gamma / 2),
  }),
});

/** Zero-centred gradient penalty on fakes. */
export const r2 = entry({
  name: "r2",
  summary: "γ/2 · E‖∇D(x)‖² on generated samples.",
  paper: "Mescheder, Geiger and Nowozin, Which Training Methods for GANs do actually Converge?, 2018",
  options: z.strictObject({ gamma: weight(1, "γ, the weight; the paper uses 10 for images"), every }),
  create: ({ gamma, every }): Penalty => ({
    player: "discriminator",
    every,
    term: ({ fake, fakeLogits }) => mul(mean(squaredGradientNorm(fakeLogits, fake)), gamma / 2),
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
    term: (view: GameView) => {
      const { real, fake } = view;
      const share = view.random("wgan-gp", [real.shape[0]!, ...real.shape.slice(1).map(() => 1)], { kind: "uniform" });
      const between = add(mul(real, share), mul(fake, sub(1, share)));
      // 1e-12 keeps the square root differentiable where the gradient vanishes.
      const norm = sqrt(add(squaredGradientNorm(view.discriminate(between), between), 1e-12));
      return mul(mean(square(sub(norm, 1))), lambda);
    },
  }),
});

/** Kernels and filters: what weight penalties act on. Biases and gains are left alone. */
function weightsOf(view: GameView, who: Penalty["player"]): Tensor[] {
  return [...view.parameters(who)].filter(([name]) => name.endsWith("weight")).map(([, tensor]) => tensor);
}

function total(terms: readonly Tensor[]): Tensor {
  return terms.reduce((a, b) => add(a, b), scalar(0));
}

/** L1 weight penalty. */
export const l1 = entry({
  name: "l1",
  summary: "λ · Σ|w| over the player's kernels and filters (Keras's convention; no mean).",
  paper: "Tibshirani, Regression Shrinkage and Selection via the Lasso, 1996",
  options: z.strictObject({ lambda: weight(1e-5, "λ, the weight"), player, every }),
  create: ({ lambda, player, every }): Penalty => ({
    player,
    every,
    term: (view) => mul(total(weightsOf(view, player).map((w) => sum(abs(w)))), lambda),
  }),
});

/** L2 weight penalty. */
export const l2 = entry({
  name: "l2",
  summary: "λ · Σw² over the player's kernels and filters (Keras's convention: no half, no mean).",
  paper: "Hoerl and Kennard, Ridge Regression, 1970",
  options: z.strictObject({ lambda: weight(1e-4, "λ, the weight"), player, every }),
  create: ({ lambda, player, every }): Penalty => ({
    player,
    every,
    term: (view) => mul(total(weightsOf(view, player).map((w) => sum(square(w)))), lambda),
  }),
});

/** Every penalty by name. */
export const penalties = registry<Penalty>([r1, r2, wganGp, l1, l2]);
