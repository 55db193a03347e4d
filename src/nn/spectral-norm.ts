/** @file Spectral normalisation of a weight. */

import { sizeOf, type Tensor } from "../graph/ops.ts";
import * as t from "../graph/tensor.ts";
import type { Context } from "./module.ts";

const unit = (x: Tensor): Tensor => t.div(x, t.sqrt(t.add(t.sum(t.square(x)), 1e-24)));

/**
 * weight / σ, σ its largest singular value as a matrix with a row for each entry of axis `axis`.
 *
 * σ = uᵀ W v, with u and v from one step of power iteration for each state of the weights; u is carried along. Gradients pass
 * through W, not through u and v. Miyato et al., "Spectral Normalization for Generative Adversarial Networks" (2018);
 * transposed convolutions use axis 1, as PyTorch does.
 */
export function spectralNorm(weight: Tensor, context: Context, axis = 0): Tensor {
  return context.once("spectralNorm", () => {
    const order = weight.shape.map((_, i) => i);
    const turned = axis === 0 ? weight : t.transpose(weight, [axis, ...order.filter((i) => i !== axis)]);
    const rows = turned.shape[0]!;
    const matrix = t.reshape(turned, [rows, sizeOf(turned.shape) / rows]);
    // Every element equal: deterministic, and as good a start as any that the largest direction is not orthogonal to.
    const before = t.reshape(context.buffer("u", [rows], 1 / Math.sqrt(rows)), [rows, 1]);
    const fixed = t.stopGradient(matrix);
    const v = unit(t.matmul(fixed, before, { transposeA: true }));
    // An average of unit vectors is shorter than 1, so what is carried by a moving average is brought back to length 1.
    const u = context.training ? unit(t.matmul(fixed, v)) : unit(before);
    context.update("u", t.reshape(u, [rows]));
    const sigma = t.matmul(t.matmul(u, matrix, { transposeA: true }), v);
    return t.div(weight, t.reshape(sigma, []));
  });
}
