import { describe, expect, it } from "vitest";
import { evaluate } from "../backend/reference/reference.ts";
import { buildGraph } from "../graph/graph.ts";
import * as t from "../graph/tensor.ts";
import { ShapeError } from "../util/errors.ts";
import { streamKey } from "../util/rng.ts";
import { conditionalBatchNorm } from "./conditional-norm.ts";
import { applyNetwork, declareNetwork, type Layer } from "./module.ts";
import { batchNorm } from "./norm.ts";

const params = (layer: Layer, condition?: readonly number[]) =>
  declareNetwork("net", layer, [4, 3, 2, 2], condition).params.map(({ name, shape }) => `${name} [${shape}]`);

describe("batch normalisation of classes", () => {
  it("is the plain layer where nothing is asked", () => {
    const plain = params(batchNorm());
    expect(plain).toEqual(["gain [3]", "bias [3]"]);
    expect(params(batchNorm({ conditional: true }))).toEqual(plain);
    expect(params(batchNorm(), [4, 5])).toEqual(plain);
  });

  it("has a row for each class where one is asked", () => {
    expect(params(batchNorm({ conditional: true }), [4, 5])).toEqual(["gain [5,3]", "bias [5,3]"]);
  });

  it("starts as the plain layer for every class", () => {
    const layer = batchNorm({ conditional: true });
    const starts = declareNetwork("net", layer, [2, 1], [2, 3]).params.map(({ name, init, shape }) => {
      const out = new Float32Array(3);
      init(streamKey(0, name), shape, out);
      return [...out];
    });
    expect(starts).toEqual([
      [1, 1, 1],
      [0, 0, 0],
    ]);
  });
});

describe("batch normalisation by a vector", () => {
  it("is plain normalisation where the vector is zero, whatever the weights", () => {
    const layer = conditionalBatchNorm(t.input("y", [2, 2]), { epsilon: 0 });
    const { output } = applyNetwork("net", layer, t.input("x", [2, 1]), {
      training: true,
      params: new Map(["gain/weight", "bias/weight"].map((name) => [name, t.input(name, [1, 2])])),
      buffers: new Map(["mean", "variance"].map((name) => [name, t.input(name, [1])])),
      random: () => t.scalar(0),
    });
    const graph = buildGraph({ output });
    const weights = { "gain/weight": [3, -1], "bias/weight": [0.5, 4] };
    expect([...evaluate(graph, { x: [1, 5], y: [0, 0, 0, 0], ...weights }).output!]).toEqual([-1, 1]);
    // Second sample: gain 1 + 3 - 2 = 2, bias 0.5 + 8.
    expect([...evaluate(graph, { x: [1, 5], y: [0, 0, 1, 2], ...weights }).output!]).toEqual([-1, 10.5]);
  });

  it("refuses vectors of other samples", () => {
    const layer = conditionalBatchNorm(t.input("y", [3, 2]));
    expect(() => declareNetwork("net", layer, [2, 1])).toThrow(ShapeError);
    expect(() => declareNetwork("net", layer, [2, 1])).toThrow("got f32[2,1] and f32[3,2]");
  });
});
