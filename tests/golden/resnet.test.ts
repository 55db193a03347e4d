/** @file The layers of residual networks against PyTorch: output, gradients by the input and every parameter, running averages. */

import { describe, expect, test } from "vitest";
import { grad } from "../../src/autodiff/grad.ts";
import type { Tensor } from "../../src/graph/ops.ts";
import * as t from "../../src/graph/tensor.ts";
import { type DownBlock, downBlock, upBlock, type Weights } from "../../src/models/resnet-blocks.ts";
import { selfAttention } from "../../src/nn/attention.ts";
import { conditionalBatchNorm } from "../../src/nn/conditional-norm.ts";
import { zeros } from "../../src/nn/init.ts";
import { applyNetwork, declareNetwork, type Layer } from "../../src/nn/module.ts";
import { batchNorm } from "../../src/nn/norm.ts";
import { averagePool, maxPool, sumPool, upsampleNearest } from "../../src/nn/resample.ts";
import { conv2dAveragePool, type ResampledConvOptions, upsampleConv2d } from "../../src/nn/resample-conv.ts";
import { engines, expectClose, golden, type NamedOperand, type OperandSpec, operand } from "./golden.ts";

interface LayerCase {
  readonly kind: keyof typeof build;
  readonly options: unknown;
  readonly x: OperandSpec;
  /** What gradients are wanted of beside x. `conditioning` is no parameter of the layer, but what it depends on. */
  readonly parameters: readonly NamedOperand[];
  /** What is asked for: the class of each sample. */
  readonly classes?: number;
  readonly labels?: readonly number[];
  readonly cotangent: OperandSpec;
  readonly output: number[];
  readonly gradients: Readonly<Record<string, number[]>>;
  readonly buffers?: Readonly<Record<string, number[]>>;
  readonly running?: Readonly<Record<string, OperandSpec>>;
}

const weights: Weights = { spectral: false, inner: zeros, outer: zeros };
type Channels = { readonly channels: number };

/** Layers by kind; `conditioning` is there where a case has it. */
const build = {
  upsampleNearest: ({ factor }: { factor?: number }) => upsampleNearest(factor),
  averagePool: ({ factor }: { factor?: number }) => averagePool(factor),
  maxPool: () => maxPool(),
  sumPool: () => sumPool(),
  upsampleConv: ({ channels, ...options }: ResampledConvOptions & Channels) => upsampleConv2d(channels, options),
  convAveragePool: ({ channels, ...options }: ResampledConvOptions & Channels) => conv2dAveragePool(channels, options),
  selfAttention: () => selfAttention(),
  classBatchNorm: () => batchNorm({ conditional: true }),
  conditionalBatchNorm: (_: unknown, conditioning: Tensor) => conditionalBatchNorm(conditioning),
  upBlock: ({ channels }: Channels) => upBlock(channels, batchNorm, weights),
  downBlock: (options: DownBlock) => downBlock(options, weights),
};

function oneHot(labels: readonly number[], classes: number): Tensor {
  const values = new Float32Array(labels.length * classes);
  labels.forEach((label, i) => {
    values[i * classes + label] = 1;
  });
  return t.constant(values, [labels.length, classes]);
}

describe.each(engines)("$name", ({ run, tolerance }) => {
  test.each(golden<LayerCase>("resnet"))("%s", async (_, { kind, options, x, parameters, cotangent, ...wanted }) => {
    const input = t.input("x", x.shape);
    const leaves = new Map(parameters.map(({ name, operand: { shape } }) => [name, t.input(name, shape)]));
    const conditioning = leaves.get("conditioning");
    const layer = (build[kind] as (options: unknown, conditioning?: Tensor) => Layer)(options, conditioning);
    const condition = wanted.labels && oneHot(wanted.labels, wanted.classes!);

    const declared = declareNetwork(kind, layer, x.shape, condition?.shape);
    const own = parameters.filter(({ name }) => name !== "conditioning");
    expect(declared.params.map(({ name, shape }) => [name, [...shape]])).toEqual(
      own.map(({ name, operand: { shape } }) => [name, shape]),
    );
    expect(declared.output).toEqual(cotangent.shape);

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
    const applied = applyNetwork(kind, layer, input, { training, condition, params: leaves, buffers, random });
    const all = [["x", input], ...leaves] as [string, Tensor][];
    const gradients = grad(
      t.sum(t.mul(constant(cotangent), applied.output)),
      all.map(([, leaf]) => leaf),
    );
    const out = await run(
      {
        output: applied.output,
        ...Object.fromEntries(all.map(([name], i) => [`gradient ${name}`, gradients[i]!])),
        ...Object.fromEntries([...applied.buffers].map(([name, value]) => [`buffer ${name}`, value])),
      },
      { x: operand(x), ...Object.fromEntries(parameters.map((p) => [p.name, operand(p.operand)])) },
    );
    // A bias before a normalisation has no gradient but that of rounding: magnitudes below 1 count as 1.
    const close = (name: string, values: number[]) => expectClose(out[name]!, values, tolerance, name, 1);
    close("output", wanted.output);
    expect(Object.keys(wanted.gradients)).toEqual(all.map(([name]) => name));
    for (const [name, values] of Object.entries(wanted.gradients)) close(`gradient ${name}`, values);
    expect(Object.keys(wanted.buffers ?? {}).length).toBe(training && kind.endsWith("BatchNorm") ? 2 : 0);
    for (const [name, values] of Object.entries(wanted.buffers ?? {})) close(`buffer ${name}`, values);
  });
});
