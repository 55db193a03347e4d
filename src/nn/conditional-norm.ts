/** @file Batch normalisation whose gain and bias are computed from a vector for each sample. */

import { type Tensor, typeText } from "../graph/ops.ts";
import * as t from "../graph/tensor.ts";
import { ShapeError } from "../util/errors.ts";
import { dense } from "./dense.ts";
import { glorotUniform, type Initializer } from "./init.ts";
import { applyLayer, type Layer } from "./module.ts";
import { alongChannels, type NormalisationOptions, normaliseBatch } from "./norm.ts";

/** Options of {@link conditionalBatchNorm}. */
export interface ConditionalBatchNormOptions extends NormalisationOptions {
  /** Divides both matrices by their largest singular value. Default false. */
  readonly spectral?: boolean;
  /** Of both matrices. Default Glorot uniform. */
  readonly init?: Initializer;
}

/**
 * Batch normalisation with the gain 1 + W y and the bias V y, where y f32[N, S] is `conditioning`; neither has a bias of its
 * own. Dumoulin, Shlens and Kudlur, "A Learned Representation for Artistic Style" (2017), in the form of Brock, Donahue and
 * Simonyan, "Large Scale GAN Training" (2019). A table of gains and biases by class is `batchNorm({ conditional: true })`.
 */
export function conditionalBatchNorm(conditioning: Tensor, options: ConditionalBatchNormOptions = {}): Layer {
  const { spectral = false, init = glorotUniform } = options;
  return {
    kind: "conditionalBatchNorm",
    apply(x, context) {
      if (x.shape.length < 2 || conditioning.shape.length !== 2 || conditioning.shape[0] !== x.shape[0]) {
        throw new ShapeError(
          `conditionalBatchNorm: x must be [N, C, …] and what it depends on [N, S], got ${typeText(x)} and ${typeText(conditioning)}`,
        );
      }
      const vector = (name: string) =>
        applyLayer(dense(x.shape[1]!, { bias: false, spectral, init }), name, conditioning, context);
      const gain = alongChannels(t.add(1, vector("gain")), x);
      return normaliseBatch(x, context, gain, alongChannels(vector("bias"), x), options);
    },
  };
}
