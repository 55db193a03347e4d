/** @file Spectral normalisation against torch.nn.utils.spectral_norm: four steps of descent, each with output, gradients and u. */

import { describe, expect, test } from "vitest";
import { grad } from "../../src/autodiff/grad.ts";
import type { Tensor } from "../../src/graph/ops.ts";
import * as t from "../../src/graph/tensor.ts";
import { type ConvTransposeOptions, conv2d, conv2dTranspose } from "../../src/nn/conv.ts";
import { dense } from "../../src/nn/dense.ts";
import { applyNetwork, declareNetwork, type Layer } from "../../src/nn/module.ts";
import { engines, expectClose, golden, type NamedOperand, type OperandSpec, operand } from "./golden.ts";

interface SpectralCase {
  readonly kind: keyof typeof build;
  readonly options: { readonly features: number } & ConvTransposeOptions & { readonly channels: number };
  readonly lr: number;
  readonly x: OperandSpec;
  readonly parameters: readonly NamedOperand[];
  readonly cotangent: OperandSpec;
  readonly steps: readonly {
    readonly output: number[];
    readonly u: number[];
    readonly gradients: Readonly<Record<"x" | "weight" | "bias", number[]>>;
  }[];
}

type Options = SpectralCase["options"];

const build = {
  dense: ({ features }: Options): Layer => dense(features, { spectral: true }),
  conv: ({ channels, ...options }: Options): Layer => conv2d(channels, { ...options, spectral: true }),
  convTranspose: ({ channels, ...options }: Options): Layer =>
    conv2dTranspose(channels, { ...options, spectral: true }),
};

describe.each(engines)("$name", ({ run, tolerance }) => {
  test.each(golden<SpectralCase>("spectral"))("%s", async (kind, { options, lr, x, parameters, cotangent, steps }) => {
    const layer = build[kind as SpectralCase["kind"]](options);
    const { buffers } = declareNetwork(kind, layer, x.shape);
    expect(buffers.map(({ name }) => name)).toEqual(["u"]);
    const rows = buffers[0]!.shape[0]!;
    const params = new Map(parameters.map(({ name, operand: { shape } }) => [name, t.input(name, shape)]));
    const input = t.input("x", x.shape);
    const applied = applyNetwork(kind, layer, input, {
      training: true,
      params,
      buffers: new Map([["u", t.input("u", [rows])]]),
      computed: new Map<string, Tensor>(),
      random: () => t.scalar(0),
    });
    const loss = t.sum(t.mul(t.constant(operand(cotangent), cotangent.shape), applied.output));
    const leaves = ["x", ...params.keys()];
    const gradients = grad(loss, [input, ...params.values()]);
    const outputs = {
      output: applied.output,
      u: applied.buffers.get("u")!,
      ...Object.fromEntries(leaves.map((name, i) => [`by ${name}`, gradients[i]!])),
    };

    let u = new Float32Array(rows).fill(rows ** -0.5);
    const values = Object.fromEntries(parameters.map((p) => [p.name, operand(p.operand)]));
    for (const [i, expected] of steps.entries()) {
      const out = await run(outputs, { x: operand(x), u, ...values });
      // What is carried is float32, and three steps of it are behind the last one.
      const allowed = Math.max(tolerance, 1e-6);
      expectClose(out.output!, expected.output, allowed, `output of step ${i + 1}`);
      expectClose(out.u!, expected.u, allowed, `u after step ${i + 1}`);
      for (const [name, gradient] of Object.entries(expected.gradients)) {
        expectClose(out[`by ${name}`]!, gradient, allowed, `gradient by ${name} in step ${i + 1}`);
      }
      u = Float32Array.from(out.u!);
      for (const name of params.keys()) {
        values[name] = values[name]!.map((value, k) => value - lr * out[`by ${name}`]![k]!);
      }
    }
  });
});
