import { describe, expect, it } from "vitest";
import { evaluate } from "../backend/reference/reference.ts";
import { buildGraph } from "../graph/graph.ts";
import type { Shape, Tensor } from "../graph/ops.ts";
import * as t from "../graph/tensor.ts";
import { ConfigError, ShapeError } from "../util/errors.ts";
import { relu } from "./activation.ts";
import { type ConvOptions, type ConvTransposeOptions, conv2d, conv2dTranspose } from "./conv.ts";
import { dense } from "./dense.ts";
import { dropout } from "./dropout.ts";
import { applyNetwork, declareNetwork, type Layer, sequential } from "./module.ts";
import { batchNorm, layerNorm } from "./norm.ts";
import { pack, packLayout, unpack } from "./pack.ts";
import { flatten, reshape } from "./shape.ts";

const outputOf = (layer: Layer, shape: Shape) => declareNetwork("net", layer, shape).output;

describe("shapes of convolutions", () => {
  it.each<[ConvOptions, Shape, Shape]>([
    [{ kernel: 3 }, [2, 3, 8, 6], [2, 5, 6, 4]],
    [{ kernel: 4, stride: 2, padding: 1 }, [2, 3, 28, 28], [2, 5, 14, 14]],
    [{ kernel: [1, 3], stride: [1, 2], padding: [0, 1, 0, 1] }, [2, 3, 8, 6], [2, 5, 8, 3]],
    [{ kernel: 5, stride: 2, padding: "same" }, [2, 3, 7, 8], [2, 5, 4, 4]],
    [{ kernel: 3, dilation: 2 }, [2, 3, 8, 8], [2, 5, 4, 4]],
  ])("conv %j of [%j] gives [%j]", (options, input, output) => {
    expect(outputOf(conv2d(5, options), input)).toEqual(output);
  });

  it.each<[ConvTransposeOptions, Shape, Shape]>([
    [{ kernel: 4 }, [2, 3, 1, 1], [2, 5, 4, 4]],
    [{ kernel: 4, stride: 2, padding: 1 }, [2, 3, 7, 7], [2, 5, 14, 14]],
    [{ kernel: 3, stride: 2, padding: 1, outputPadding: 1 }, [2, 3, 7, 7], [2, 5, 14, 14]],
    [{ kernel: 4, stride: 2, padding: "same" }, [2, 3, 4, 5], [2, 5, 8, 10]],
    [{ kernel: 4, stride: 1, padding: "same" }, [2, 3, 4, 4], [2, 5, 4, 4]],
  ])("transposed conv %j of [%j] gives [%j]", (options, input, output) => {
    expect(outputOf(conv2dTranspose(5, options), input)).toEqual(output);
  });

  it("keeps the filter as the original convolution stores it", () => {
    const shapes = (layer: Layer) => declareNetwork("net", layer, [2, 4, 8, 8]).params.map((p) => [p.name, p.shape]);
    expect(shapes(conv2d(6, { kernel: 3, groups: 2 }))).toEqual([
      ["weight", [6, 2, 3, 3]],
      ["bias", [6]],
    ]);
    expect(shapes(conv2dTranspose(6, { kernel: [2, 3], groups: 2, bias: false }))).toEqual([["weight", [4, 3, 2, 3]]]);
  });
});

describe("what a layer refuses", () => {
  it.each([
    ["dense on images", dense(3), [2, 3, 4, 4], "dense: x must be [N, features], got f32[2,3,4,4]"],
    ["conv on points", conv2d(3, { kernel: 3 }), [2, 3], "conv: x must be [N, C, H, W], got f32[2,3]"],
    ["transposed conv on points", conv2dTranspose(3, { kernel: 3 }), [2, 3], "convTranspose: x must be [N, C, H, W]"],
    ["batch norm without channels", batchNorm(), [4], "batchNorm: x needs a channel axis"],
    ["layer norm without channels", layerNorm(), [4], "layerNorm: x needs a channel axis"],
  ] as const)("%s", (_, layer, shape, message) => {
    expect(() => outputOf(layer, shape)).toThrow(ShapeError);
    expect(() => outputOf(layer, shape)).toThrow(message);
  });

  it.each([
    ["a kernel of 0", conv2d(3, { kernel: 0 })],
    ["half a stride", conv2d(3, { kernel: 3, stride: 0.5 })],
    ["a negative dilation", conv2d(3, { kernel: 3, dilation: -1 })],
    ["no groups", conv2dTranspose(3, { kernel: 3, groups: 0 })],
  ])("%s", (_, layer) => {
    expect(() => outputOf(layer, [2, 3, 8, 8])).toThrow(ConfigError);
  });

  it.each([
    ["channels that groups do not divide", conv2d(4, { kernel: 3, groups: 2 }), [2, 3, 8, 8]],
    ["filters that groups do not divide", conv2d(3, { kernel: 3, groups: 2 }), [2, 4, 8, 8]],
    ["a kernel larger than the image", conv2d(3, { kernel: 9 }), [2, 3, 8, 8]],
    ["an output padding as large as the stride", conv2dTranspose(3, { kernel: 3, outputPadding: 3 }), [2, 3, 4, 4]],
    ["a reshape of another size", reshape(5, 5), [2, 24]],
  ] as const)("%s", (_, layer, shape) => {
    expect(() => outputOf(layer, shape)).toThrow(ConfigError);
  });

  it("names the place", () => {
    const net = sequential(conv2d(4, { kernel: 3 }), relu(), sequential(conv2d(4, { kernel: 9 })));
    expect(() => outputOf(net, [1, 3, 8, 8])).toThrow("net/sequential1/conv1");
  });
});

describe("sequential", () => {
  it("names parts by kind and number", () => {
    const net = sequential(dense(4), relu(), dense(3), sequential(dense(2), batchNorm()), flatten());
    const { params, buffers } = declareNetwork("net", net, [5, 2]);
    expect(params.map(({ name }) => name)).toEqual([
      "dense1/weight",
      "dense1/bias",
      "dense2/weight",
      "dense2/bias",
      "sequential1/dense1/weight",
      "sequential1/dense1/bias",
      "sequential1/batchNorm1/gain",
      "sequential1/batchNorm1/bias",
    ]);
    expect(buffers).toEqual([
      { name: "sequential1/batchNorm1/mean", shape: [2], initial: 0 },
      { name: "sequential1/batchNorm1/variance", shape: [2], initial: 1 },
    ]);
  });

  it("refuses two parameters of one name", () => {
    const twice: Layer = {
      kind: "twice",
      apply: (x, context) => t.add(dense(2).apply(x, context), dense(2).apply(x, context)),
    };
    expect(() => declareNetwork("net", twice, [5, 2])).toThrow('two parameters of the net are called "weight"');
  });
});

describe("dropout", () => {
  const apply = (rate: number, training: boolean) => {
    const asked: unknown[] = [];
    const { output } = applyNetwork("net", dropout(rate), t.input("x", [4]), {
      training,
      params: new Map(),
      buffers: new Map(),
      random: (name, shape, distribution) => {
        asked.push([name, shape, distribution]);
        return t.input("mask", shape, "u8");
      },
    });
    return { asked, output };
  };

  it("drops what the mask says and makes up for it", () => {
    const { asked, output } = apply(0.75, true);
    expect(asked).toEqual([["mask", [4], { kind: "bernoulli", p: 0.25 }]]);
    const { y } = evaluate(buildGraph({ y: output }), { x: [1, 2, 3, -4], mask: [1, 0, 1, 1] });
    expect([...y!]).toEqual([4, 0, 12, -16]);
  });

  it("does nothing while sampling, or at rate 0", () => {
    for (const { asked, output } of [apply(0.5, false), apply(0, true)]) {
      expect(asked).toEqual([]);
      expect(output.op).toBe("input");
    }
  });

  it.each([-0.1, 1, Number.NaN])("refuses the rate %d", (rate) => {
    expect(() => dropout(rate)).toThrow("dropout: the rate must be at least 0 and below 1");
  });
});

describe("running averages", () => {
  const net = batchNorm({ momentum: 0.75 });
  const run = (training: boolean, x: readonly number[]) => {
    const bind = (names: readonly string[]) => new Map(names.map((name) => [name, t.input(name, [1])]));
    const { output, buffers } = applyNetwork("net", net, t.input("x", [x.length, 1]), {
      training,
      params: bind(["gain", "bias"]),
      buffers: bind(["mean", "variance"]),
      random: () => t.scalar(0),
    });
    const graph = buildGraph({ output, mean: buffers.get("mean")!, variance: buffers.get("variance")! });
    const out = evaluate(graph, { x, gain: [2], bias: [1], mean: [10], variance: [4] });
    return Object.fromEntries(Object.entries(out).map(([name, values]) => [name, [...values]]));
  };

  it("keep three quarters of the old at momentum 0.75, and take the population variance", () => {
    const { mean, variance } = run(true, [1, 3, 5, 7]);
    // Mean 4, variance (9 + 1 + 1 + 9) / 4 = 5.
    expect(mean![0]).toBeCloseTo(0.75 * 10 + 0.25 * 4, 12);
    expect(variance![0]).toBeCloseTo(0.75 * 4 + 0.25 * 5, 12);
  });

  it("are used while sampling, and stay as they are", () => {
    const { output, mean, variance } = run(false, [10, 12, 6, 10]);
    [1, 1 + 2, 1 - 4, 1].forEach((value, i) => {
      expect(output![i]).toBeCloseTo(value, 4);
    });
    expect([mean, variance]).toEqual([[10], [4]]);
  });
});

describe("packing", () => {
  const shapes: readonly Shape[] = [[2, 3], [], [4], [1, 1, 2]];
  const layout = packLayout(shapes.map((shape, i) => ({ name: `p${i}`, shape })));

  it("lays arrays one after another", () => {
    expect(layout.length).toBe(13);
    expect(layout.entries.map(({ offset, size }) => [offset, size])).toEqual([
      [0, 6],
      [6, 1],
      [7, 4],
      [11, 2],
    ]);
  });

  it("unpacks what was packed", () => {
    const values = Array.from({ length: 13 }, (_, i) => i * i);
    const parts: ReadonlyMap<string, Tensor> = unpack(t.input("packed", [13]), layout);
    expect([...parts.values()].map(({ shape }) => shape)).toEqual(shapes);
    const graph = buildGraph({ ...Object.fromEntries(parts), again: pack([...parts.values()]) });
    const out = evaluate(graph, { packed: values });
    expect([...out.again!]).toEqual(values);
    expect([...out.p2!]).toEqual(values.slice(7, 11));
  });
});
