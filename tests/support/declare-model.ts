/** @file Declaring models in tests. */

import type { SampleShape } from "../../src/models/model.ts";
import { models } from "../../src/models/models.ts";
import { declareNetwork } from "../../src/nn/module.ts";
import { packLayout } from "../../src/nn/pack.ts";
import { createFrom } from "../../src/util/registry.ts";

/** Square images. */
export const image = (channels: number, size: number): SampleShape => ({
  kind: "images",
  shape: [channels, size, size],
});
/** Points. */
export const points = (dimensions: number): SampleShape => ({ kind: "points", shape: [dimensions] });

/** Both networks of a model, as they are declared for batches of two; with `classes` they are asked for one of so many. */
export function declare(name: string, sample: SampleShape, options: object = {}, classes?: number) {
  const model = createFrom("model", models, { name, ...options })(sample);
  const batch = 2;
  const condition = classes === undefined ? undefined : [batch, classes];
  const generator = declareNetwork("generator", model.generator, [batch, model.latent], condition);
  const discriminator = declareNetwork("discriminator", model.discriminator, [batch, ...sample.shape], condition);
  return { model, generator, discriminator };
}

/** How many numbers a network learns. */
export const count = (network: { params: readonly { name: string; shape: readonly number[] }[] }) =>
  packLayout(network.params).length;
