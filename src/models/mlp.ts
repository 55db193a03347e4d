/** @file Multi-layer perceptrons for points. */

import { z } from "zod";
import { leakyRelu, relu } from "../nn/activation.ts";
import { dense } from "../nn/dense.ts";
import { showFeatures } from "../nn/features.ts";
import { fanInUniform } from "../nn/init.ts";
import { type Layer, sequential } from "../nn/module.ts";
import { flatten, reshape } from "../nn/shape.ts";
import { entry } from "../util/registry.ts";
import { minibatchLayers, minibatchOption } from "./minibatch-option.ts";
import type { Model, ModelBuilder, SampleShape } from "./model.ts";

/** A dense layer as PyTorch begins it: weights and biases uniform within 1 / √inputs. */
const linear = (features: number, spectral = false): Layer => ({
  kind: "dense",
  apply: (x, context) =>
    dense(features, { init: fanInUniform(), biasInit: fanInUniform(x.shape[1]), spectral }).apply(x, context),
});

/** `depth` hidden layers of `width` units. */
const hidden = (width: number, depth: number, activation: () => Layer, spectral = false): Layer[] =>
  Array.from({ length: depth }, () => [linear(width, spectral), activation()]).flat();

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
    // Absent by default, so that older configs stay equal.
    norm: z
      .enum(["none", "spectral"])
      .optional()
      .describe("normalisation in the discriminator: of weights (`spectral`), or none; default none"),
    minibatch: minibatchOption,
  }),
  create:
    ({ latent, width, depth, norm, minibatch }): ModelBuilder =>
    (sample: SampleShape): Model => {
      const size = sample.shape.reduce((n, k) => n * k, 1);
      const spectral = norm === "spectral";
      const judging = (normed: boolean) => hidden(width, depth, () => leakyRelu(0.2), normed);
      return {
        latent,
        generator: sequential(...hidden(width, depth, relu), linear(size), reshape(...sample.shape)),
        discriminator: sequential(
          flatten(),
          ...judging(spectral),
          showFeatures(),
          ...minibatchLayers(minibatch),
          linear(1, spectral),
        ),
        encoder: sequential(flatten(), ...judging(false), linear(latent)),
        head: { init: fanInUniform(), biasInit: fanInUniform(width), spectral },
      };
    },
});
