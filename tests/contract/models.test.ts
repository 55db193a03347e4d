/** @file Every model at each of its sizes: shapes, refusals, and what its generator draws. */

import { describe, expect, it } from "vitest";
import { evaluate } from "../../src/backend/reference/reference.ts";
import { createGame } from "../../src/gan/game/create-game.ts";
import { gameState } from "../../src/gan/game/game-state.ts";
import { objectives } from "../../src/gan/objectives.ts";
import { traceSampler } from "../../src/gan/observe/sampler.ts";
import { buildGraph } from "../../src/graph/graph.ts";
import * as t from "../../src/graph/tensor.ts";
import type { SampleShape } from "../../src/models/model.ts";
import { models } from "../../src/models/models.ts";
import { dense } from "../../src/nn/dense.ts";
import { applyNetwork, type Layer, sequential } from "../../src/nn/module.ts";
import { batchNorm } from "../../src/nn/norm.ts";
import { packLayout, unpack } from "../../src/nn/pack.ts";
import { sgd } from "../../src/optim/sgd.ts";
import { ConfigError } from "../../src/util/errors.ts";
import { createFrom } from "../../src/util/registry.ts";
import { streamKey } from "../../src/util/rng.ts";
import { declare, image, points } from "../support/declare-model.ts";

/** What every model is tried on. A new model needs a line here. */
const samples: Readonly<Record<string, readonly SampleShape[]>> = {
  tutorial: [32, 64].flatMap((size) => [image(1, size), image(3, size)]),
  dcgan: [8, 16, 28, 32, 48, 64, 96, 128, 256].flatMap((size) => [image(1, size), image(3, size)]),
  metz: [8, 11, 16, 25, 28, 32, 49, 64].flatMap((size) => [image(1, size), image(3, size)]),
  mlp: [points(1), points(2), points(5), image(1, 8), image(3, 8)],
  stylegan2: [8, 16, 32, 64, 128, 256].flatMap((size) => [image(1, size), image(3, size)]),
  resnet: [16, 28, 32, 48, 64, 96, 128].flatMap((size) => [image(1, size), image(3, size)]),
  biggan: [16, 28, 32, 48, 64, 96, 128].flatMap((size) => [image(1, size), image(3, size)]),
  r3gan: [8, 16, 28, 32, 64, 96, 128, 256].flatMap((size) => [image(1, size), image(3, size)]),
};

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
    ...[7, 65].map((size): [string, SampleShape, string, string] => [
      "metz",
      image(3, size),
      `model "metz" cannot make ${size}x${size} images`,
      "use a size from 8 to 64",
    ]),
    ["metz", { kind: "images", shape: [1, 32, 16] }, 'model "metz" makes square images', "set data.size"],
    ["metz", points(2), 'model "metz" makes square images; the data are points of [2]', 'use model "mlp"'],
    ["r3gan", image(3, 100), 'model "r3gan" cannot make 100x100 images', dcganHelp],
    ["r3gan", { kind: "images", shape: [1, 32, 16] }, 'model "r3gan" makes square images', "set data.size"],
    ["r3gan", points(2), 'model "r3gan" makes square images; the data are points of [2]', 'use model "mlp"'],
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

describe("the start of r3gan", () => {
  it("leaves every block the identity, and no group without channels", () => {
    const { discriminator } = declare("r3gan", image(1, 16), { width: 32 });
    const last = discriminator.params.filter(({ name }) => /residualBlock\d\/conv3\/weight/.test(name));
    expect(last).toHaveLength(6);
    for (const { init, shape } of last) {
      const values = new Float32Array(32).fill(1);
      init(streamKey(0, "x"), shape, values);
      expect(values.every((x) => x === 0)).toBe(true);
    }
    expect(() => declare("r3gan", image(1, 16), { groupSize: 48 })).toThrow(
      "groups of 48 channels do not divide the 256",
    );
  });

  it("scales the first weights of a block down by the fourth root of the number of blocks", () => {
    const std = (blocks: number) => {
      const { params } = declare("r3gan", image(1, 8), { blocks, base: 64 }).generator;
      const { init, shape } = params.find(({ name }) => name.endsWith("residualBlock1/conv1/weight"))!;
      const values = new Float32Array(100_000);
      init(streamKey(3, "x"), shape, values);
      return Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
    };
    // Two stages; the fan-in of the widest is 128.
    const wanted = (blocks: number) => Math.sqrt(2 / 1.04 / 128) * (2 * blocks) ** -0.25;
    for (const blocks of [1, 8]) expect(Math.abs(std(blocks) / wanted(blocks) - 1)).toBeLessThan(0.02);
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
