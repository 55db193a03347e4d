/** @file Top-k training: the generator learns from those of its fakes that the discriminator likes best. */

import type { Tensor } from "../../graph/ops.ts";
import * as t from "../../graph/tensor.ts";

/** How many logits are above each of f32[N, 1], as f32[N, 1]: 0 for the best. Of equal ones the earlier is the better. */
function ranks(logits: Tensor): Tensor {
  const count = logits.shape[0]!;
  const place = t.constant(Float32Array.from({ length: count }, (_, i) => i));
  const [own, other] = [t.reshape(logits, [count, 1]), t.reshape(logits, [1, count])];
  const isAbove = t.cast(t.greater(other, own), "f32");
  const isEqual = t.cast(t.equal(other, own), "f32");
  const isEarlier = t.cast(t.greater(t.reshape(place, [count, 1]), t.reshape(place, [1, count])), "f32");
  return t.reshape(t.sum(t.add(isAbove, t.mul(isEqual, isEarlier)), [1]), [count, 1]);
}

/**
 * The mean over the k best of a batch of fakes, f32[N, 1] -> scalar: k = max(1, `share` · N rounded, a half upwards).
 *
 * The others count nothing, and which these are is a constant to differentiation. What is ranked are the logits of the fakes
 * alone: under relativistic pairing the pairs of the k best fakes remain, whatever their reals; where packs are judged, the k
 * best packs. The paper lets k fall by 1 % per epoch down to half of the batch; here the share follows any schedule.
 *
 * Sinha, Zhao, Goyal, Raffel and Odena, "Top-k Training of GANs: Improving GAN Performance by Throwing Away Bad Samples" (2020).
 *
 * @param logits What the discriminator says of the fakes, f32[N, 1].
 * @param share Share of the batch that counts, above 0 to 1.
 */
export function meanOfBest(logits: Tensor, share: t.Operand): (losses: Tensor) => Tensor {
  // A rank of at most share · N − ½ is one of the first k; rank 0 always is.
  const last = t.maximum(t.sub(t.mul(share, logits.shape[0]!), 0.5), 0);
  const counts = t.stopGradient(t.sub(1, t.cast(t.greater(ranks(logits), last), "f32")));
  return (losses) => t.div(t.sum(t.mul(losses, counts)), t.sum(counts));
}
