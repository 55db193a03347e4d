/** @file Gradient penalties against PyTorch: the term, and its gradient by every weight (a second derivative). */

import { describe, test } from "vitest";
import { grad } from "../../src/autodiff/grad.ts";
import { penalties } from "../../src/gan/penalties.ts";
import type { Tensor } from "../../src/graph/ops.ts";
import * as t from "../../src/graph/tensor.ts";
import { leakyRelu, softplus } from "../../src/nn/activation.ts";
import { conv2d } from "../../src/nn/conv.ts";
import { dense } from "../../src/nn/dense.ts";
import { applyNetwork, type Layer, sequential } from "../../src/nn/module.ts";
import { batchNorm, layerNorm } from "../../src/nn/norm.ts";
import { flatten } from "../../src/nn/shape.ts";
import { constantsOnly } from "../../src/optim/schedule.ts";
import { createFrom } from "../../src/util/registry.ts";
import { engines, expectClose, golden, type NamedOperand, type OperandSpec, operand } from "./golden.ts";

interface PenaltyCase {
  readonly penalty: string;
  readonly options: Readonly<Record<string, number>>;
  readonly norm: "layerNorm" | "batchNorm";
  readonly real: OperandSpec;
  readonly fake: OperandSpec;
  readonly share: OperandSpec;
  readonly value: number;
  readonly parameters: readonly (NamedOperand & { readonly gradient: number[] })[];
}

const critic = (norm: Layer): Layer =>
  sequential(
    conv2d(4, { kernel: 3, stride: 2, padding: 1 }),
    norm,
    leakyRelu(0.2),
    conv2d(3, { kernel: 3, padding: 1 }),
    softplus(),
    flatten(),
    dense(1),
  );

const unused = (): never => {
  throw new Error("not needed by a gradient penalty");
};

describe.each(engines)("$name", ({ run, tolerance }) => {
  test.each(golden<PenaltyCase>("penalties"))("%s", async (_, { penalty, options, norm, parameters, ...rest }) => {
    const [real, fake] = [t.input("real", rest.real.shape), t.input("fake", rest.fake.shape)];
    const params = new Map(parameters.map(({ name, operand: { shape } }) => [name, t.input(name, shape)]));
    const buffers = new Map(["mean", "variance"].map((name) => [`batchNorm1/${name}`, t.full([4], 0)]));
    const layer = critic(norm === "layerNorm" ? layerNorm() : batchNorm());
    const discriminate = (x: Tensor) =>
      applyNetwork("critic", layer, x, { training: true, params, buffers, random: () => t.scalar(0) }).output;
    const { term, weight } = createFrom("penalty", penalties, { name: penalty, ...options });
    const result = term(
      {
        real,
        fake,
        plainFake: fake,
        packing: 1,
        realLogits: discriminate(real),
        fakeLogits: discriminate(fake),
        discriminate,
        shown: { real: new Map(), fake: new Map(), generator: new Map() },
        condition: undefined,
        parameters: () => params,
        random: (_, shape) => t.input("share", shape),
        loss: unused,
        generate: unused,
        latent: t.scalar(0),
      },
      {},
      "discriminator",
      constantsOnly,
    );
    const value = t.mul("op" in result ? result : result.term, weight as number);
    const gradients = grad(value, [...params.values()]);
    const outputs = Object.fromEntries(parameters.map(({ name }, i) => [name, gradients[i]!]));
    const feeds = Object.fromEntries(parameters.map((p) => [p.name, operand(p.operand)]));
    const samples = { real: operand(rest.real), fake: operand(rest.fake), share: operand(rest.share) };
    const out = await run({ value, ...outputs }, { ...feeds, ...samples });
    expectClose(out.value!, [rest.value], tolerance, "the term");
    for (const { name, gradient } of parameters) {
      // Before a batch norm the gradient of a bias is zero but for rounding; the floor is the size of the others.
      expectClose(out[name]!, gradient, tolerance, `gradient by ${name}`, rest.value);
    }
  });
});
