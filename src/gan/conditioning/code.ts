/** @file InfoGAN's code: what it is made of, and how a step draws it. */

import type { Shape, Tensor } from "../../graph/ops.ts";
import * as t from "../../graph/tensor.ts";
import type { Distribution } from "../../nn/module.ts";

/** A code: one category out of some, then continuous numbers. */
export interface Code {
  /** Values of the categorical code, equally likely; 0 is none. */
  readonly categories: number;
  /** Continuous codes, each uniform in -1..1. */
  readonly continuous: number;
  /** What the head finds for a continuous code: a mean of a Gaussian of variance 1, or a mean and what its variance follows from. */
  readonly variance: "unit" | "learned";
}

/** Numbers that the head gives for a sample: a logit for each category, the means, then as many for the variances if they are learned. */
export const codeHeadSize = ({ categories, continuous, variance }: Code): number =>
  categories + continuous * (variance === "learned" ? 2 : 1);

/**
 * Codes f32[count, categories + continuous] out of uniform noise u: category k, one-hot, where k ≤ u K < k + 1; continuous
 * codes 2 u − 1.
 */
export function drawCodes(
  { categories, continuous }: Pick<Code, "categories" | "continuous">,
  count: number,
  random: (name: string, shape: Shape, distribution: Distribution) => Tensor,
): Tensor {
  const parts: Tensor[] = [];
  if (categories > 0) {
    const u = random("code/category", [count, 1], { kind: "uniform" });
    const bounds = (first: number) =>
      t.constant(
        Float32Array.from({ length: categories }, (_, k) => (k + first) / categories),
        [1, categories],
      );
    const below = (first: number) => t.cast(t.greater(bounds(first), u), "f32");
    parts.push(t.sub(below(1), below(0)));
  }
  if (continuous > 0) {
    const u = random("code/continuous", [count, continuous], { kind: "uniform" });
    parts.push(t.sub(t.mul(u, 2), 1));
  }
  return t.concat(parts, 1);
}
