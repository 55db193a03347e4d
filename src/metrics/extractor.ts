/** @file What a feature extractor is, and the two that Gantry makes itself: a small classifier, and a fixed random network. */

import { buildGraph, type Graph } from "../graph/graph.ts";
import type { Shape, Tensor } from "../graph/ops.ts";
import * as t from "../graph/tensor.ts";
import { leakyRelu, relu } from "../nn/activation.ts";
import { conv2d } from "../nn/conv.ts";
import { dense } from "../nn/dense.ts";
import { dropout } from "../nn/dropout.ts";
import { showFeatures } from "../nn/features.ts";
import { heNormal } from "../nn/init.ts";
import { applyNetwork, declareNetwork, type Layer, sequential } from "../nn/module.ts";
import { batchNorm } from "../nn/norm.ts";
import { flatten } from "../nn/shape.ts";
import { ShapeError } from "../util/errors.ts";
import { streamKey } from "../util/rng.ts";

/** Turns images into features, and perhaps class probabilities. */
export interface Extractor {
  /** Part of the name of every metric that is computed with it, such as `lenet_mnist`. */
  readonly name: string;
  /** Features of one image. */
  readonly dimensions: number;
  /** Classes whose probabilities it gives as well; 0 for none. */
  readonly classes: number;
  /** Shape of one image, [C, H, W]; null where any will do. */
  readonly input: Shape | null;
  /**
   * Traces it for a batch: input `images` u8 [N, C, H, W], outputs `features` f32[N, dimensions] and, with classes,
   * `probabilities` f32[N, classes].
   */
  readonly trace: (batch: number, image: Shape) => Graph;
}

/** -1..1, as in training. */
const normalised = (batch: number, image: Shape): Tensor =>
  t.sub(t.mul(t.cast(t.input("images", [batch, ...image], "u8"), "f32"), 1 / 127.5), 1);

/** @throws ShapeError when the images do not fit the extractor. */
function requireInput(name: string, wanted: Shape, image: Shape): void {
  if (wanted.join() === image.join()) return;
  throw new ShapeError(`${name} looks at images of [${wanted}], these are [${image}]`, {
    help: `scale them (--size ${wanted[1]}), or choose another --features`,
  });
}

/** Features and classes of {@link lenet}. */
export const LENET = { features: 128, classes: 10, input: [1, 28, 28] } as const;

/** Convolution, batch normalisation (which has the bias), ReLU. */
const block = (channels: number, kernel: number, stride: number, padding: number): readonly Layer[] => [
  conv2d(channels, { kernel, stride, padding, init: heNormal, bias: false }),
  batchNorm(),
  relu(),
];

/**
 * A small classifier of grey 28x28 images: four convolutions with batch normalisation (32 channels of 14x14, 64 of 7x7 twice,
 * 64 of 4x4), 128 features, 10 classes; ReLU; dropout before the last two layers, in training. 963 kB of weights. After
 * LeCun et al., "Gradient-Based Learning Applied to Document Recognition" (1998).
 */
export function lenet(): Layer {
  return sequential(
    ...block(32, 5, 2, 2),
    ...block(64, 4, 2, 1),
    ...block(64, 3, 1, 1),
    ...block(64, 3, 2, 1),
    flatten(),
    dropout(0.1),
    dense(LENET.features, { init: heNormal }),
    relu(),
    showFeatures(),
    dropout(0.3),
    dense(LENET.classes, { init: heNormal }),
  );
}

/** softmax over the last axis of [N, K]. */
export function softmax(logits: Tensor): Tensor {
  const exponentials = t.exp(t.sub(logits, t.maxKeep(logits, [1])));
  return t.div(exponentials, t.sumKeep(exponentials, [1]));
}

/** The classifier with trained weights and running averages, by the names that {@link lenet} gives them. */
export function lenetExtractor(
  name: string,
  weights: ReadonlyMap<string, { shape: Shape; data: Float32Array }>,
): Extractor {
  return {
    name,
    dimensions: LENET.features,
    classes: LENET.classes,
    input: LENET.input,
    trace(batch, image) {
      requireInput(name, LENET.input, image);
      const arrays = new Map([...weights].map(([path, { data, shape }]) => [path, t.constant(data, shape)]));
      const x = normalised(batch, image);
      const { output, shown } = applyNetwork(name, lenet(), x, inference(arrays));
      return buildGraph({ features: shown.get("features")!, probabilities: softmax(output) });
    },
  };
}

const inference = (arrays: ReadonlyMap<string, Tensor>) => ({
  training: false,
  params: arrays,
  buffers: arrays,
  random: (): never => {
    throw new Error("internal: an extractor draws no noise");
  },
});

/** Channels of the random network's layers. */
const RANDOM = [32, 64, 128] as const;

/**
 * A fixed random network for images of any size: three 4x4 convolutions with stride 2, He-normal weights from a fixed stream, LeakyReLU 0.2, and the
 * mean and standard deviation of each last channel over space. It tells distributions apart without having been trained; its numbers compare only with themselves.
 */
export const randomExtractor: Extractor = {
  name: "random_conv",
  dimensions: 2 * RANDOM[RANDOM.length - 1]!,
  classes: 0,
  input: null,
  trace(batch, image) {
    const smallest = 2 ** RANDOM.length;
    if (image.length !== 3 || image[1]! < smallest || image[2]! < smallest) {
      throw new ShapeError(`random_conv looks at images of at least ${smallest}x${smallest}, these are [${image}]`);
    }
    const body = sequential(
      ...RANDOM.flatMap((width) => [
        conv2d(width, { kernel: 4, stride: 2, padding: 1, init: heNormal, bias: false }),
        leakyRelu(0.2),
      ]),
    );
    const { params } = declareNetwork("random_conv", body, [batch, ...image]);
    const weights = params.map(({ name, shape, init }) => {
      const data = new Float32Array(shape.reduce((n, k) => n * k, 1));
      init(streamKey(0, `random_conv/${name}`), shape, data);
      return [name, t.constant(data, shape)] as const;
    });
    const { output } = applyNetwork("random_conv", body, normalised(batch, image), inference(new Map(weights)));
    const mean = t.mean(output, [2, 3]);
    const spread = t.sqrt(t.add(t.mean(t.square(t.sub(output, t.meanKeep(output, [2, 3]))), [2, 3]), 1e-8));
    return buildGraph({ features: t.concat([mean, spread], 1) });
  },
};
