/** @file The controller of ADA and APA: a strength p that follows how sure the discriminator is of its reals. */

import { z } from "zod";
import type { Tensor } from "../../graph/ops.ts";
import * as t from "../../graph/tensor.ts";
import { type Scheduled, scheduledSchema } from "../../optim/schedule.ts";
import type { SlotSpec, Slots } from "../../optim/transform.ts";
import { ConfigError } from "../../util/errors.ts";
import type { Adaptive, Augment } from "../augment.ts";

/** The options of an augmentation whose strength adapts or is given. */
export const strengthOptions = {
  p: scheduledSchema(z.number().min(0).max(1))
    .optional()
    .describe("a strength that is given, constant or a ramp, instead of one that adapts; above 0.8 it may leak"),
  initial: z.number().min(0).max(1).default(0).describe("p before the first step"),
  target: z.number().min(-1).max(1).default(0.6).describe("where the signal r_t is to stay"),
  interval: z.int().min(1).default(4).describe("discriminator batches between two changes of p"),
  kimg: z.number().positive().default(500).describe("thousands of images over which p moves by 1"),
  max: z.number().min(0).max(1).default(0.8).describe("p never exceeds it; the published code has no such limit"),
  signal: z
    .enum(["sign", "pairwise"])
    .default("sign")
    .describe("r_t: E sign D(x), or E sign(D(x) - D(y)) for scores whose zero means nothing"),
};

/** The strength that options say. */
export function strengthOf({
  p,
  ...adaptive
}: { readonly p?: Scheduled | undefined } & Adaptive): Scheduled | Adaptive {
  if (p === undefined && adaptive.initial > adaptive.max) {
    throw new ConfigError(`augment: p cannot begin at ${adaptive.initial}, above its limit of ${adaptive.max}`, {
      help: "set initial to at most max",
    });
  }
  return p ?? adaptive;
}

/** Whether a strength is one that adapts. */
export const isAdaptive = (strength: Augment["strength"]): strength is Adaptive =>
  typeof strength === "object" && "target" in strength;

/** What is carried: `p`, the sum of the signal since p last changed, and the number of batches in it. All scalars. */
export function adaptiveSlots(strength: Augment["strength"]): Slots<SlotSpec> {
  if (!isAdaptive(strength)) return {};
  return {
    p: { shape: [], initial: strength.initial },
    signals: { shape: [], initial: 0 },
    batches: { shape: [], initial: 0 },
  };
}

/** r_t of one batch, from the logits [N, 1] of both sides: a scalar from -1 to 1. */
export const signalOf = (signal: Adaptive["signal"], real: Tensor, fake: Tensor): Tensor =>
  t.mean(t.sign(signal === "sign" ? real : t.sub(real, fake)));

/**
 * The carried scalars after a discriminator batch with the signal `signal`. At every `interval`-th batch
 *
 *     p := p + sign(r_t - target) · B · interval / (1000 · kimg), cut to 0..max,
 *
 * where r_t is the mean signal since the last change (Karras et al., "Training Generative Adversarial Networks with Limited
 * Data", 2020, and its code, which cuts p at 0 only).
 */
export function adapt(
  { target, interval, kimg, max }: Adaptive,
  slots: Slots<Tensor>,
  signal: Tensor,
  batch: number,
): Record<string, Tensor> {
  const batches = t.add(slots.batches!, 1);
  const signals = t.add(slots.signals!, signal);
  const due = t.greater(batches, interval - 0.5);
  const direction = t.sign(t.sub(t.div(signals, batches), target));
  const moved = t.add(slots.p!, t.mul(direction, (batch * interval) / (1000 * kimg)));
  return {
    p: t.select(due, t.minimum(t.maximum(moved, 0), max), slots.p!),
    signals: t.select(due, 0, signals),
    batches: t.select(due, 0, batches),
  };
}
