/** @file Path length regularisation: steps of equal length in style space should change images by equal amounts. */

import { z } from "zod";
import { grad } from "../../autodiff/grad.ts";
import type { Tensor } from "../../graph/ops.ts";
import { add, mean, mul, sqrt, square, sub, sum } from "../../graph/tensor.ts";
import { invariant } from "../../util/errors.ts";
import { entry } from "../../util/registry.ts";
import type { GameView, Penalty } from "../penalty.ts";
import { weight } from "./options.ts";

function shownByGenerator({ shown }: GameView, name: string): Tensor {
  const value = shown.generator.get(name);
  invariant(value !== undefined, `the generator shows no "${name}"`);
  return value;
}

/**
 * How far each image moves with its styles: ‖∇_w Σ x ⊙ y‖ for normal y of variance 1 / (height · width), f32[N].
 *
 * @param samples Images [N, C, height, width] that were computed from `styles`.
 * @param styles f32[N, layers, width]; the norm is the root of the mean over layers of the squared norms.
 */
export function pathLengths(samples: Tensor, styles: Tensor, noise: Tensor): Tensor {
  const [, , height, width] = samples.shape as [number, number, number, number];
  const [slope] = grad(mul(sum(mul(samples, noise)), 1 / Math.sqrt(height * width)), [styles]);
  // 1e-12 keeps the square root differentiable where nothing moves.
  return sqrt(add(mean(sum(square(slope!), [2]), [1]), 1e-12));
}

/**
 * Path length regularisation.
 *
 * Conventions of StyleGAN2-ADA's code: the mean moves before it is compared with, and feels the gradient for its new share.
 * Ours: the step's own fakes, all of them (its code draws half a batch anew), and one move of the optimiser together with
 * the loss (its code moves separately).
 */
export const pathLength = entry({
  name: "path-length",
  summary:
    "λ · E(‖∇_w Σ G(w) ⊙ y‖ − a)², y normal noise over √(height · width), a the moving average of those lengths; for generators that show their styles (`stylegan2`).",
  paper: "Karras et al., Analyzing and Improving the Image Quality of StyleGAN, 2020, equation 4",
  options: z.strictObject({
    lambda: weight(2, "λ, the weight"),
    decay: z.number().positive().max(1).default(0.01).describe("share of the new lengths in the moving average"),
    every: z.int().min(1).default(4).describe("updates between two computations; the term is scaled by it"),
  }),
  create: ({ lambda, decay, every }): Penalty => ({
    player: "generator",
    every,
    weight: lambda,
    needs: ["styles", "samples"],
    slots: () => ({ mean: { shape: [], initial: 0 } }),
    term: (view, slots) => {
      const samples = shownByGenerator(view, "samples");
      const noise = view.random("path-length", samples.shape, { kind: "normal" });
      const lengths = pathLengths(samples, shownByGenerator(view, "styles"), noise);
      const average = add(slots.mean!, mul(sub(mean(lengths), slots.mean!), decay));
      return { term: mean(square(sub(lengths, average))), slots: { mean: average } };
    },
  }),
});
