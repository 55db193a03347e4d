/** @file Multi-layer perceptrons for points. */

import { z } from "zod";
import { leakyRelu, relu } from "../nn/activation.ts";
import { dense } from "../nn/dense.ts";
import { showFeatures } from "../nn/features.ts";
import { fanInUniform } from "../nn/init.ts";
import { type Layer, sequential } from "../nn/module.ts";
import { flatten, reshape } from "../nn/shape.ts";
import { entry } from "../util/registry.ts";
import type { Model, ModelBuilder, SampleShape } from "./model.ts";

/** A dense layer with PyTorch's initial values, whatever is put beside the latent or the sample. */
const linear = (features: number): Layer => ({
  kind: "dense",
  apply: (x, context) =>
    dense(features, { init: fanInUniform(), biasInit: fanInUniform(x.shape[1]) }).apply(x, context),
});

interface StackOptions {
  readonly width: number;
  readonly depth: number;
  readonly output: number;
  readonly activation: () => Layer;
}

/** The hidden layers, and the last one. */
function stack({ width, depth, output, activation }: StackOptions): { hidden: Layer[]; last: Layer } {
  const hidden = Array.from({ length: depth }, () => [linear(width), activation()]).flat();
  return { hidden, last: linear(output) };
}

/** The MLP's row in the model registry. */
export const mlp = entry({
  name: "mlp",
  summary:
    "Fully connected: ReLU in G, LeakyReLU 0.2 in D, PyTorch's default initialisation. For points; images are flattened.",
  paper: "Goodfellow et al., Generative Adversarial Nets, 2014",
  options: z.strictObject({
    latent: z.int().min(1).default(2).describe("length of the latent vector"),
    width: z.int().min(1).default(128).describe("units of each hidden layer"),
    depth: z.int().min(1).max(16).default(2).describe("hidden layers"),
  }),
  create:
    ({ latent, width, depth }): ModelBuilder =>
    (sample: SampleShape): Model => {
      const size = sample.shape.reduce((n, k) => n * k, 1);
      const generator = stack({ width, depth, output: size, activation: relu });
      const discriminator = stack({ width, depth, output: 1, activation: () => leakyRelu(0.2) });
      return {
        latent,
        generator: sequential(...generator.hidden, generator.last, reshape(...sample.shape)),
        discriminator: sequential(flatten(), ...discriminator.hidden, showFeatures(), discriminator.last),
        head: { init: fanInUniform(), biasInit: fanInUniform(width) },
      };
    },
});
