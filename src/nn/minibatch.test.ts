import { describe, expect, it } from "vitest";
import { evaluate } from "../backend/reference/reference.ts";
import { buildGraph } from "../graph/graph.ts";
import * as t from "../graph/tensor.ts";
import { minibatchDiscrimination, minibatchStdDev } from "./minibatch.ts";
import { applyNetwork, type Layer } from "./module.ts";

function run(layer: Layer, shape: readonly number[], x: ArrayLike<number>, params: Record<string, number[]> = {}) {
  const shapes: Record<string, number[]> = { weight: [4, 2], bias: [2] };
  const inputs = new Map(Object.keys(params).map((name) => [name, t.input(name, shapes[name]!)]));
  const bindings = { training: true, params: inputs, buffers: new Map(), random: () => t.scalar(0) };
  const { output } = applyNetwork("net", layer, t.input("x", shape), bindings);
  return { shape: output.shape, values: [...evaluate(buildGraph({ output }), { x, ...params }).output!] };
}

describe("minibatchStdDev", () => {
  it("appends the spread of each interleaved group", () => {
    // Samples 0 and 2 form a group, 1 and 3 the other; one channel of one pixel.
    const { shape, values } = run(minibatchStdDev(2), [4, 1, 1, 1], [1, 10, 5, 10]);
    expect(shape).toEqual([4, 2, 1, 1]);
    const spread = [0, 1, 2, 3].map((n) => values[2 * n + 1]!);
    expect(spread[0]).toBeCloseTo(2, 6);
    expect(spread[2]).toBeCloseTo(2, 6);
    // Equal samples: the root of the 1e-8 that keeps it differentiable.
    expect(spread[1]).toBeCloseTo(1e-4, 9);
    expect(spread[3]).toBeCloseTo(1e-4, 9);
    expect([0, 1, 2, 3].map((n) => values[2 * n])).toEqual([1, 10, 5, 10]);
  });

  it("appends a feature to flat samples", () => {
    // Features 0 and 1 of the only group spread by 2 and 1.
    const { shape, values } = run(minibatchStdDev(2), [2, 2], [1, 3, 5, 1]);
    expect(shape).toEqual([2, 3]);
    expect([values[2], values[5]].map((x) => Math.round(x! * 1e6) / 1e6)).toEqual([1.5, 1.5]);
  });

  it("refuses a batch that its groups do not divide", () => {
    expect(() => run(minibatchStdDev(4), [6, 1, 1, 1], new Float64Array(6))).toThrow(/groups of 4.*batch of 6/);
  });
});

describe("minibatchDiscrimination", () => {
  it("counts neighbours by their distance", () => {
    const layer = minibatchDiscrimination({ kernels: 2, dimensions: 2 });
    // Kernel 0 looks at x itself, kernel 1 at nothing.
    const { shape, values } = run(layer, [3, 2], [0, 0, 0, 0, 1, 2], {
      weight: [1, 0, 0, 1, 0, 0, 0, 0],
      bias: [-1, -1],
    });
    expect(shape).toEqual([3, 4]);
    const far = Math.exp(-3);
    const features = [0, 1, 2].map((n) => values.slice(4 * n + 2, 4 * n + 4));
    expect(features[0]![0]).toBeCloseTo(1 + far, 9);
    expect(features[1]![0]).toBeCloseTo(1 + far, 9);
    expect(features[2]![0]).toBeCloseTo(2 * far, 9);
    for (const [, blind] of features) expect(blind).toBeCloseTo(2, 9);
  });
});
