/** @file R3GAN's blocks, resampling and two small networks against PyTorch, forward, backward and, for R1, twice backward. */

import { describe, expect, test } from "vitest";
import { grad } from "../../src/autodiff/grad.ts";
import type { Tensor } from "../../src/graph/ops.ts";
import * as t from "../../src/graph/tensor.ts";
import { r3gan } from "../../src/models/r3gan.ts";
import { residualBlock } from "../../src/models/r3gan-blocks.ts";
import { bilinearDownsample, bilinearUpsample } from "../../src/nn/bilinear.ts";
import { applyNetwork, declareNetwork, type Layer } from "../../src/nn/module.ts";
import { engines, expectClose, golden, type NamedOperand, type OperandSpec, operand } from "./golden.ts";

interface LayerCase {
  readonly kind: string;
  readonly x: OperandSpec;
  readonly parameters: readonly NamedOperand[];
  readonly cotangent: OperandSpec;
  readonly output: number[];
  readonly gradients: Readonly<Record<string, number[]>>;
}

interface SlopeCase extends Omit<LayerCase, "kind" | "cotangent" | "output"> {
  readonly logits: number[];
  readonly term: number;
}

const small = r3gan.create(r3gan.options.parse({ latent: 3, base: 4, width: 8, blocks: 1, groupSize: 4 }))({
  kind: "images",
  shape: [1, 8, 8],
});

const layers: Readonly<Record<string, Layer>> = {
  upsample: bilinearUpsample(),
  downsample: bilinearDownsample(),
  residualBlock: residualBlock({ expansion: 2, groupSize: 4, blocks: 2 }),
  generator: small.generator,
};

/** Applies `layer`, having checked that it asks for the parameters that PyTorch was given. */
function applied(layer: Layer, x: OperandSpec, parameters: readonly NamedOperand[]) {
  const declared = declareNetwork(layer.kind, layer, x.shape);
  expect(declared.params.map(({ name, shape }) => [name, [...shape]])).toEqual(
    parameters.map(({ name, operand: { shape } }) => [name, shape]),
  );
  const input = t.input("x", x.shape);
  const params = new Map(parameters.map(({ name, operand: { shape } }) => [name, t.input(name, shape)]));
  const random = () => expect.fail("nothing here is random");
  const { output, shown } = applyNetwork(layer.kind, layer, input, {
    training: true,
    params,
    buffers: new Map(),
    random,
  });
  const feeds = { x: operand(x), ...Object.fromEntries(parameters.map((p) => [p.name, operand(p.operand)])) };
  return { input, params, output, shown, feeds };
}

describe.each(engines)("$name", ({ run, tolerance }) => {
  test.each(golden<LayerCase>("r3gan"))("%s", async (_, { kind, x, parameters, cotangent, output, gradients }) => {
    const at = applied(layers[kind]!, x, parameters);
    const leaves = [["x", at.input], ...at.params] as [string, Tensor][];
    const objective = t.sum(t.mul(t.constant(operand(cotangent), cotangent.shape), at.output));
    const found = grad(
      objective,
      leaves.map(([, leaf]) => leaf),
    );
    const results = await run(
      { output: at.output, ...Object.fromEntries(leaves.map(([name], i) => [`by ${name}`, found[i]!])) },
      at.feeds,
    );
    expectClose(results.output!, output, tolerance, "output");
    for (const [name, gradient] of Object.entries(gradients)) {
      expectClose(results[`by ${name}`]!, gradient, tolerance, `gradient by ${name}`);
    }
  });

  test.each(golden<SlopeCase>("r3gan-slope"))(
    "slope of the %s",
    async (_, { x, parameters, logits, term, gradients }) => {
      const at = applied(small.discriminator, x, parameters);
      const [slope] = grad(t.sum(at.output), [at.input]);
      const penalty = t.mul(t.mean(t.sum(t.square(slope!), [1, 2, 3])), 0.5);
      const found = grad(penalty, [...at.params.values()]);
      const names = [...at.params.keys()];
      const results = await run(
        {
          logits: at.output,
          features: at.shown.get("features")!,
          term: penalty,
          ...Object.fromEntries(names.map((name, i) => [`by ${name}`, found[i]!])),
        },
        at.feeds,
      );
      expectClose(results.logits!, logits, tolerance, "logits");
      expectClose(results.term!, [term], tolerance, "term");
      for (const name of names) expectClose(results[`by ${name}`]!, gradients[name]!, tolerance, `gradient by ${name}`);
      // The logit is the last dense layer on what is shown as features.
      const last = operand(parameters.at(-1)!.operand);
      const again = [0, 1].map((n) => last.reduce((sum, w, i) => sum + w * results.features![n * last.length + i]!, 0));
      expectClose(again, logits, Math.max(tolerance, 1e-6), "logits from features");
    },
  );
});
