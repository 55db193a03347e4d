/** @file Exponential moving average of a generator's weights. */

import type { Tensor } from "../graph/ops.ts";
import { add, mul, sub } from "../graph/tensor.ts";

/** average + (1 - decay) * (value - average). `decay` is a scalar tensor. */
export function emaUpdate(average: Tensor, value: Tensor, decay: Tensor): Tensor {
  return add(average, mul(sub(value, average), sub(1, decay)));
}

/**
 * The decay for one update that has seen `batch` images: 0.5^(batch / halfLife).
 *
 * With `rampUp` r > 0 the half-life is at most r times the images seen so far, so that the first, random weights are soon
 * forgotten (Karras et al., StyleGAN2-ADA, use r = 0.05).
 */
export function emaDecay(batch: number, halfLife: number, images: number, rampUp: number): number {
  const life = rampUp > 0 ? Math.min(halfLife, images * rampUp) : halfLife;
  return life > 0 ? 0.5 ** (batch / life) : 0;
}
