import { describe, expect, it } from "vitest";
import type { Shape } from "../graph/ops.ts";
import { ConfigError, ShapeError } from "../util/errors.ts";
import { selfAttention } from "./attention.ts";
import { conv2d } from "./conv.ts";
import { declareNetwork, type Layer } from "./module.ts";
import { averagePool, maxPool, sumPool, upsampleNearest } from "./resample.ts";
import { conv2dAveragePool, upsampleConv2d } from "./resample-conv.ts";
import { residual } from "./residual.ts";

const declare = (layer: Layer, shape: Shape) => declareNetwork("net", layer, shape);

describe("what layers of another resolution refuse", () => {
  it.each<[string, Layer, Shape, string]>([
    ["upsampling points", upsampleNearest(), [2, 3], "upsampleNearest: x must be [N, C, H, W], got f32[2,3]"],
    ["pooling points", averagePool(), [2, 3], "averagePool: x must be [N, C, H, W], got f32[2,3]"],
    ["summing points", sumPool(), [2, 3], "sumPool: x must be [N, C, H, W]"],
    ["pooling an odd height", averagePool(), [2, 3, 5, 4], "averagePool: windows of 2x2 do not divide f32[2,3,5,4]"],
    ["pooling an odd width", maxPool(3), [2, 3, 6, 4], "maxPool: windows of 3x3 do not divide f32[2,3,6,4]"],
    ["attending to points", selfAttention(), [2, 8], "selfAttention: x must be [N, C, H, W], got f32[2,8]"],
    ["attending to odd images", selfAttention(), [2, 8, 3, 4], "maxPool: windows of 2x2 do not divide f32[2,1,3,4]"],
    ["convolving points", upsampleConv2d(4, { kernel: 3 }), [2, 3], "upsampleConv: x must be [N, C, H, W]"],
    ["halving 5 pixels", conv2dAveragePool(4, { kernel: 3 }), [2, 3, 5, 4], "height and width must be even"],
    ["a shortcut that does not fit", residual(conv2d(4, { kernel: 1 })), [2, 3, 4, 4], "the block makes f32[2,4,4,4]"],
  ])("%s", (_, layer, shape, message) => {
    expect(() => declare(layer, shape)).toThrow(ShapeError);
    expect(() => declare(layer, shape)).toThrow(message);
  });

  it.each<[string, () => Layer, string]>([
    ["half a pixel", () => upsampleNearest(0.5), "upsampleNearest: the factor must be a positive integer, got 0.5"],
    ["no pixels", () => maxPool(0), "maxPool: the factor must be a positive integer, got 0"],
    ["an even kernel", () => upsampleConv2d(4, { kernel: 2 }), "upsampleConv: the kernel must be odd, got 2"],
    ["a kernel of 0", () => conv2dAveragePool(4, { kernel: 0 }), "convAveragePool: the kernel must be odd, got 0"],
  ])("%s", (_, layer, message) => {
    expect(layer).toThrow(ConfigError);
    expect(layer).toThrow(message);
  });
});

describe("parameters", () => {
  const names = (layer: Layer) => declare(layer, [2, 4, 4, 4]).params.map(({ name, shape }) => `${name} [${shape}]`);

  it.each([1, 3])("of a convolution with a change of resolution are those of the %ix%i convolution alone", (kernel) => {
    const plain = names(conv2d(6, { kernel }));
    expect(names(upsampleConv2d(6, { kernel }))).toEqual(plain);
    expect(names(conv2dAveragePool(6, { kernel }))).toEqual(plain);
    expect(names(upsampleConv2d(6, { kernel, bias: false }))).toEqual(plain.slice(0, 1));
  });

  it("carry the spectral norm of the stored kernel", () => {
    for (const layer of [upsampleConv2d, conv2dAveragePool]) {
      expect(declare(layer(6, { kernel: 3, spectral: true }), [2, 4, 4, 4]).buffers).toMatchObject([
        { name: "u", shape: [6] },
      ]);
    }
    const { buffers } = declare(selfAttention({ spectral: true }), [2, 16, 4, 4]);
    expect(buffers.map(({ name, shape }) => `${name} ${shape}`)).toEqual(["f/u 2", "g/u 2", "h/u 8", "o/u 16"]);
  });

  it("of a residual block are those of its two ways", () => {
    const layer = residual(conv2d(6, { kernel: 1, bias: false }), conv2d(6, { kernel: 1, bias: false }));
    expect(names(layer)).toEqual(["main/weight [6,4,1,1]", "shortcut/weight [6,4,1,1]"]);
  });
});
