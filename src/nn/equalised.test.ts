import { expect, test } from "vitest";
import { evaluate } from "../backend/reference/reference.ts";
import { buildGraph } from "../graph/graph.ts";
import { type Shape, sizeOf } from "../graph/ops.ts";
import * as t from "../graph/tensor.ts";
import { fillNormal, streamKey } from "../util/rng.ts";
import { equalisedConv, equalisedDense } from "./equalised.ts";
import { modulatedConv } from "./modulated.ts";
import { applyNetwork, declareNetwork, type Layer } from "./module.ts";

const normals = (name: string, shape: Shape): Float32Array => {
  const out = new Float32Array(sizeOf(shape));
  fillNormal(streamKey(5, name), 0, out);
  return out;
};
const meanSquare = (values: ArrayLike<number>): number =>
  Array.from(values, (x) => x * x).reduce((a, b) => a + b) / values.length;

/** The layer's result for normal inputs at its initial parameters, and those parameters. */
function started(layer: Layer, shape: Shape) {
  const { params } = declareNetwork("net", layer, shape);
  const values = params.map(({ name, shape, init }) => {
    const out = new Float32Array(sizeOf(shape));
    init(streamKey(1, name), shape, out);
    return [name, t.constant(out, shape), out] as const;
  });
  const { output } = applyNetwork("net", layer, t.constant(normals("x", shape), shape), {
    training: true,
    params: new Map(values.map(([name, tensor]) => [name, tensor])),
    buffers: new Map(),
    random: () => expect.fail("no noise"),
  });
  return { y: evaluate(buildGraph({ output }), {}).output!, weights: values.find(([name]) => name === "weight")![2] };
}

test.each<[string, Layer, Shape, number]>([
  ["a dense layer", equalisedDense(256), [64, 256], 1],
  ["a dense layer that learns slowly", equalisedDense(256, { rate: 0.01 }), [64, 256], 100],
  ["a dense layer with its activation", equalisedDense(256, { activation: "leakyRelu" }), [64, 256], 1],
  ["a convolution", equalisedConv(32, { kernel: 3 }), [4, 32, 16, 16], 1],
  ["a 1x1 convolution", equalisedConv(64, { kernel: 1, activation: "leakyRelu" }), [4, 64, 8, 8], 1],
])("%s keeps the variance from the start, with weights as drawn", (_, layer, shape, spread) => {
  const { y, weights } = started(layer, shape);
  expect(Math.sqrt(meanSquare(weights))).toBeGreaterThan(0.97 * spread);
  expect(Math.sqrt(meanSquare(weights))).toBeLessThan(1.03 * spread);
  // LeakyReLU 0.2 times √2 keeps 1.04 of the mean square; padding with zeros costs the 3x3 filter some.
  expect(meanSquare(y)).toBeGreaterThan(0.8);
  expect(meanSquare(y)).toBeLessThan(1.15);
});

test("the bias starts as it is told", () => {
  const layer = equalisedDense(5, { biasInit: 3 });
  const zero = t.full([2, 4], 0);
  const { output } = applyNetwork("net", layer, zero, {
    training: true,
    params: new Map([
      ["weight", t.full([5, 4], 1)],
      ["bias", t.full([5], 3)],
    ]),
    buffers: new Map(),
    random: () => zero,
  });
  expect([...evaluate(buildGraph({ output }), {}).output!]).toEqual(new Array(10).fill(3));
  const out = new Float32Array(5);
  declareNetwork("net", layer, [2, 4]).params[1]!.init(streamKey(0, "bias"), [5], out);
  expect([...out]).toEqual([3, 3, 3, 3, 3]);
});

test("shapes that do not fit are named", () => {
  expect(() => declareNetwork("net", equalisedDense(2), [1, 2, 3, 3])).toThrow(
    "equalisedDense: x must be [N, features]",
  );
  expect(() => declareNetwork("net", equalisedConv(2, { kernel: 3 }), [1, 2])).toThrow(
    "equalisedConv: x must be [N, C, H, W]",
  );
  const x = t.input("x", [2, 3, 4, 4]);
  expect(() => modulatedConv(x, t.input("style", [2, 3]), t.input("w", [5, 4, 3, 3]))).toThrow(
    "modulatedConv: a filter of 4 channels for x f32[2,3,4,4] and style f32[2,3]",
  );
});
