/** @file Labels of the discriminator's two classes: smoothed, noisy, flipped. */

import { z } from "zod";
import type { Tensor } from "../../graph/ops.ts";
import { add, cast, full, mul, sub } from "../../graph/tensor.ts";
import type { LossContext } from "../objective.ts";

/** Options of objectives that have labels. */
export const labelOptions = {
  realLabel: z.number().default(1).describe("label of reals; 0.9 is one-sided smoothing (Salimans et al., 2016)"),
  fakeLabel: z.number().default(0).describe("label of fakes; smoothing it reinforces the generator's errors"),
  labelNoise: z.number().min(0).max(1).default(0).describe("labels are moved by uniform noise of up to this size"),
  flip: z.number().min(0).max(0.5).default(0).describe("share of labels exchanged between the two classes"),
};

/** Chosen labels. */
export type LabelChoice = z.output<z.ZodObject<typeof labelOptions>>;

/** True where labels are plain: reals 1, fakes 0, no noise. */
export const arePlain = ({ realLabel, fakeLabel, labelNoise, flip }: LabelChoice): boolean =>
  realLabel === 1 && fakeLabel === 0 && labelNoise === 0 && flip === 0;

/** The labels of one class for logits of the shape of `logits`. */
export function labelsOf(choice: LabelChoice, side: "real" | "fake", logits: Tensor, { random }: LossContext): Tensor {
  const [own, other] = side === "real" ? [choice.realLabel, choice.fakeLabel] : [choice.fakeLabel, choice.realLabel];
  let labels = full(logits.shape, own);
  if (choice.flip > 0) {
    const flipped = cast(random(`flip/${side}`, logits.shape, { kind: "bernoulli", p: choice.flip }), "f32");
    labels = add(labels, mul(flipped, other - own));
  }
  if (choice.labelNoise > 0) {
    const noise = sub(mul(random(`noise/${side}`, logits.shape, { kind: "uniform" }), 2), 1);
    labels = add(labels, mul(noise, choice.labelNoise));
  }
  return labels;
}
