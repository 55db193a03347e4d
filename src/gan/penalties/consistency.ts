/** @file Consistency penalties: the discriminator is to say the same of a sample and of a slightly changed one. */

import { z } from "zod";
import type { Tensor } from "../../graph/ops.ts";
import { add, mean, mul, neg, reshape, square, sub } from "../../graph/tensor.ts";
import { entry } from "../../util/registry.ts";
import { coloured, cutOut, mirrored, translated } from "../augment/transforms.ts";
import type { Draw } from "../augment.ts";
import { packSamples } from "../game/game.ts";
import type { GameView, Penalty } from "../penalty.ts";
import { every, weight } from "./options.ts";

/** Image transforms by name. Sizes are those of DiffAugment, but that moves show the reflected image, as in published code. */
const transforms = {
  mirror: (x: Tensor, random: Draw) => mirrored(x, random, 0.5),
  translation: (x: Tensor, random: Draw) => translated(x, random, 0.125, "reflection"),
  colour: coloured,
  cutout: (x: Tensor, random: Draw) => cutOut(x, random, 0.5),
} as const;

type TransformName = keyof typeof transforms;

/** How samples are changed. */
const changeOptions = {
  augment: z
    .array(z.enum(Object.keys(transforms) as [TransformName, ...TransformName[]]))
    .min(1)
    .default(["mirror", "translation"])
    .describe("how images are changed, in this order: moves of up to ⅛ of the side, mirrored half of the time, …"),
  jitter: z
    .number()
    .positive()
    .default(0.05)
    .describe("how points are changed: standard deviation of normal noise (ours; the paper has images only)"),
};

interface Change {
  readonly augment: readonly TransformName[];
  readonly jitter: number;
}

/** T(x) of samples as the discriminator saw them: each image of a pack is changed on its own. */
function changed({ random, packing }: GameView, x: Tensor, side: string, { augment, jitter }: Change): Tensor {
  const draw: Draw = (name, ...rest) => random(`consistency/${side}/${name}`, ...rest);
  if (x.shape.length === 2) return add(x, mul(draw("jitter", x.shape, { kind: "normal" }), jitter));
  const [n, channels, height, width] = x.shape as [number, number, number, number];
  const images = reshape(x, [n * packing, channels / packing, height, width]);
  return packSamples(
    augment.reduce((image, name) => transforms[name](image, draw), images),
    packing,
  );
}

/** E (D(x) − D(T(x)))². */
function inconsistency(view: GameView, side: "real" | "fake", change: Change): Tensor {
  return mean(square(sub(view[`${side}Logits`], view.discriminate(changed(view, view[side], side, change)))));
}

/** Consistency of the discriminator on reals. */
export const consistency = entry({
  name: "consistency",
  summary:
    "λ · E(D(x) − D(T(x)))² on reals, T a random change that keeps what is shown (CR). On logits, both sides learn.",
  paper: "Zhang, Zhang, Odena and Lee, Consistency Regularization for Generative Adversarial Networks, 2020",
  options: z.strictObject({ lambda: weight(10, "λ, the weight"), ...changeOptions, every }),
  create: ({ lambda, every, ...change }): Penalty => ({
    player: "discriminator",
    every,
    weight: lambda,
    term: (view) => inconsistency(view, "real", change),
  }),
});

/** Consistency of the discriminator on reals and fakes. */
export const balancedConsistency = entry({
  name: "balanced-consistency",
  summary:
    "λ_real · E(D(x) − D(T(x)))² on reals + λ_fake · the same on fakes (bCR): with reals alone, T's traces get into the samples.",
  paper: "Zhao et al., Improved Consistency Regularization for GANs, 2021",
  options: z.strictObject({
    lambdaReal: weight(10, "λ_real, the weight on reals"),
    lambdaFake: weight(10, "λ_fake, the weight on fakes"),
    ...changeOptions,
    every,
  }),
  create: ({ lambdaReal, lambdaFake, every, ...change }): Penalty => ({
    player: "discriminator",
    every,
    weight: 1,
    term: (view, _, __, scheduled) =>
      add(
        mul(inconsistency(view, "real", change), scheduled("lambdaReal", lambdaReal)),
        mul(inconsistency(view, "fake", change), scheduled("lambdaFake", lambdaFake)),
      ),
  }),
});

/** What the discriminator says of fakes as the generator made them. */
const plainLogits = ({ fake, plainFake, fakeLogits, discriminate }: GameView): Tensor =>
  plainFake === fake ? fakeLogits : discriminate(plainFake);

/** Consistency in the latent space. */
export const latentConsistency = entry({
  name: "latent-consistency",
  summary:
    "D: λ_dis · E(D(G(z)) − D(G(z′)))²; G: −λ_gen · mean(G(z) − G(z′))², z′ = z + σ N(0, I) (zCR). Means over all elements.",
  paper: "Zhao et al., Improved Consistency Regularization for GANs, 2021",
  options: z.strictObject({
    lambdaDis: weight(20, "λ_dis: how much D must say the same of neighbours"),
    lambdaGen: weight(0.5, "λ_gen: how much G must make neighbours differ"),
    sigma: z.number().positive().default(0.05).describe("σ, the distance of neighbours; the latent's own is 1"),
    every,
  }),
  create: ({ lambdaDis, lambdaGen, sigma, every }): Penalty => ({
    player: "both",
    every,
    weight: 1,
    term: (view, _, player, scheduled) => {
      const step = view.random("latent-consistency", view.latent.shape, { kind: "normal" });
      const neighbours = view.generate(add(view.latent, mul(step, sigma)));
      if (player === "generator") {
        return neg(mul(mean(square(sub(view.plainFake, neighbours))), scheduled("lambdaGen", lambdaGen)));
      }
      const apart = sub(plainLogits(view), view.discriminate(neighbours));
      return mul(mean(square(apart)), scheduled("lambdaDis", lambdaDis));
    },
  }),
});
