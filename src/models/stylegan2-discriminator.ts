/** @file StyleGAN2's residual discriminator. */

import * as t from "../graph/tensor.ts";
import { equalisedConv, equalisedDense } from "../nn/equalised.ts";
import { showFeatures } from "../nn/features.ts";
import { minibatchStdDev } from "../nn/minibatch.ts";
import { applyLayer, type Layer, sequential } from "../nn/module.ts";
import { flatten } from "../nn/shape.ts";
import { ConfigError } from "../util/errors.ts";

/** Two 3x3 convolutions, the second to half the size, beside a 1x1 one; their sum keeps the variance. */
function residual(before: number, after: number): Layer {
  const branch = sequential(
    equalisedConv(before, { kernel: 3, activation: "leakyRelu" }),
    equalisedConv(after, { kernel: 3, down: true, activation: "leakyRelu", gain: Math.SQRT1_2 }),
  );
  const skip = equalisedConv(after, { kernel: 1, down: true, bias: false, gain: Math.SQRT1_2 });
  return {
    kind: "residual",
    apply: (x, context) => t.add(applyLayer(skip, "skip", x, context), branch.apply(x, context)),
  };
}

/** Minibatch standard deviation over groups of 4, or of 3 or 2 where these divide the batch. */
const spread = (): Layer => ({
  kind: "minibatchStdDev",
  apply(x, context) {
    const batch = x.shape[0]!;
    const size = [4, 3, 2].find((n) => batch % n === 0);
    if (size === undefined) {
      throw new ConfigError(
        `model "stylegan2" compares samples in groups, which a batch of ${batch} cannot be cut into`,
        {
          help: "set batch to an even number, best a multiple of 4",
        },
      );
    }
    return minibatchStdDev(size).apply(x, context);
  },
});

/**
 * Images [N, C, size, size] -> logits [N, 1], for size 4 · 2^k.
 *
 * StyleGAN2-ADA projects the features on a mapped label; here the conditioning does, from the shown features, as for every
 * model.
 *
 * @param channels Feature channels at a resolution.
 */
export function stylegan2Discriminator(size: number, channels: (resolution: number) => number): Layer {
  const blocks: Layer[] = [];
  for (let resolution = size; resolution > 4; resolution /= 2) {
    blocks.push(residual(channels(resolution), channels(resolution / 2)));
  }
  const last = channels(4);
  return sequential(
    equalisedConv(channels(size), { kernel: 1, activation: "leakyRelu" }),
    ...blocks,
    spread(),
    equalisedConv(last, { kernel: 3, activation: "leakyRelu" }),
    flatten(),
    equalisedDense(last, { activation: "leakyRelu" }),
    showFeatures(),
    equalisedDense(1),
  );
}
