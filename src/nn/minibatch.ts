/** @file Layers through which a discriminator sees how alike the samples of a batch are. */

import { typeText } from "../graph/ops.ts";
import * as t from "../graph/tensor.ts";
import { ConfigError, ShapeError } from "../util/errors.ts";
import { fillWith, normal } from "./init.ts";
import type { Layer } from "./module.ts";

/**
 * Appends one channel to f32[N, C, …]: the standard deviation over a group of samples, averaged over channels and pixels.
 *
 * Sample n is in group n mod (N / size), as in StyleGAN2. Karras et al., "Progressive Growing of GANs" (2018).
 *
 * @param size Samples in a group; default 4. It must divide the batch.
 */
export function minibatchStdDev(size = 4): Layer {
  return {
    kind: "minibatchStdDev",
    apply(x) {
      if (x.shape.length < 2) throw new ShapeError(`minibatchStdDev: x needs a channel axis, got ${typeText(x)}`);
      const [n, c, ...pixels] = x.shape as [number, number, ...number[]];
      if (n % size !== 0) {
        throw new ConfigError(`minibatchStdDev: groups of ${size} do not divide a batch of ${n}`, {
          help: `set batch (divided by packing, where it is set) to a multiple of ${size}`,
        });
      }
      const groups = t.reshape(x, [size, n / size, c, ...pixels]);
      const variance = t.meanKeep(t.square(t.sub(groups, t.meanKeep(groups, [0]))), [0]);
      const spread = t.meanKeep(t.sqrt(t.add(variance, 1e-8)), groups.shape.map((_, i) => i).slice(2));
      const channel = t.reshape(t.broadcastTo(spread, [size, n / size, 1, ...pixels]), [n, 1, ...pixels]);
      return t.concat([x, channel], 1);
    },
  };
}

/** Options of {@link minibatchDiscrimination}. */
export interface MinibatchDiscriminationOptions {
  /** Features appended. Default 100. */
  readonly kernels?: number;
  /** Dimensions in which samples are compared for each. Default 5. */
  readonly dimensions?: number;
}

/**
 * Appends features to f32[N, A] that say how near each sample is to the others: o_b = Σ_j exp(−‖M_i,b − M_j,b‖₁) + bias_b,
 * M = x T. The sum includes the sample itself; the bias starts at −1 and so takes that out.
 * Every two samples are compared, so time and memory grow with the square of the batch.
 * Salimans et al., "Improved Techniques for Training GANs" (2016).
 */
export function minibatchDiscrimination(options: MinibatchDiscriminationOptions = {}): Layer {
  const { kernels = 100, dimensions = 5 } = options;
  return {
    kind: "minibatchDiscrimination",
    apply(x, context) {
      if (x.shape.length !== 2) throw new ShapeError(`minibatchDiscrimination: x must be [N, A], got ${typeText(x)}`);
      const [n, features] = x.shape as [number, number];
      const weight = context.param("weight", [kernels * dimensions, features], normal(0.05));
      const placed = t.reshape(t.matmul(x, weight, { transposeB: true }), [n, kernels, dimensions]);
      // One dimension after another: twice as fast as a sum over a last axis as short as this one.
      const alongEach = Array.from({ length: dimensions }, (_, d) => {
        const along = t.slice(placed, [0, 0, d], [n, kernels, 1]);
        return t.abs(t.sub(t.reshape(along, [n, 1, kernels]), t.reshape(along, [1, n, kernels])));
      });
      const near = t.exp(t.neg(alongEach.reduce((a, b) => t.add(a, b))));
      const bias = context.param("bias", [kernels], fillWith(-1));
      return t.concat([x, t.add(t.sum(near, [1]), bias)], 1);
    },
  };
}
