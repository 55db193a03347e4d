/** @file Numbers of parameters: those that others print for the same networks, and layer by layer where they differ. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { SampleShape } from "../../src/models/model.ts";
import { declareNetwork } from "../../src/nn/module.ts";
import { packLayout } from "../../src/nn/pack.ts";
import { count, declare, image } from "../support/declare-model.ts";

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

  // Table 9 and, for 256 pixels, Table 2 of the paper (there 23.058M and 23.010M). The published networks of 32 pixels that
  // are conditional have embeddings beside these.
  it.each([
    {
      data: "FFHQ",
      size: 256,
      base: 96,
      generator: 23_057_952,
      discriminator: 23_009_568,
      printed: ["23.06", "23.01"],
    },
    {
      data: "FFHQ",
      size: 64,
      base: 384,
      generator: 22_429_824,
      discriminator: 22_381_440,
      printed: ["22.43", "22.38"],
    },
    {
      data: "Stacked MNIST",
      size: 32,
      base: 768,
      generator: 20_732_160,
      discriminator: 20_683_776,
      printed: ["20.73", "20.68"],
    },
  ])("r3gan has R3GAN's on $data at $size pixels", ({ size, base, printed, ...wanted }) => {
    const networks = declare("r3gan", image(3, size), { base, width: 768 });
    const counts = [count(networks.generator), count(networks.discriminator)];
    expect(counts).toEqual([wanted.generator, wanted.discriminator]);
    expect(counts.map((n) => (n / 1e6).toFixed(2))).toEqual(printed);
  });

  it("r3gan's generator embeds the classes as R3GAN's does on CIFAR-10", () => {
    const { model } = declare("r3gan", image(3, 32), { base: 768, width: 768 });
    const network = declareNetwork("generator", model.generator, [2, 64], [2, 10]);
    expect(count(network)).toBe(20_781_952);
    expect((count(network) / 1e6).toFixed(2)).toBe("20.78");
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
