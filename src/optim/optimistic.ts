/** @file Optimism: each update is corrected by the one before. */

import { mul, sub } from "../graph/tensor.ts";
import type { Transform } from "./transform.ts";

/**
 * 2 u_t - u_{t-1}, where u is the update of the transforms before this one; u_0 is zero, so the first update counts twice.
 * Damps the rotation of two players.
 *
 * With Adam, u is the whole of m̂ / (√v̂ + ε): the former update is subtracted as it was then, with its own v̂ and bias
 * correction, as in the paper. (Some code divides the former m̂ by the present √v̂.)
 *
 * Daskalakis, Ilyas, Syrgkanis and Zeng, "Training GANs with Optimism" (2018), Algorithm 1.
 */
export const optimistic = (): Transform => ({
  slots: (length) => ({ previous: { shape: [length], initial: 0 } }),
  update: (update, slots) => ({ update: sub(mul(update, 2), slots.previous!), slots: { previous: update } }),
});
