/** @file Multi-layer perceptrons for points. */

import { z } from "zod";
import { leakyRelu, relu } from "../nn/activation.ts";
import { dense } from "../nn/dense.ts";
import { fanInUniform } from "../nn/init.ts";
import { type Layer, sequential } from "../nn/module.ts";
import { flatten, reshape } from "../nn/shape.ts";
import { entry } from "../util/registry.ts";
import type { Model, ModelBuilder, SampleShape } from "./model.ts";

function stack(input: number, width: number, depth: number, output: number, activation: () => Layer): Layer[] {
  const layers: Layer[] = [];
  let fanIn = input;
  for (let i = 0; i < depth; i++) {
    layers.push(dense(width, { init: fanInUniform(), biasInit: fanInUniform(fanIn) }), activation());
    fanIn = width;
  }
  layers.push(dense(output, { init: fanInUniform(), biasInit: fanInUniform(fanIn) }));
  return layers;
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
      return {
        latent,
        generator: sequential(...stack(latent, width, depth, size, relu), reshape(...sample.shape)),
        discriminator: sequential(flatten(), ...stack(size, width, depth, 1, () => leakyRelu(0.2))),
      };
    },
});
