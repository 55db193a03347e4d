/** @file Stochastic gradient descent with momentum. */

import { add, mul } from "../graph/tensor.ts";
import { NORMAL } from "./normal.ts";
import type { Transform } from "./transform.ts";

/** Options of {@link sgd}. */
export interface SgdOptions {
  /** Share of the velocity kept at each step, 0 to below 1. Default 0. */
  readonly momentum?: number;
  /** Looks ahead along the velocity (Nesterov). Default false. */
  readonly nesterov?: boolean;
}

/**
 * velocity' = momentum * velocity + gradient; the update is velocity', or gradient + momentum * velocity' with `nesterov`
 * (PyTorch's convention: the learning rate multiplies the velocity when it is applied, not when it is stored).
 */
export function sgd({ momentum = 0, nesterov = false }: SgdOptions = {}): Transform {
  return {
    slots: (length) => (momentum > 0 ? { velocity: { shape: [length], initial: 0 } } : {}),
    update(gradient, slots) {
      if (momentum === 0) return { update: gradient, slots: {} };
      const velocity = add(add(mul(slots.velocity!, momentum), gradient), NORMAL);
      return { update: nesterov ? add(gradient, mul(velocity, momentum)) : velocity, slots: { velocity } };
    },
  };
}
