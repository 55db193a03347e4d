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
  resnet: [16, 28, 32, 48, 64, 96, 128].flatMap((size) => [image(1, size), image(3, size)]),
  biggan: [16, 28, 32, 48, 64, 96, 128].flatMap((size) => [image(1, size), image(3, size)]),
};

/** Declares both networks; with `classes` they are asked for one of so many. */
function declare(name: string, sample: SampleShape, options: object = {}, classes?: number) {
  const model = createFrom("model", models, { name, ...options })(sample);
  const batch = 2;
  const condition = classes === undefined ? undefined : [batch, classes];
  const generator = declareNetwork("generator", model.generator, [batch, model.latent], condition);
  const discriminator = declareNetwork("discriminator", model.discriminator, [batch, ...sample.shape], condition);
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

    it("shows the discriminator's features before its last layer", () => {
      expect([...declare(name, sample).discriminator.shown.keys()]).toEqual(["features"]);
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
    ...["resnet", "biggan"].flatMap((name): [string, SampleShape, string, string][] => [
      ...[8, 15, 30, 36, 160, 256].map((size): [string, SampleShape, string, string] => [
        name,
        image(3, size),
        `model "${name}" cannot make ${size}x${size} images`,
        "use a size of 4, 5, 6 or 7 times a power of two from 16 to 128",
      ]),
      [name, { kind: "images", shape: [3, 32, 64] }, `model "${name}" makes square images`, "set data.size"],
      [name, points(2), `model "${name}" makes square images; the data are points of [2]`, 'use model "mlp"'],
    ]),
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

describe("options that do not fit the size", () => {
  it.each([
    ["resnet", 32, { attention: 32 }, "no 32x32 maps", "set model.attention to 0 (none), 8 or 16"],
    ["resnet", 28, { attention: 16 }, "no 16x16 maps", "set model.attention to 0 (none), 14"],
    ["biggan", 64, { attention: 64 }, "no 64x64 maps", "set model.attention to 0 (none), 8 or 16 or 32"],
    ["biggan", 32, { latent: 81 }, "cuts the latent vector into 4 pieces", "a multiple of 4, such as 84"],
    ["biggan", 128, { latent: 128 }, "cuts the latent vector into 6 pieces", "a multiple of 6, such as 132"],
  ])("%s at %i pixels with %j", (name, size, options, message, help) => {
    try {
      declare(name, image(3, size), options);
      expect.fail("it was accepted");
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      expect((error as ConfigError).message).toContain(message);
      expect((error as ConfigError).help).toContain(help);
    }
  });
});

describe("published numbers of parameters", () => {
  /**
   * StudioGAN: the two lines "Number of parameters" of the logs in the repository POSTECH-CVLab/PyTorch-StudioGAN:
   * logs/CIFAR10/SNGAN-train-2020_09_18_14_37_00, SAGAN-train-2020_09_18_23_34_49, BigGAN-train-2021_01_15_14_48_48;
   * logs/TINY_IMAGENET/SNGAN-train-2021_01_15_11_59_43, BigGAN-train-2021_01_18_11_42_25;
   * logs/IMAGENET/SNGAN-train-2021_02_05_01_08_08, SAGAN-train-2021_02_11_16_18_59.
   * compare_gan: the counts that google/compare_gan's resnet_biggan_test.py asserts "matches the original BigGAN
   * architecture" (96 channels, 128 pixels, latent 120).
   *
   * The discriminators printed there hold the projection's table [classes, features]. It is no part of our networks, because
   * it is the same for every model, and so it is added here. Nothing else differs: biases are where theirs are, the last
   * normalisation of G is never conditional, and what spectral normalisation carries is not learned.
   */
  const STUDIO = { base: 64, wide: true };
  const SAGAN = { ...STUDIO, spectral: "both" };
  it.each([
    { of: "SNGAN, CIFAR-10", name: "resnet", size: 32, classes: 10, options: STUDIO, g: 4_304_387, d: 1_055_105 },
    {
      of: "SAGAN, CIFAR-10",
      name: "resnet",
      size: 32,
      classes: 10,
      options: { ...SAGAN, attention: 16 },
      g: 4_386_308,
      d: 1_075_586,
    },
    {
      of: "SNGAN, Tiny ImageNet",
      name: "resnet",
      size: 64,
      classes: 200,
      options: STUDIO,
      g: 13_366_915,
      d: 19_747_521,
    },
    { of: "SNGAN, ImageNet", name: "resnet", size: 128, classes: 1000, options: STUDIO, g: 41_996_931, d: 39_443_137 },
    {
      of: "SAGAN, ImageNet",
      name: "resnet",
      size: 128,
      classes: 1000,
      options: { ...SAGAN, attention: 64 },
      g: 42_017_412,
      d: 39_448_258,
    },
    {
      of: "BigGAN, CIFAR-10",
      name: "biggan",
      size: 32,
      classes: 10,
      options: { base: 96, attention: 16 },
      g: 9_416_196,
      d: 2_415_170,
    },
    {
      of: "BigGAN, Tiny ImageNet",
      name: "biggan",
      size: 64,
      classes: 200,
      options: { base: 80, attention: 32 },
      g: 17_335_204,
      d: 30_796_722,
    },
    {
      of: "BigGAN, ImageNet (compare_gan)",
      name: "biggan",
      size: 128,
      classes: 1000,
      options: { base: 96, attention: 64 },
      g: 70_433_988,
      d: 87_982_370,
    },
  ])("$name has those of $of", ({ name, size, classes, options, g, d }) => {
    const { generator, discriminator } = declare(name, image(3, size), options, classes);
    const [, features] = discriminator.shown.get("features") as [number, number];
    expect({ g: count(generator), d: count(discriminator) + classes * features }).toEqual({ g, d });
  });

  it("are those of a discriminator without classes too: SNGAN's has no table then", () => {
    // Four blocks of 128 channels, by hand: 3 -> 128 with its 1x1 shortcut; 128 -> 128 with one; two more without; one logit.
    const conv = (inputs: number, kernel: number) => inputs * 128 * kernel ** 2 + 128;
    const blocks = [conv(3, 3) + conv(128, 3) + conv(3, 1), 2 * conv(128, 3) + conv(128, 1), 4 * conv(128, 3)];
    const { discriminator } = declare("resnet", image(3, 32), { base: 64 });
    expect(count(discriminator)).toBe(blocks.reduce((sum, n) => sum + n) + 128 + 1);
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
