/** @file RMSProp. */

import { add, div, mul, sqrt, square } from "../graph/tensor.ts";
import { NORMAL } from "./normal.ts";
import type { Transform } from "./transform.ts";

/** Options of {@link rmsprop}. */
export interface RmspropOptions {
  /** Share of the old mean square kept at each step, 0 to below 1. Default 0.99 (PyTorch's; Keras's is 0.9). */
  readonly decay?: number;
  /** Added to the root of the mean square. Default 1e-8. */
  readonly epsilon?: number;
}

/** gradient / (sqrt(mean square) + epsilon), without bias correction. Tieleman and Hinton, Lecture 6.5 (2012). */
export function rmsprop({ decay = 0.99, epsilon = 1e-8 }: RmspropOptions = {}): Transform {
  return {
    slots: (length) => ({ meanSquare: { shape: [length], initial: 0 } }),
    update(gradient, slots) {
      const meanSquare = add(add(mul(slots.meanSquare!, decay), mul(square(gradient), 1 - decay)), NORMAL);
      return { update: div(gradient, add(sqrt(meanSquare), epsilon)), slots: { meanSquare } };
    },
  };
}
