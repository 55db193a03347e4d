/** @file Checks of the data's size: beside augmentation, and beside the length of the training. */

import type { Config } from "../../config/config.ts";
import { type Check, found, ok, type PreflightCase, short } from "./check.ts";

/** Images below which a discriminator soon knows them by heart. */
const FEW = 1000;
/** And below which augmentation helps: DiffAugment's gain on a tenth of CIFAR-10 is large, on all of it small. */
const MODERATE = 5000;
/** Images from which strong augmentation costs more than it gives: it made FFHQ-70k worse. */
const AMPLE = 50_000;
/** Strength of ADA above which samples come out augmented. */
const LEAKS = 0.8;
/** Times that each sample is shown, beyond which it is learned by heart. Our own figure. */
const MANY_EPOCHS = 500;
/** Steps below which hardly anything is learned. */
const FEW_STEPS = 500;

/** Augmentations that make more of few images. */
const STRONG: readonly string[] = ["diffaugment", "ada", "apa"];

/** The largest strength that a choice names, where it names one. */
function givenStrength(choice: Config["augment"][number]): number | undefined {
  const { p } = choice as { readonly p?: number | { readonly from: number; readonly to: number } };
  return typeof p === "object" ? Math.max(p.from, p.to) : p;
}

const isAugmented = ({ config: { augment } }: PreflightCase): boolean =>
  augment.some(({ name }) => STRONG.includes(name));

/** Whether augmentation is what the number of images asks for. */
export const augmentation: Check = {
  name: "augmentation",
  title: "Augmentation suits the number of images",
  looksAt: "the number of images, and augment",
  run: (facts) => {
    const { config, data } = facts;
    if (data.kind !== "images") return [];
    const leaking = config.augment.find((choice) => (givenStrength(choice) ?? 0) > LEAKS);
    if (leaking !== undefined) {
      return [
        found(
          "warning",
          `${leaking.name} with strength ${givenStrength(leaking)}: above ${LEAKS} the generator makes augmented samples`,
          `set augment.${leaking.name}.p to at most ${LEAKS}`,
          "quality-regression",
        ),
      ];
    }
    const names = config.augment.map(({ name }) => name).join(", ");
    if (isAugmented(facts)) {
      return data.count < AMPLE
        ? [ok(`${data.count} images with ${names}`)]
        : [
            found(
              "info",
              `${data.count} images with ${names}: with so many it can make samples worse (FFHQ of 70,000: FID 3.81 to 4.24)`,
              "leave it out, or train once without it to compare",
              "quality-regression",
            ),
          ];
    }
    if (data.count >= MODERATE) return [ok(`${data.count} images`)];
    return [
      found(
        data.count < FEW ? "warning" : "info",
        `only ${data.count} images, and no augmentation: the discriminator can learn them by heart`,
        "set augment=diffaugment (or augment=ada, which adapts its strength)",
        "discriminator-overfitting",
      ),
    ];
  },
};

/** Whether the training is of a sensible length. */
export const length: Check = {
  name: "length",
  title: "The training is long enough, and not too long",
  looksAt: "steps, images shown, and how often each sample is",
  run: (facts) => {
    const { steps, images, data } = facts;
    const epochs = images / data.count;
    const numbers = `${steps} steps show each of ${data.count} samples ${short(epochs)} times`;
    if (steps < FEW_STEPS) {
      return [found("info", `${numbers}: too few steps to learn much`, "set a longer training (--kimg or --steps)")];
    }
    if (data.kind === "images" && epochs > MANY_EPOCHS && !isAugmented(facts)) {
      return [
        found(
          "info",
          `${numbers}, without augmentation`,
          "watch auc/held-out and overfit/gap; keep the best checkpoint (checkpoint.best), or set augment=diffaugment",
          "discriminator-overfitting",
        ),
      ];
    }
    if (epochs < 1) {
      return [found("info", `${numbers}: some are never seen`, "set a longer training (--kimg or --steps)")];
    }
    return [ok(numbers)];
  },
};
