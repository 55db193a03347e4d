/** @file Gradient clipping. */

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
export const clipWeights = (limit: number): Transform => ({
  ...stateless((gradient) => gradient),
  settle: (moved) => ({ parameters: minimum(maximum(moved, -limit), limit), slots: {} }),
});
