/** @file Augmentations of fixed strength: mirroring, and DiffAugment. */

import { z } from "zod";
import type { Tensor } from "../../graph/ops.ts";
import { entry } from "../../util/registry.ts";
import type { Augment, Draw } from "../augment.ts";
import { coloured, cutOut, mirrored, translated } from "./transforms.ts";

/** Mirroring of reals and fakes. */
export const mirror = entry({
  name: "mirror",
  summary:
    "Mirrors reals and fakes left to right, each with probability q < ½, so that D still tells the data's side from the other.",
  paper:
    "Karras et al., Training Generative Adversarial Networks with Limited Data, 2020, section 2 (why q = ½ would leak)",
  options: z.strictObject({
    probability: z
      .number()
      .min(0)
      .lt(0.5)
      .default(0.25)
      .describe(
        "q; at ½ nothing would tell mirrored samples from others, and G would make both: data.mirror asks for that",
      ),
  }),
  create: ({ probability }): Augment => ({
    kinds: ["images"],
    transform: (x, { random }) => mirrored(x, random, probability),
  }),
});

const policies = ["colour", "translation", "cutout"] as const;

/** DiffAugment. */
export const diffaugment = entry({
  name: "diffaugment",
  summary:
    "On every sample: brightness ±½, saturation × 0 to 2, contrast × ½ to 1½; a move of up to ⅛ of the side; a square of half the side cut out.",
  paper: "Zhao et al., Differentiable Augmentation for Data-Efficient GAN Training, 2020",
  options: z.strictObject({
    policy: z
      .array(z.enum(policies))
      .min(1)
      .default([...policies])
      .describe("what is done, in this order; the paper leaves out translation with all of CIFAR-10"),
    translation: z.number().min(0).max(1).default(0.125).describe("longest move, as a share of the side, rounded down"),
    cutout: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .describe("side of the square, as a share of the image's, rounded down"),
  }),
  create: ({ policy, translation, cutout }): Augment => {
    const transforms: Readonly<Record<(typeof policies)[number], (x: Tensor, random: Draw) => Tensor>> = {
      colour: coloured,
      translation: (x, random) => translated(x, random, translation, "zeros"),
      cutout: (x, random) => cutOut(x, random, cutout),
    };
    return {
      kinds: ["images"],
      transform: (x, { random }) => policy.reduce((image, name) => transforms[name](image, random), x),
    };
  },
});
