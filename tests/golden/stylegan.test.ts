/**
 * @file StyleGAN2 against PyTorch: its layers, both networks, path length regularisation and R1 through them. The last two are
 * second derivatives. Modulated convolutions are held to the grouped form with a filter for each sample.
 */

import { describe, expect, test } from "vitest";
import { grad } from "../../src/autodiff/grad.ts";
import { pathLengths } from "../../src/gan/penalties/path-length.ts";
import { penalties } from "../../src/gan/penalties.ts";
import type { GameView } from "../../src/gan/penalty.ts";
import type { Tensor } from "../../src/graph/ops.ts";
import * as t from "../../src/graph/tensor.ts";
import type { Model } from "../../src/models/model.ts";
import { models } from "../../src/models/models.ts";
import { firConvDown, firConvUp, firDownsample, firUpsample } from "../../src/nn/fir.ts";
import { minibatchStdDev } from "../../src/nn/minibatch.ts";
import { modulatedConv } from "../../src/nn/modulated.ts";
import { type Applied, applyNetwork, type Context, declareNetwork, type Layer } from "../../src/nn/module.ts";
import { constantsOnly } from "../../src/optim/schedule.ts";
import { createFrom } from "../../src/util/registry.ts";
import { engines, expectClose, golden, type NamedOperand, type OperandSpec, operand } from "./golden.ts";

interface LayerCase {
  readonly kind: keyof typeof functions;
  readonly options: { readonly up?: boolean; readonly demodulate?: boolean };
  readonly operands: Readonly<Record<string, OperandSpec>>;
  readonly cotangent: OperandSpec;
  readonly output: number[];
  readonly gradients: Readonly<Record<string, number[]>>;
}

interface NetworkCase {
  readonly options: Readonly<Record<string, number>>;
  readonly cotangent: OperandSpec;
  readonly parameters: readonly (NamedOperand & { readonly gradient: number[] })[];
}

interface Term {
  readonly term: number;
  readonly gradients: readonly number[][];
}

interface GeneratorCase extends NetworkCase {
  readonly latent: OperandSpec;
  readonly asked: OperandSpec;
  readonly random: Readonly<Record<string, OperandSpec>>;
  readonly samples: number[];
  readonly styles: number[];
  readonly average: number[];
  readonly pathLength: Term & {
    readonly options: Readonly<Record<string, number>>;
    readonly before: number;
    readonly after: number;
    readonly lengths: number[];
  };
}

interface DiscriminatorCase extends NetworkCase {
  readonly real: OperandSpec;
  readonly logits: number[];
  readonly r1: Term & { readonly gamma: number };
}

const nothing = {} as Context;
const functions = {
  upsample: ([x]: Tensor[]) => firUpsample(x!),
  downsample: ([x]: Tensor[]) => firDownsample(x!),
  convUp: ([x, w]: Tensor[]) => firConvUp(x!, w!),
  convDown: ([x, w]: Tensor[]) => firConvDown(x!, w!),
  minibatchStdDev: ([x]: Tensor[]) => minibatchStdDev().apply(x!, nothing),
  modulatedConv: ([x, style, w]: Tensor[], options: LayerCase["options"]) => modulatedConv(x!, style!, w!, options),
};

const file = Object.fromEntries(golden<unknown>("stylegan"));
const { generator, discriminator, ...layers } = file as {
  generator: GeneratorCase;
  discriminator: DiscriminatorCase;
};

const constant = (spec: OperandSpec): Tensor => t.constant(operand(spec), spec.shape);
const model = ({ options }: NetworkCase): Model =>
  createFrom("model", models, { name: "stylegan2", ...options })({ kind: "images", shape: [2, 8, 8] });
const values = (parameters: NetworkCase["parameters"]) =>
  Object.fromEntries(parameters.map((p) => [p.name, operand(p.operand)]));
const inputs = (parameters: NetworkCase["parameters"]) =>
  new Map(parameters.map(({ name, operand: { shape } }) => [name, t.input(name, shape)]));

/** Gradients of `y` by every parameter, as outputs of a graph. */
function gradientsOf(y: Tensor, params: ReadonlyMap<string, Tensor>, prefix: string): Record<string, Tensor> {
  const gradients = grad(y, [...params.values()]);
  return Object.fromEntries([...params.keys()].map((name, i) => [`${prefix} ${name}`, gradients[i]!]));
}

/** A whole network rounds some hundred constants to float32. */
const SLACK = 5;

describe.each(engines)("$name", ({ run, tolerance }) => {
  test.each(Object.entries(layers) as [string, LayerCase][])(
    "%s",
    async (_, { kind, options, operands, ...wanted }) => {
      const leaves = Object.entries(operands).map(([name, { shape }]) => t.input(name, shape));
      const output = functions[kind](leaves, options);
      expect(output.shape).toEqual(wanted.cotangent.shape);
      const gradients = grad(t.sum(t.mul(constant(wanted.cotangent), output)), leaves);
      const names = Object.keys(operands);
      const out = await run(
        { output, ...Object.fromEntries(names.map((name, i) => [`gradient ${name}`, gradients[i]!])) },
        Object.fromEntries(names.map((name) => [name, operand(operands[name]!)])),
      );
      expectClose(out.output!, wanted.output, tolerance, "output");
      for (const name of names) {
        expectClose(out[`gradient ${name}`]!, wanted.gradients[name]!, tolerance, `gradient by ${name}`);
      }
    },
  );

  /** Declares a network and applies it in training, with everything it asks for as named inputs. */
  function applied(name: string, layer: Layer, x: OperandSpec, asked: OperandSpec | undefined, wanted: NetworkCase) {
    const declared = declareNetwork(name, layer, x.shape, asked?.shape);
    expect(declared.params.map(({ name, shape }) => [name, [...shape]])).toEqual(
      wanted.parameters.map(({ name, operand: { shape } }) => [name, shape]),
    );
    const params = inputs(wanted.parameters);
    const image = t.input("x", x.shape);
    const result: Applied = applyNetwork(name, layer, image, {
      training: true,
      condition: asked && constant(asked),
      params,
      buffers: new Map(declared.buffers.map(({ name, shape }) => [name, t.full(shape, 0)])),
      random: (name, shape) => t.input(`random/${name}`, shape),
    });
    return { params, image, ...result };
  }

  test("the generator: samples, mixed styles, gradients, and path length regularisation", async () => {
    const { latent, asked, random, samples, pathLength, parameters } = generator;
    const layer = model(generator).generator;
    const { params, output, shown, buffers } = applied("generator", layer, latent, asked, generator);
    const seen = t.input("random/path-length", random["path-length"]!.shape);
    const { term } = createFrom("penalty", penalties, { name: "path-length", ...pathLength.options });
    const view: Pick<GameView, "shown" | "random"> = {
      shown: { real: new Map(), fake: new Map(), generator: shown },
      random: () => seen,
    };
    const result = term(view as GameView, { mean: t.scalar(pathLength.before) }, "generator", constantsOnly);
    if ("op" in result) expect.fail("the penalty carries a mean");
    const regulariser = t.mul(result.term, pathLength.options.lambda!);
    const out = await run(
      {
        output,
        styles: shown.get("styles")!,
        average: buffers.get("mapping/average")!,
        term: regulariser,
        after: result.slots.mean!,
        lengths: pathLengths(output, shown.get("styles")!, seen),
        ...gradientsOf(t.sum(t.mul(constant(generator.cotangent), output)), params, "gradient"),
        ...gradientsOf(regulariser, params, "pull"),
      },
      {
        ...values(parameters),
        x: operand(latent),
        ...Object.fromEntries(Object.entries(random).map(([name, spec]) => [`random/${name}`, operand(spec)])),
      },
    );
    const near = (name: string, wanted: number[]) => expectClose(out[name]!, wanted, SLACK * tolerance, name);
    near("output", samples);
    near("styles", generator.styles);
    near("average", generator.average);
    near("lengths", pathLength.lengths);
    near("term", [pathLength.term]);
    near("after", [pathLength.after]);
    parameters.forEach(({ name, gradient }, i) => {
      near(`gradient ${name}`, gradient);
      near(`pull ${name}`, pathLength.gradients[i]!);
    });
  });

  test("the discriminator: logits, gradients, and R1", async () => {
    const { real, logits, parameters, r1 } = discriminator;
    const layer = model(discriminator).discriminator;
    const { params, image, output } = applied("discriminator", layer, real, undefined, discriminator);
    const choice = { name: "r1", gamma: r1.gamma };
    const { term, weight } = createFrom("penalty", penalties, choice);
    const view: Pick<GameView, "real" | "realLogits"> = { real: image, realLogits: output };
    const result = term(view as GameView, {}, "discriminator", constantsOnly);
    const regulariser = t.mul("op" in result ? result : result.term, weight as number);
    const out = await run(
      {
        output,
        term: regulariser,
        ...gradientsOf(t.sum(t.mul(constant(discriminator.cotangent), output)), params, "gradient"),
        ...gradientsOf(regulariser, params, "pull"),
      },
      { ...values(parameters), x: operand(real) },
    );
    const near = (name: string, wanted: number[]) => expectClose(out[name]!, wanted, SLACK * tolerance, name);
    near("output", logits);
    near("term", [r1.term]);
    parameters.forEach(({ name, gradient }, i) => {
      near(`gradient ${name}`, gradient);
      near(`pull ${name}`, r1.gradients[i]!);
    });
  });
});
