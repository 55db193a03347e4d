/** @file Remedies that change what the discriminator is shown of reals and fakes. */

import type { Config } from "../../config/schema.ts";
import type { Remedy } from "../remedy.ts";
import { changed } from "./change.ts";

/** Standard deviation of the noise at first, for samples in -1..1; and that of reals beside which it says something: from this to a hundred times it. */
const [SIGMA, LEAST_SCALE] = [0.1, 0.1];

/** Instance noise. */
export const instanceNoise: Remedy = {
  name: "instance-noise",
  title: "Put noise on all that the discriminator sees, less and less of it",
  why: "Noise makes reals and fakes overlap, so that the discriminator cannot be sure of either and keeps a slope. Samples are soft while it is there; it is gone at the end of the training.",
  kind: "hot",
  references: [
    "Sønderby, Caballero, Theis, Shi and Huszár, Amortised MAP Inference for Image Super-resolution, 2017",
    "Arjovsky and Bottou, Towards Principled Methods for Training Generative Adversarial Networks, 2017",
  ],
  // To the end: a remedy may come when half of the training, after which noise is usually gone, is over.
  apply: (config, { realScale = 1 }) => {
    const isBeside = realScale >= LEAST_SCALE && realScale <= 100 * LEAST_SCALE;
    return config.instanceNoise.sigma > 0 || !isBeside
      ? null
      : changed(config, { instanceNoise: { sigma: SIGMA, until: 1 } });
  },
};

/** Whether reals and fakes are transformed already. */
const isTransformed = ({ augment }: Config): boolean =>
  augment.some(({ name }) => name === "diffaugment" || name === "ada");

/** As many images as CIFAR-10 has, with which DiffAugment's authors leave out translation. */
const AMPLE = 50_000;

/** DiffAugment. */
export const diffAugment: Remedy = {
  name: "diff-augment",
  title: "Change colours of reals and fakes, move them and cut squares out",
  why: "What is different at every look cannot be learned by heart: with a tenth of CIFAR-10 the paper's FID fell from 36.0 to 14.5. It costs a twentieth more time; where data are ample it does a little harm.",
  kind: "hot",
  references: ["Zhao, Liu, Lin, Zhu and Han, Differentiable Augmentation for Data-Efficient GAN Training, 2020"],
  apply: (config, { sample, dataCount }) => {
    if (sample.kind !== "images" || isTransformed(config)) return null;
    const policy = dataCount >= AMPLE ? ["colour", "cutout"] : ["colour", "translation", "cutout"];
    return changed(config, { augment: [...config.augment, { name: "diffaugment", policy }] });
  },
};

/** Adaptive discriminator augmentation. */
export const adaptiveAugment: Remedy = {
  name: "adaptive-augment",
  title: "Transform reals and fakes as much as the discriminator overfits",
  why: "The strength rises while the discriminator is too sure of its reals, to at most 0.8, above which transforms leak into the samples. A step costs up to a fifth more.",
  kind: "hot",
  references: ["Karras et al., Training Generative Adversarial Networks with Limited Data, 2020"],
  apply: (config, { sample: { kind, shape } }) => {
    const [channels, height, width] = shape;
    const fits = kind === "images" && (channels === 1 || channels === 3) && height === width;
    if (!fits || isTransformed(config)) return null;
    const by = (signal: "sign" | "pairwise") => ({ augment: [...config.augment, { name: "ada", signal }] });
    return changed(config, by("sign")) ?? changed(config, by("pairwise"));
  },
};
