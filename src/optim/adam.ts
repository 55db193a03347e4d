/** @file Adam. */

import { add, div, mul, sqrt, square, sub } from "../graph/tensor.ts";
import { NORMAL } from "./normal.ts";
import { constantsOnly, type Scheduled } from "./schedule.ts";
import type { Transform } from "./transform.ts";

/** Options of {@link adam}. */
export interface AdamOptions {
  /** Decay of the first moment, 0 to below 1. Default 0.9; GANs use 0.5 or 0. */
  readonly beta1?: number;
  /** Decay of the second moment, 0 to below 1; may move during training. Default 0.999. */
  readonly beta2?: Scheduled;
  /** Added to the square root of the bias-corrected second moment, as in the paper and PyTorch. Default 1e-8. */
  readonly epsilon?: number;
}

/**
 * m̂ / (sqrt(v̂) + epsilon) with bias-corrected moments. Kingma and Ba, "Adam" (2015), Algorithm 1. (Keras adds epsilon
 * before the correction, where the same number weighs more in the first steps.)
 *
 * The corrections 1 - beta^t are carried as numbers c' = beta c + (1 - beta), exact from the first step on. Where beta2 moves,
 * this is 1 minus the product of all beta2 so far: exactly the weight of the gradients in v. (PyTorch, when told a new beta2,
 * takes 1 minus its present value to the power t.)
 */
export function adam({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamOptions = {}): Transform {
  return {
    slots: (length) => ({
      ...(beta1 > 0 && { m: { shape: [length], initial: 0 }, correction1: { shape: [], initial: 0 } }),
      v: { shape: [length], initial: 0 },
      correction2: { shape: [], initial: 0 },
    }),
    update(gradient, slots, _, scheduled = constantsOnly) {
      const keep = scheduled("beta2", beta2);
      const take = typeof keep === "number" ? 1 - keep : sub(1, keep);
      const v = add(add(mul(slots.v!, keep), mul(square(gradient), take)), NORMAL);
      const correction2 = add(mul(slots.correction2!, keep), take);
      // m/c1 / (sqrt(v/c2) + e) = m (sqrt(c2)/c1) / (sqrt(v) + e sqrt(c2)): the corrections touch scalars only.
      const root = sqrt(correction2);
      const denominator = add(sqrt(v), mul(root, epsilon));
      if (beta1 === 0) return { update: mul(div(gradient, denominator), root), slots: { v, correction2 } };
      const m = add(add(mul(slots.m!, beta1), mul(gradient, 1 - beta1)), NORMAL);
      const correction1 = add(mul(slots.correction1!, beta1), 1 - beta1);
      const update = mul(div(m, denominator), div(root, correction1));
      return { update, slots: { m, v, correction1, correction2 } };
    },
  };
}
