/** @file Gradient clipping. */

import type { Tensor } from "../graph/ops.ts";
import { div, maximum, minimum, mul, sqrt, square, sum } from "../graph/tensor.ts";
import { stateless, type Transform } from "./transform.ts";

/** Scales the gradient down to Euclidean norm `limit` when it is longer. A NaN stays a NaN. */
export const clipByGlobalNorm = (limit: number): Transform =>
  stateless((gradient) => mul(gradient, div(limit, maximum(limit, sqrt(sum(square(gradient)))))));

/** Limits every element to [-limit, limit]. */
export const clipByValue = (limit: number): Transform =>
  stateless((gradient) => minimum(maximum(gradient, -limit), limit));

/**
 * Limits every parameter to [-limit, limit] after each move: the Lipschitz bound of the first Wasserstein GAN
 * (Arjovsky, Chintala and Bottou, 2017, use 0.01).
 */
export function clipWeights(limit: number): Transform {
  const clamp = (x: Tensor) => minimum(maximum(x, -limit), limit);
  return {
    ...stateless((gradient) => gradient),
    settle: (moved) => ({ parameters: clamp(moved), slots: {} }),
    project: clamp,
  };
}
