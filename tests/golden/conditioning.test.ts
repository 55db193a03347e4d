/** @file Conditioning against PyTorch: discriminators that know classes, the losses of heads, conditional batch normalisation. */

import { describe, expect, test } from "vitest";
import { grad } from "../../src/autodiff/grad.ts";
import { type Code, codeHeadSize } from "../../src/gan/conditioning/code.ts";
import { conditionDiscriminator } from "../../src/gan/conditioning/discriminator.ts";
import { classTerm, codeTerm } from "../../src/gan/conditioning/heads.ts";
import type { DiscriminatorWay } from "../../src/gan/conditioning/options.ts";
import type { GameView, Penalty, PlayerName } from "../../src/gan/penalty.ts";
import type { Tensor } from "../../src/graph/ops.ts";
import * as t from "../../src/graph/tensor.ts";
import { leakyRelu } from "../../src/nn/activation.ts";
import { conv2d } from "../../src/nn/conv.ts";
import { dense } from "../../src/nn/dense.ts";
import { showFeatures } from "../../src/nn/features.ts";
import { applyNetwork, declareNetwork, type Layer, sequential } from "../../src/nn/module.ts";
import { batchNorm } from "../../src/nn/norm.ts";
import { flatten } from "../../src/nn/shape.ts";
import { constantsOnly } from "../../src/optim/schedule.ts";
import { engines, expectClose, golden, type NamedOperand, type OperandSpec, operand } from "./golden.ts";

/** One-hot rows. */
function oneHot(labels: readonly number[], classes: number): Float32Array {
  return Float32Array.from({ length: labels.length * classes }, (_, i) =>
    labels[Math.floor(i / classes)] === i % classes ? 1 : 0,
  );
}

const nothing = (): never => {
  throw new Error("not needed");
};

interface DiscriminatorCase {
  readonly kind: keyof typeof bodies;
  readonly way: DiscriminatorWay;
  readonly space: "sum" | "flatten";
  readonly embedding: number;
  readonly classes: number;
  readonly labels: readonly number[];
  readonly x: OperandSpec;
  readonly logits: number[];
  readonly loss: number;
  readonly sample: number[];
  readonly parameters: readonly (NamedOperand & { readonly gradient: number[] })[];
}

const bodies: Readonly<Record<"images" | "points", Layer>> = {
  images: sequential(
    conv2d(3, { kernel: 3, stride: 2, padding: 1 }),
    leakyRelu(0.2),
    showFeatures(),
    flatten(),
    dense(1),
  ),
  points: sequential(dense(6), leakyRelu(0.2), showFeatures(), dense(1)),
};

interface ClassHeadCase {
  readonly player: PlayerName;
  readonly generatorWeight: number;
  readonly classes: number;
  readonly labels: readonly number[];
  readonly real: OperandSpec;
  readonly fake: OperandSpec;
  readonly value: number;
  readonly byReal: number[];
  readonly byFake: number[];
  readonly right: { readonly real: number; readonly fake: number };
}

interface CodeHeadCase {
  readonly code: Code;
  readonly labels: readonly number[];
  readonly shown: OperandSpec;
  readonly continuous: OperandSpec;
  readonly value: number;
  readonly gradient: number[];
}

interface NormCase {
  readonly training: boolean;
  readonly classes: number;
  readonly labels: readonly number[];
  readonly x: OperandSpec;
  readonly gain: OperandSpec;
  readonly bias: OperandSpec;
  readonly running: Readonly<Record<string, OperandSpec>>;
  readonly cotangent: OperandSpec;
  readonly output: number[];
  readonly gradients: Readonly<Record<string, number[]>>;
}

/** What a term sees of a game in which the heads showed `shown`. */
function viewOf(shown: Pick<GameView["shown"], "real" | "fake">, condition: Tensor): GameView {
  const logits = t.scalar(0);
  return {
    real: logits,
    fake: logits,
    plainFake: logits,
    packing: 1,
    realLogits: logits,
    fakeLogits: logits,
    shown: { ...shown, generator: new Map() },
    condition,
    loss: nothing,
    discriminate: nothing,
    generate: nothing,
    latent: logits,
    parameters: nothing,
    random: nothing,
  };
}

function termOf(penalty: Penalty, view: GameView, player: PlayerName) {
  const result = penalty.term(view, {}, player, constantsOnly);
  if ("op" in result) return { term: result, measured: {} };
  return { term: result.term, measured: result.measured ?? {} };
}

describe.each(engines)("$name", ({ run, tolerance }) => {
  describe("a discriminator", () => {
    const cases = golden<DiscriminatorCase>("conditional-discriminators");
    test.each(cases)("%s", async (_, { kind, way, space, embedding, classes, labels, x, parameters, ...wanted }) => {
      const layer = conditionDiscriminator(bodies[kind], way, { embedding, head: { space } });
      const conditionShape = [labels.length, classes];
      const declared = declareNetwork("critic", layer, x.shape, conditionShape);
      const shapes = (list: readonly { name: string; shape: readonly number[] }[]) =>
        Object.fromEntries(list.map(({ name, shape }) => [name, [...shape]]));
      expect(shapes(declared.params)).toEqual(
        shapes(parameters.map(({ name, operand: { shape } }) => ({ name, shape }))),
      );

      const sample = t.input("x", x.shape);
      const params = new Map(parameters.map(({ name, operand: { shape } }) => [name, t.input(name, shape)]));
      const { output } = applyNetwork("critic", layer, sample, {
        training: true,
        condition: t.input("labels", conditionShape),
        params,
        buffers: new Map(),
        random: nothing,
      });
      const loss = t.mean(t.softplus(t.neg(output)));
      const [bySample, ...gradients] = grad(loss, [sample, ...params.values()]);
      const out = await run(
        {
          logits: output,
          loss,
          sample: bySample!,
          ...Object.fromEntries([...params.keys()].map((name, i) => [name, gradients[i]!])),
        },
        {
          x: operand(x),
          labels: oneHot(labels, classes),
          ...Object.fromEntries(parameters.map((p) => [p.name, operand(p.operand)])),
        },
      );
      expectClose(out.logits!, wanted.logits, tolerance, "logits");
      expectClose(out.loss!, [wanted.loss], tolerance, "loss");
      expectClose(out.sample!, wanted.sample, tolerance, "gradient by the sample");
      for (const { name, gradient } of parameters) expectClose(out[name]!, gradient, tolerance, `gradient by ${name}`);
    });
  });

  describe("the term of the class head, as felt by the", () => {
    test.each(golden<ClassHeadCase>("class-heads"))("%s", async (_, { classes, labels, player, ...wanted }) => {
      const [real, fake] = [t.input("real", wanted.real.shape), t.input("fake", wanted.fake.shape)];
      const condition = t.input("labels", [labels.length, classes]);
      const shown = { real: new Map([["classes", real]]), fake: new Map([["classes", fake]]) };
      const penalty = classTerm({ weight: 1, generatorWeight: wanted.generatorWeight });
      const { term, measured } = termOf(penalty, viewOf(shown, condition), player);
      const [byReal, byFake] = grad(term, [real, fake]);
      const out = await run(
        { value: term, byReal: byReal!, byFake: byFake!, ...measured },
        { real: operand(wanted.real), fake: operand(wanted.fake), labels: oneHot(labels, classes) },
      );
      expectClose(out.value!, [wanted.value], tolerance, "value");
      expectClose(out.byReal!, wanted.byReal, tolerance, "gradient by the head on reals");
      expectClose(out.byFake!, wanted.byFake, tolerance, "gradient by the head on fakes");
      expectClose(out["classes/fake"]!, [wanted.right.fake], tolerance, "share of fakes");
      if (player === "discriminator") expectClose(out["classes/real"]!, [wanted.right.real], tolerance, "of reals");
      else expect("classes/real" in out).toBe(false);
    });
  });

  describe("the term of the code", () => {
    test.each(golden<CodeHeadCase>("code-heads"))("%s", async (_, { code, labels, shown, continuous, ...wanted }) => {
      const head = t.input("shown", shown.shape);
      expect(shown.shape[1]).toBe(codeHeadSize(code));
      const parts = [
        ...(code.categories > 0 ? [t.input("category", [labels.length, code.categories])] : []),
        ...(code.continuous > 0 ? [t.input("continuous", continuous.shape)] : []),
      ];
      const view = viewOf({ real: new Map(), fake: new Map([["code", head]]) }, t.concat(parts, 1));
      const values = ["generator", "discriminator"] as const;
      const { term } = termOf(codeTerm(code, 1), view, values[0]);
      const other = termOf(codeTerm(code, 1), view, values[1]).term;
      const [gradient] = grad(term, [head]);
      const out = await run(
        { value: term, other, gradient: gradient! },
        {
          shown: operand(shown),
          ...(code.categories > 0 && { category: oneHot(labels, code.categories) }),
          ...(code.continuous > 0 && { continuous: operand(continuous) }),
        },
      );
      expectClose(out.value!, [wanted.value], tolerance, "value");
      expectClose(out.other!, [wanted.value], tolerance, "value for the discriminator");
      expectClose(out.gradient!, wanted.gradient, tolerance, "gradient by the head");
    });
  });

  describe("conditional batch normalisation", () => {
    test.each(golden<NormCase>("conditional-norms"))("%s", async (_, { training, classes, labels, x, ...rest }) => {
      const layer = batchNorm({ conditional: true });
      const declared = declareNetwork("batchNorm", layer, x.shape, [labels.length, classes]);
      expect(declared.params.map(({ name, shape }) => [name, [...shape]])).toEqual([
        ["gain", rest.gain.shape],
        ["bias", rest.bias.shape],
      ]);
      const leaves = {
        x: t.input("x", x.shape),
        gain: t.input("gain", [classes, 3]),
        bias: t.input("bias", [classes, 3]),
      };
      const constant = (spec: OperandSpec) => t.constant(operand(spec), spec.shape);
      const { output } = applyNetwork("batchNorm", layer, leaves.x, {
        training,
        condition: t.input("labels", [labels.length, classes]),
        params: new Map([
          ["gain", leaves.gain],
          ["bias", leaves.bias],
        ]),
        buffers: new Map(Object.entries(rest.running).map(([name, spec]) => [name, constant(spec)])),
        random: nothing,
      });
      const names = Object.keys(leaves) as (keyof typeof leaves)[];
      const gradients = grad(
        t.sum(t.mul(constant(rest.cotangent), output)),
        names.map((name) => leaves[name]),
      );
      const out = await run(
        { output, ...Object.fromEntries(names.map((name, i) => [`gradient ${name}`, gradients[i]!])) },
        { x: operand(x), gain: operand(rest.gain), bias: operand(rest.bias), labels: oneHot(labels, classes) },
      );
      expectClose(out.output!, rest.output, tolerance, "output");
      for (const name of names) expectClose(out[`gradient ${name}`]!, rest.gradients[name]!, tolerance, name);
    });
  });
});
