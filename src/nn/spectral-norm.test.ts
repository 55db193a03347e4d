import { describe, expect, it } from "vitest";
import { evaluate } from "../backend/reference/reference.ts";
import { buildGraph } from "../graph/graph.ts";
import type { Tensor } from "../graph/ops.ts";
import * as t from "../graph/tensor.ts";
import { conv2d, conv2dTranspose } from "./conv.ts";
import { dense } from "./dense.ts";
import { applyNetwork, declareNetwork, type Layer } from "./module.ts";
import { spectralNorm } from "./spectral-norm.ts";

/** Applies `layer` to `x` and gives what it makes and its new u. */
function apply(layer: Layer, x: Tensor, training: boolean, computed = new Map<string, Tensor>()) {
  const { params, buffers } = declareNetwork("net", layer, x.shape);
  const inputs = (specs: readonly { name: string; shape: readonly number[] }[]) =>
    new Map(specs.map(({ name, shape }) => [name, t.input(name, shape)]));
  const bindings = { training, params: inputs(params), buffers: inputs(buffers), computed, random: () => t.scalar(0) };
  return { ...applyNetwork("net", layer, x, bindings), params, bindings };
}

/** Singular values 3 and 1 by construction: diag(3, 1) turned on both sides. */
const [c, s] = [Math.cos(0.4), Math.sin(0.4)];
const MATRIX = [3 * c, -s, 3 * s, c];

describe("spectral normalisation", () => {
  it("finds the largest singular value by iterating once for each state of the weights", () => {
    const bare: Layer = {
      kind: "w",
      apply: (x, context) =>
        t.mul(
          spectralNorm(
            context.param("w", [2, 2], () => {}),
            context,
          ),
          x,
        ),
    };
    const { output, buffers } = apply(bare, t.scalar(1), true);
    const graph = buildGraph({ output, u: buffers.get("u")! });
    let u: ArrayLike<number> = [Math.SQRT1_2, Math.SQRT1_2];
    const ratios: number[] = [];
    for (let i = 0; i < 8; i++) {
      const out = evaluate(graph, { w: MATRIX, u });
      u = out.u!;
      expect(Math.hypot(...out.u!)).toBeCloseTo(1, 12);
      ratios.push(MATRIX[0]! / out.output![0]!);
    }
    // From below, and nine times nearer at each step.
    for (let i = 1; i < 5; i++) expect(ratios[i]!).toBeGreaterThan(ratios[i - 1]!);
    expect(ratios.at(-1)).toBeCloseTo(3, 9);
  });

  it("leaves u alone while sampling", () => {
    const { output, buffers, bindings } = apply(dense(2, { spectral: true, bias: false }), t.input("x", [1, 2]), false);
    expect(buffers.get("u")).toBe(bindings.buffers.get("u"));
    const out = evaluate(buildGraph({ output }), { x: [1, 0], weight: MATRIX, u: [c, s] });
    expect(out.output![0]).toBeCloseTo(c, 9);
    expect(out.output![1]).toBeCloseTo(s, 9);
  });

  it("iterates once however often the network is applied under the same weights", () => {
    const layer = conv2d(3, { kernel: 3, spectral: true });
    const computed = new Map<string, Tensor>();
    const x = t.input("x", [1, 2, 4, 4]);
    const [first, second] = [apply(layer, x, true, computed), apply(layer, x, true, computed)];
    const weights = (y: Tensor): Tensor => (y.op === "conv" ? y.inputs[1]! : weights(y.inputs[0]!));
    expect(weights(second.output)).toBe(weights(first.output));
  });

  it("takes the output channels of a transposed convolution as rows", () => {
    const { params } = apply(conv2dTranspose(5, { kernel: 2, spectral: true }), t.input("x", [1, 3, 2, 2]), true);
    expect(params.map(({ name }) => name)).toContain("weight");
    const { buffers } = declareNetwork("net", conv2dTranspose(5, { kernel: 2, spectral: true }), [1, 3, 2, 2]);
    expect(buffers).toMatchObject([{ name: "u", shape: [5] }]);
  });
});
