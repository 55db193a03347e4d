/** @file Layers against PyTorch: output, gradients by the input and every parameter, and running averages. */

import { describe, expect, test } from "vitest";
import { grad } from "../../src/autodiff/grad.ts";
import type { Tensor } from "../../src/graph/ops.ts";
import * as t from "../../src/graph/tensor.ts";
import * as activation from "../../src/nn/activation.ts";
import { type ConvTransposeOptions, conv2d, conv2dTranspose } from "../../src/nn/conv.ts";
import { dense } from "../../src/nn/dense.ts";
import { applyNetwork, declareNetwork, type Layer } from "../../src/nn/module.ts";
import { type BatchNormOptions, batchNorm, layerNorm } from "../../src/nn/norm.ts";
import { engines, expectClose, golden, type NamedOperand, type OperandSpec, operand } from "./golden.ts";

interface LayerCase {
  readonly kind: keyof typeof build;
  readonly options: unknown;
  readonly x: OperandSpec;
  readonly parameters: readonly NamedOperand[];
  readonly cotangent: OperandSpec;
  readonly output: number[];
  readonly gradients: Readonly<Record<string, number[]>>;
  /** Running averages after one training pass that began at mean 0 and variance 1. */
  readonly buffers?: Readonly<Record<string, number[]>>;
  /** Running averages to sample with. */
  readonly running?: Readonly<Record<string, OperandSpec>>;
}

const build = {
  dense: ({ features }: { features: number }) => dense(features),
  conv: ({ channels, ...options }: ConvTransposeOptions & { channels: number }) => conv2d(channels, options),
  convTranspose: ({ channels, ...options }: ConvTransposeOptions & { channels: number }) =>
    conv2dTranspose(channels, options),
  batchNorm: (options: BatchNormOptions) => batchNorm(options),
  layerNorm: () => layerNorm(),
  relu: () => activation.relu(),
  leakyRelu: () => activation.leakyRelu(0.2),
  tanh: () => activation.tanh(),
  sigmoid: () => activation.sigmoid(),
  softplus: () => activation.softplus(),
};

describe.each(engines)("$name", ({ run, tolerance }) => {
  test.each(golden<LayerCase>("layers"))("%s", async (_, { kind, options, x, parameters, cotangent, ...wanted }) => {
    const layer = (build[kind] as (options: unknown) => Layer)(options);
    const declared = declareNetwork(kind, layer, x.shape);
    expect(declared.params.map(({ name, shape }) => [name, [...shape]])).toEqual(
      parameters.map(({ name, operand: { shape } }) => [name, shape]),
    );
    expect(declared.output).toEqual(cotangent.shape);

    const input = t.input("x", x.shape);
    const params = new Map(parameters.map(({ name, operand: { shape } }) => [name, t.input(name, shape)]));
    const constant = (spec: OperandSpec) => t.constant(operand(spec), spec.shape);
    const { running } = wanted;
    const buffers = new Map(
      declared.buffers.map(({ name, shape, initial }) => [
        name,
        running === undefined ? t.full(shape, initial as number) : constant(running[name]!),
      ]),
    );
    const training = running === undefined;
    const random = () => t.scalar(0);
    const applied = applyNetwork(kind, layer, input, { training, params, buffers, random });
    const leaves = [["x", input], ...params] as [string, Tensor][];
    const gradients = grad(
      t.sum(t.mul(constant(cotangent), applied.output)),
      leaves.map(([, leaf]) => leaf),
    );
    const out = await run(
      {
        output: applied.output,
        ...Object.fromEntries(leaves.map(([name], i) => [`gradient ${name}`, gradients[i]!])),
        ...Object.fromEntries([...applied.buffers].map(([name, value]) => [`buffer ${name}`, value])),
      },
      { x: operand(x), ...Object.fromEntries(parameters.map((p) => [p.name, operand(p.operand)])) },
    );
    expectClose(out.output!, wanted.output, tolerance, "output");
    for (const [name, gradient] of Object.entries(wanted.gradients)) {
      expectClose(out[`gradient ${name}`]!, gradient, tolerance, `gradient by ${name}`);
    }
    expect(Object.keys(wanted.buffers ?? {}).sort()).toEqual(training ? [...buffers.keys()].sort() : []);
    for (const [name, values] of Object.entries(wanted.buffers ?? {})) {
      expectClose(out[`buffer ${name}`]!, values, tolerance, `running ${name}`);
    }
  });
});
