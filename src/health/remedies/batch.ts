/** @file Remedies that change how much of a batch is judged together, and of what it is made. */

import type { Config } from "../../config/schema.ts";
import type { Remedy } from "../remedy.ts";
import { changed, isAsked } from "./change.ts";

/** Samples in a group of `minibatchStdDev`. */
const GROUP = 4;

/** Whether the discriminator compares groups of samples. */
const comparesGroups = ({ model }: Config): boolean => model.minibatch === "std" || model.name === "stylegan2";

/** Whether a batch has whole packs of `packing`, and whole groups of those where the model needs them. */
const divides = (config: Config, packing: number): boolean => {
  const packs = config.batch / packing;
  return Number.isInteger(packs) && (!comparesGroups(config) || packs % Math.min(GROUP, packs) === 0);
};

/** PacGAN. */
export const packing: Remedy = {
  name: "packing",
  title: "Let the discriminator judge several samples together",
  why: "In a pack of samples a lack of variety shows, so a generator that repeats itself is found out. 79 of 1,000 modes became 1,000 in PacGAN's Table 3. It costs about a twentieth more time, and a little sharpness.",
  kind: "restart",
  references: ["Lin, Khetan, Fanti and Oh, PacGAN: The Power of Two Samples in Generative Adversarial Networks, 2018"],
  apply: (config, { code }) => {
    if (config.packing > 1) return null;
    // Three catch the loss of a few modes where two do not; a pack must divide the batch.
    const sizes = code === "mode-dropping" ? [3, 2, 4] : [2, 3];
    const size = sizes.find((wanted) => wanted < config.batch && divides(config, wanted));
    return size === undefined ? null : changed(config, { packing: size });
  },
};

/** Models whose option `minibatch` shows the discriminator how alike the samples of a batch are. */
const HAS_MINIBATCH: readonly string[] = ["dcgan", "mlp"];

/** Minibatch standard deviation. */
export const minibatchStdDev: Remedy = {
  name: "minibatch-stddev",
  title: "Show the discriminator how much the samples of a batch differ",
  why: "Fakes that are all alike are known by their small standard deviation. It costs next to nothing; it is a weak hint beside packing.",
  kind: "restart",
  references: ["Karras, Aila, Laine and Lehtinen, Progressive Growing of GANs, 2018, section 3"],
  apply: (config) => {
    const { model, batch, packing: size } = config;
    const has = (model.minibatch ?? "none") !== "none";
    if (!HAS_MINIBATCH.includes(model.name) || has || (batch / size) % GROUP !== 0) return null;
    return changed(config, { model: { ...model, minibatch: "std" } });
  },
};

/** The largest batch that a remedy makes. */
const LARGEST = 1024;

/** Twice the batch. */
export const largerBatch: Remedy = {
  name: "larger-batch",
  title: "Show twice as many samples at a step",
  why: "Rare modes are in every batch, and gradients are less noisy. A step takes twice as long; since steps are then counted in other batches, training begins again.",
  kind: "restart",
  references: ["Brock, Donahue and Simonyan, Large Scale GAN Training for High Fidelity Natural Image Synthesis, 2019"],
  apply: (config, { dataCount }) => {
    const batch = 2 * config.batch;
    return batch > Math.min(LARGEST, dataCount) ? null : changed(config, { batch });
  },
};

/** Old fakes among the new. */
export const replay: Remedy = {
  name: "replay",
  title: "Show the discriminator old fakes beside the new ones",
  why: "A generator that goes from mode to mode is stopped by a discriminator that does not forget where it has been. It costs memory for sixteen batches of old fakes.",
  kind: "hot",
  references: [
    "Shrivastava et al., Learning from Simulated and Unsupervised Images through Adversarial Training, 2017",
  ],
  apply: (config) =>
    config.replay !== undefined || config.batch < 2 || isAsked(config) ? null : changed(config, { replay: {} }),
};
