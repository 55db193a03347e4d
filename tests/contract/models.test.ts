/** @file Every model at each of its sizes: shapes, numbers of parameters, refusals, and what its generator draws. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { evaluate } from "../../src/backend/reference/reference.ts";
import { createGame, gameState } from "../../src/gan/game.ts";
import { objectives } from "../../src/gan/objectives.ts";
import { traceSampler } from "../../src/gan/sampler.ts";
import { buildGraph } from "../../src/graph/graph.ts";
import * as t from "../../src/graph/tensor.ts";
import type { SampleShape } from "../../src/models/model.ts";
import { models } from "../../src/models/models.ts";
import { dense } from "../../src/nn/dense.ts";
import { applyNetwork, declareNetwork, type Layer, sequential } from "../../src/nn/module.ts";
import { batchNorm } from "../../src/nn/norm.ts";
import { packLayout, unpack } from "../../src/nn/pack.ts";
import { sgd } from "../../src/optim/sgd.ts";
import { ConfigError } from "../../src/util/errors.ts";
import { createFrom } from "../../src/util/registry.ts";

const image = (channels: number, size: number): SampleShape => ({ kind: "images", shape: [channels, size, size] });
const points = (dimensions: number): SampleShape => ({ kind: "points", shape: [dimensions] });

/** What every model is tried on. A new model needs a line here. */
const samples: Readonly<Record<string, readonly SampleShape[]>> = {
  tutorial: [32, 64].flatMap((size) => [image(1, size), image(3, size)]),
  dcgan: [8, 16, 28, 32, 48, 64, 96, 128, 256].flatMap((size) => [image(1, size), image(3, size)]),
  mlp: [points(1), points(2), points(5), image(1, 8), image(3, 8)],
  stylegan2: [8, 16, 32, 64, 128, 256].flatMap((size) => [image(1, size), image(3, size)]),
};

function declare(name: string, sample: SampleShape, options: object = {}) {
  const model = createFrom("model", models, { name, ...options })(sample);
  const batch = 2;
  const generator = declareNetwork("generator", model.generator, [batch, model.latent]);
  const discriminator = declareNetwork("discriminator", model.discriminator, [batch, ...sample.shape]);
  return { model, generator, discriminator };
}

const count = (network: { params: readonly { name: string; shape: readonly number[] }[] }) =>
  packLayout(network.params).length;

it("has samples to try every model on", () => {
  expect(Object.keys(samples).sort()).toEqual(Object.keys(models).sort());
});

describe.each(Object.entries(samples).flatMap(([name, list]) => list.map((sample) => ({ name, sample }))))(
  "$name for $sample.kind of [$sample.shape]",
  ({ name, sample }) => {
    it("makes samples of that shape, and gives one logit for each", () => {
      const { generator, discriminator } = declare(name, sample);
      expect(generator.output).toEqual([2, ...sample.shape]);
      expect(discriminator.output).toEqual([2, 1]);
    });

    it("takes the same shapes while sampling as while training", () => {
      const { model, generator } = declare(name, sample);
      const [params, buffers] = [generator.params, generator.buffers].map((list) => {
        const layout = packLayout(list);
        return layout.length === 0 ? new Map() : unpack(t.input(`packed ${layout.length}`, [layout.length]), layout);
      });
      const { output } = applyNetwork("generator", model.generator, t.input("z", [7, model.latent]), {
        training: false,
        params: params!,
        buffers: buffers!,
        random: () => expect.fail("sampling draws no noise but the latent"),
      });
      expect(output.shape).toEqual([7, ...sample.shape]);
    });
  },
);

describe("what a model refuses", () => {
  const dcganHelp = "use a size of 4, 5, 6 or 7 times a power of two, such as 16, 28, 32, 48, 64, 96 or 128";

  it.each<[string, SampleShape, string, string]>([
    ...[4, 7, 9, 15, 17, 30, 36, 100, 512].map((size): [string, SampleShape, string, string] => [
      "dcgan",
      image(3, size),
      `model "dcgan" cannot make ${size}x${size} images`,
      dcganHelp,
    ]),
    [
      "dcgan",
      { kind: "images", shape: [3, 32, 64] },
      'model "dcgan" makes square images; the data are images of [3,32,64]',
      "set data.size",
    ],
    ["dcgan", points(2), 'model "dcgan" makes square images; the data are points of [2]', 'use model "mlp"'],
    [
      "tutorial",
      image(3, 28),
      'model "tutorial" makes 32x32 or 64x64 images; the data are images of [3,28,28]',
      "--size 32",
    ],
    ["tutorial", image(1, 128), 'model "tutorial" makes 32x32 or 64x64 images', "--size 64"],
    ["tutorial", { kind: "images", shape: [3, 32, 64] }, 'model "tutorial" makes 32x32 or 64x64 images', "--size"],
    ["tutorial", points(2), 'model "tutorial" makes 32x32 or 64x64 images; the data are points of [2]', "--size"],
    ...[4, 28, 48, 2048].map((size): [string, SampleShape, string, string] => [
      "stylegan2",
      image(3, size),
      `model "stylegan2" cannot make ${size}x${size} images`,
      "use a power of two from 8 to 1024",
    ]),
    [
      "stylegan2",
      { kind: "images", shape: [3, 32, 64] },
      'model "stylegan2" makes square images; the data are images of [3,32,64]',
      "set data.size",
    ],
    ["stylegan2", points(2), 'model "stylegan2" makes square images; the data are points of [2]', 'use model "mlp"'],
  ])("%s for %j", (name, sample, message, help) => {
    try {
      declare(name, sample);
      expect.fail("it was accepted");
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      expect((error as ConfigError).message).toContain(message);
      expect((error as ConfigError).help).toContain(help);
    }
  });
});

describe("numbers of parameters", () => {
  /** What the other libraries count in the benchmark, layer by layer as listed there. */
  const peers = JSON.parse(readFileSync(new URL("../../bench/peers/cases.json", import.meta.url), "utf8")) as Record<
    string,
    { latent: number; data: number[]; parameters: { generator: number; discriminator: number } }
  >;

  it.each([
    { peer: "dcgan-32", name: "dcgan", options: { base: 64 } },
    { peer: "dcgan-64", name: "dcgan", options: { base: 64 } },
    { peer: "mnist-28", name: "dcgan", options: {} },
    { peer: "toy-64", name: "mlp", options: {} },
  ])("$name has those of $peer", ({ peer, name, options }) => {
    const { latent, data, parameters } = peers[peer]!;
    const sample: SampleShape = { kind: data.length === 3 ? "images" : "points", shape: data };
    const { generator, discriminator } = declare(name, sample, { latent, ...options });
    expect({ generator: count(generator), discriminator: count(discriminator) }).toEqual(parameters);
  });

  /**
   * As the code of StyleGAN2-ADA prints them at the start of a training, for colour images and latents of 512: at 32 pixels
   * in the README of AYUSH-ISHAN/Style_GAN_2, at 1024 in public logs of its `auto` setting (the discriminator's is in issue
   * 181 of NVlabs/stylegan2-ada-pytorch).
   */
  it.each([
    { size: 32, channelBase: 32768, mappingDepth: 8, generator: 21_523_475, discriminator: 21_507_073 },
    { size: 1024, channelBase: 32768, mappingDepth: 2, generator: 28_794_124, discriminator: 29_012_513 },
  ])("stylegan2 has the published ones at $size pixels", ({ size, generator, discriminator, ...options }) => {
    const networks = declare("stylegan2", image(3, size), { channelMax: 512, ...options });
    expect({ generator: count(networks.generator), discriminator: count(networks.discriminator) }).toEqual({
      generator,
      discriminator,
    });
  });

  /** From the same summaries: a convolution has its filter, bias, noise strength and the affine layer of its style. */
  it("stylegan2 has the published ones layer by layer, and the published buffers but for filters", () => {
    const { generator, discriminator } = declare("stylegan2", image(3, 1024), {
      channelMax: 512,
      channelBase: 32768,
    });
    const below = (network: typeof generator, prefix: string) =>
      count({ params: network.params.filter(({ name }) => name.startsWith(prefix)) });
    const published = {
      "synthesis/constant": 8192,
      "synthesis/b4/conv1/": 2_622_465,
      "synthesis/b4/toImage/": 264_195,
      "synthesis/b8/conv0/": 2_622_465,
      "synthesis/b128/conv0/": 1_442_561,
      "synthesis/b128/conv1/": 721_409,
      "synthesis/b1024/conv0/": 51_297,
      "synthesis/b1024/toImage/": 16_515,
      "mapping/dense8/": 262_656,
    };
    expect(Object.fromEntries(Object.keys(published).map((name) => [name, below(generator, name)]))).toEqual(published);
    const judged = { "conv1/": 128, "residual1/": 9248 + 18_496 + 2048, "residual8/": 2 * 2_359_808 + 262_144 };
    expect(Object.fromEntries(Object.keys(judged).map((name) => [name, below(discriminator, name)]))).toEqual(judged);
    // Its code also carries a filter of 16 numbers in each of the 17 convolutions and 9 blocks.
    expect(packLayout(generator.buffers).length + 26 * 16).toBe(2_797_104);
  });

  it("has the article's", () => {
    // Dense layers with bias, each norm with gain and bias (its two running averages are not learned).
    const norm = (width: number) => 2 * width;
    const generator =
      100 * 256 +
      256 +
      norm(256) + // Dense(256), BatchNormalization
      256 * 512 +
      512 +
      norm(512) + // Dense(512)
      512 * 1024 +
      1024 +
      norm(1024) + // Dense(1024)
      1024 * 8192 +
      8192 + // Dense(4 * 4 * 512)
      512 * 256 * 16 +
      256 +
      norm(256) + // Conv2DTranspose(256, 4x4)
      256 * 128 * 16 +
      128 +
      norm(128) + // Conv2DTranspose(128, 4x4)
      128 * 64 * 16 +
      64 +
      norm(64) + // Conv2DTranspose(64, 4x4)
      64 * 3 * 16 +
      3; // Conv2DTranspose(3, 4x4)
    // Two convolutions of stride 2, and Dense(1) on the 128 channels of a quarter of the size.
    const discriminator = (size: number) => 3 * 64 * 16 + 64 + 64 * 128 * 16 + 128 + 128 * (size / 4) ** 2 + 1;
    expect(generator).toBe(11_840_067);
    for (const size of [32, 64]) {
      const networks = declare("tutorial", image(3, size));
      expect(count(networks.generator)).toBe(generator);
      expect(count(networks.discriminator)).toBe(discriminator(size));
    }
    expect([discriminator(32), discriminator(64)]).toEqual([142_529, 167_105]);
  });

  it("lists the article's layers in order, with its strides", () => {
    const names = (network: { params: readonly { name: string; shape: readonly number[] }[] }) =>
      network.params.filter(({ name }) => name.endsWith("weight")).map(({ name, shape }) => `${name} [${shape}]`);
    const { generator, discriminator } = declare("tutorial", image(3, 64));
    expect(names(generator)).toEqual([
      "dense1/weight [256,100]",
      "dense2/weight [512,256]",
      "dense3/weight [1024,512]",
      "dense4/weight [8192,1024]",
      "convTranspose1/weight [512,256,4,4]",
      "convTranspose2/weight [256,128,4,4]",
      "convTranspose3/weight [128,64,4,4]",
      "convTranspose4/weight [64,3,4,4]",
    ]);
    expect(names(discriminator)).toEqual([
      "conv1/weight [64,3,4,4]",
      "conv2/weight [128,64,4,4]",
      "dense1/weight [1,32768]",
    ]);
  });

  it("chooses fewer channels for small grey images, and takes the given number", () => {
    const widest = (sample: SampleShape, options = {}) =>
      declare("dcgan", sample, options).generator.params[0]!.shape[1];
    expect(widest(image(1, 28))).toBe(64);
    expect(widest(image(3, 28))).toBe(128);
    expect(widest(image(1, 64))).toBe(512);
    expect(widest(image(1, 28), { base: 5 })).toBe(10);
  });

  it("normalises the discriminator as asked, never its first layer", () => {
    const norms = (norm: string) =>
      declare("dcgan", image(3, 32), { norm }).discriminator.params.filter(({ name }) => /Norm\d\/gain/.test(name));
    expect(norms("batch").map(({ name }) => name)).toEqual(["batchNorm1/gain", "batchNorm2/gain"]);
    expect(norms("layer").map(({ name }) => name)).toEqual(["layerNorm1/gain", "layerNorm2/gain"]);
    expect(norms("none")).toEqual([]);
  });
});

describe("sampling", () => {
  const generator: Layer = sequential(dense(2), batchNorm({ epsilon: 0.25 }));
  const game = createGame({
    sample: { kind: "points", shape: [2] },
    batch: 4,
    latent: 1,
    generator: { layer: generator, optimizer: sgd() },
    discriminator: { layer: dense(1), optimizer: sgd() },
    objective: createFrom("objective", objectives, { name: "wasserstein" }),
    penalties: {},
    updates: { mode: "alternating", discriminatorSteps: 1, generatorSteps: 1 },
    ema: true,
  });

  it.each([true, false])("normalises by the running averages, not by its batch (moving average: %s)", (ema) => {
    const graph = traceSampler(game, { count: 3, ema, format: "raw" });
    const prefix = ema ? "ema/" : "";
    expect(graph.inputs.map(({ attrs }) => attrs.name).sort()).toEqual(
      ["latent", `${prefix}generator`, `${prefix}generator/buffers`].sort(),
    );
    const { samples } = evaluate(graph, {
      latent: [0, 1, -2],
      // Weight, bias, gain, bias of two features; then running means and variances.
      [`${prefix}generator`]: [1, 3, 0.5, 0, 2, 4, -1, 10],
      [`${prefix}generator/buffers`]: [0.5, 1, 2, 0.75],
    });
    // y1 = (z + 0.5 - 0.5) * 2 / sqrt(2 + 0.25) - 1; y2 = (3 z - 1) * 4 / sqrt(0.75 + 0.25) + 10.
    const expected = [0, 1, -2].flatMap((z) => [(z * 2) / 1.5 - 1, (3 * z - 1) * 4 + 10]);
    expected.forEach((value, i) => {
      expect(samples![i]).toBeCloseTo(value, 9);
    });
  });

  it("names the arrays as training does", () => {
    const names = gameState(game).map(({ name }) => name);
    for (const name of ["generator", "generator/buffers", "ema/generator", "ema/generator/buffers"]) {
      expect(names).toContain(name);
    }
  });

  it("rounds -1..1 to bytes evenly, and cuts off what lies beyond", () => {
    const identity: Layer = {
      kind: "identity",
      apply: (z, context) =>
        t.add(
          t.reshape(z, [z.shape[0]!, 1, 1, 8]),
          context.param("zero", [1], (_, __, out) => out.fill(0)),
        ),
    };
    const pictures = createGame({
      ...game,
      sample: { kind: "images", shape: [1, 1, 8] },
      latent: 8,
      generator: { layer: identity, optimizer: sgd() },
      discriminator: {
        layer: sequential({ kind: "flatten", apply: (x) => t.reshape(x, [x.shape[0]!, 8]) }, dense(1)),
        optimizer: sgd(),
      },
    });
    const graph = traceSampler(pictures, { count: 1, ema: false, format: "pixels" });
    const { samples } = evaluate(graph, { latent: [-1, -0.999, -0.5, 0, 0.5, 0.9999, 1, 3], generator: [0] });
    expect([...samples!]).toEqual([0, 0, 64, 128, 191, 255, 255, 255]);
    expect(buildGraph(graph.outputs).outputs.samples!.dtype).toBe("u8");
  });
});
