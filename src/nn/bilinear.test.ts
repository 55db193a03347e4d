import { describe, expect, it } from "vitest";
import { evaluate } from "../backend/reference/reference.ts";
import { buildGraph } from "../graph/graph.ts";
import * as t from "../graph/tensor.ts";
import { ShapeError } from "../util/errors.ts";
import { bilinearDownsample, bilinearUpsample } from "./bilinear.ts";
import { applyNetwork, declareNetwork, type Layer } from "./module.ts";

function apply(layer: Layer, values: readonly number[], shape: readonly number[]): number[] {
  const x = t.constant(Float32Array.from(values), shape);
  const random = () => expect.fail("nothing here is random");
  const { output } = applyNetwork("x", layer, x, { training: true, params: new Map(), buffers: new Map(), random });
  return [...evaluate(buildGraph({ y: output }), {}).y!];
}

describe("bilinear resampling", () => {
  it("leaves a constant what it is within the edges, where zeros are mixed in", () => {
    const up = apply(bilinearUpsample(), Array(9).fill(8), [1, 1, 3, 3]);
    const line = [0.75, 1, 1, 1, 1, 0.75];
    expect(up).toEqual(line.flatMap((a) => line.map((b) => 8 * a * b)));
    const down = apply(bilinearDownsample(), Array(36).fill(64), [1, 1, 6, 6]);
    const half = [7 / 8, 1, 7 / 8];
    expect(down).toEqual(half.flatMap((a) => half.map((b) => 64 * a * b)));
  });

  it("puts three quarters of the nearer and a quarter of the farther pixel between two", () => {
    const up = apply(bilinearUpsample(), [0, 4, 8, 0, 4, 8, 0, 4, 8], [1, 1, 3, 3]);
    expect(up.slice(12, 18)).toEqual([0, 1, 3, 5, 7, 6]);
  });

  it("keeps channels and samples apart, and unlike sides", () => {
    const shape = [2, 3, 4, 6];
    expect(declareNetwork("x", bilinearUpsample(), shape).output).toEqual([2, 3, 8, 12]);
    expect(declareNetwork("x", bilinearDownsample(), shape).output).toEqual([2, 3, 2, 3]);
    const first = apply(bilinearUpsample(), [...Array(4).fill(0), ...Array(4).fill(1)], [2, 1, 2, 2]).slice(0, 16);
    expect(first).toEqual(Array(16).fill(0));
  });

  it("refuses odd sides and what is no image", () => {
    expect(() => declareNetwork("x", bilinearDownsample(), [1, 1, 4, 5])).toThrow(ShapeError);
    expect(() => declareNetwork("x", bilinearUpsample(), [1, 4])).toThrow("x must be [N, C, H, W]");
  });
});
