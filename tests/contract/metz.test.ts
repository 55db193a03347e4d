/** @file The networks of Unrolled GANs on Stacked MNIST: as narrow as published, and exact on their way up. */

import { describe, expect, it } from "vitest";
import { buildGraph } from "../../src/graph/graph.ts";
import * as t from "../../src/graph/tensor.ts";
import { applyNetwork } from "../../src/nn/module.ts";
import { packLayout, unpack } from "../../src/nn/pack.ts";
import { count, declare, image } from "../support/declare-model.ts";

const stacked = image(3, 28);

/** Shapes of the weights, without biases, gains and tables. */
const weights = (network: { params: readonly { name: string; shape: readonly number[] }[] }) =>
  network.params.filter(({ name }) => name.endsWith("weight")).map(({ name, shape }) => `${name} [${shape}]`);

describe("metz at 28 pixels", () => {
  const { model, generator, discriminator } = declare("metz", stacked);

  it("has the published layers", () => {
    expect(model.latent).toBe(256);
    expect(weights(generator)).toEqual([
      "dense1/weight [1024,256]",
      "convTranspose1/weight [64,32,3,3]",
      "convTranspose2/weight [32,16,3,3]",
      "convTranspose3/weight [16,8,3,3]",
      "conv1/weight [3,8,3,3]",
    ]);
    expect(weights(discriminator)).toEqual([
      "conv1/weight [8,3,3,3]",
      "conv2/weight [16,8,3,3]",
      "conv3/weight [32,16,3,3]",
      "dense1/weight [1,512]",
    ]);
  });

  it("goes up by 4, 7, 14 and 28 pixels", () => {
    const [params, buffers] = [generator.params, generator.buffers].map((list) => {
      const layout = packLayout(list);
      return unpack(t.input(`packed ${layout.length}`, [layout.length]), layout);
    });
    const z = t.input("z", [5, model.latent]);
    const { output } = applyNetwork("generator", model.generator, z, {
      training: false,
      params: params!,
      buffers: buffers!,
      random: () => expect.fail("sampling draws no noise but the latent"),
    });
    const maps = buildGraph({ output }).nodes.filter(({ op }) => op === "convTranspose" || op === "conv");
    expect(maps.map(({ shape }) => shape)).toEqual([
      [5, 32, 7, 7],
      [5, 16, 14, 14],
      [5, 8, 28, 28],
      [5, 3, 28, 28],
    ]);
  });

  it.each([
    { share: 0.25, widths: [2, 4, 8] },
    { share: 0.5, widths: [4, 8, 16] },
    { share: 1, widths: [8, 16, 32] },
    // Never without a channel.
    { share: 0.01, widths: [1, 2, 4] },
  ])("gives the discriminator $share of the generator's channels", ({ share, widths }) => {
    const small = declare("metz", stacked, { discriminator: share, norm: "none" });
    const [a, b, c] = widths as [number, number, number];
    expect(count(small.discriminator)).toBe(27 * a + a + 9 * a * b + b + 9 * b * c + c + 16 * c + 1);
    expect(count(small.generator)).toBe(count(generator));
  });

  it("normalises where it is asked to, every layer of the discriminator among them", () => {
    const gains = (options: object) => {
      const networks = declare("metz", stacked, options);
      return [networks.generator, networks.discriminator].map(
        ({ params }) => params.filter(({ name }) => name.endsWith("/gain")).length,
      );
    };
    expect(gains({})).toEqual([4, 3]);
    expect(gains({ norm: "none" })).toEqual([4, 0]);
    expect(gains({ norm: "spectral", generatorNorm: "none" })).toEqual([0, 0]);
  });
});
