/**
 * @file What acts against collapse, against PyTorch: feature matching by features and logits, top-k losses by logits, and
 * whole updates of VEEGAN's three networks.
 */

import { describe, expect, test } from "vitest";
import { grad } from "../../src/autodiff/grad.ts";
import { createGame } from "../../src/gan/game/create-game.ts";
import { withReconstructor } from "../../src/gan/game/reconstructor.ts";
import type { LossContext } from "../../src/gan/objective.ts";
import { objectives } from "../../src/gan/objectives.ts";
import { traceStep } from "../../src/gan/step/step.ts";
import { meanOfBest } from "../../src/gan/step/top-k.ts";
import * as t from "../../src/graph/tensor.ts";
import { tanh } from "../../src/nn/activation.ts";
import { dense } from "../../src/nn/dense.ts";
import { type Layer, sequential } from "../../src/nn/module.ts";
import { sgd } from "../../src/optim/sgd.ts";
import { createFrom } from "../../src/util/registry.ts";
import { engines, expectClose, golden, type NamedOperand, type OperandSpec, operand } from "./golden.ts";

interface FeatureCase {
  readonly kind: "feature-matching";
  readonly options: object;
  readonly real: OperandSpec;
  readonly fake: OperandSpec;
  readonly logits: OperandSpec;
  readonly loss: number;
  readonly byFeatures: number[];
  readonly byLogits: number[];
}

interface TopCase {
  readonly kind: "top-k";
  readonly objective: string;
  readonly share: number;
  readonly real: OperandSpec;
  readonly fake: OperandSpec;
  readonly loss: number;
  readonly byFake: number[];
}

type Who = "generator" | "discriminator";

interface PairCase {
  readonly kind: "veegan";
  readonly objective: string;
  readonly weight: number;
  readonly noise: number;
  readonly sizes: Readonly<Record<"batch" | "latent" | "width" | "point", number>>;
  readonly real: OperandSpec;
  readonly latent: OperandSpec;
  readonly spread: OperandSpec;
  readonly parameters: Readonly<Record<Who, readonly NamedOperand[]>>;
  readonly metrics: Readonly<Record<string, number>>;
  readonly gradients: Readonly<Record<Who, number[]>>;
}

type Case = FeatureCase | TopCase | PairCase;
const cases = <K extends Case["kind"]>(kind: K) =>
  golden<Case>("collapse").filter((one): one is [string, Extract<Case, { kind: K }>] => one[1].kind === kind);

const unused = (): never => {
  throw new Error("not needed by this loss");
};

describe.each(engines)("$name", ({ run, tolerance }) => {
  test.each(cases("feature-matching"))("%s", async (_, { options, loss, byFeatures, byLogits, ...specs }) => {
    const [real, fake] = [t.input("real", specs.real.shape), t.input("fake", specs.fake.shape)];
    const logits = t.input("logits", specs.logits.shape);
    const context: LossContext = {
      random: unused,
      meanOfFakes: (losses) => t.mean(losses),
      features: (side) => (side === "real" ? real : fake),
    };
    const { generator } = createFrom("objective", objectives, { name: "feature-matching", ...options });
    const value = generator(logits, logits, context);
    const [dReal, dFake, dLogits] = grad(value, [real, fake, logits]);
    const out = await run(
      { value, dReal: dReal!, dFake: dFake!, dLogits: dLogits! },
      { real: operand(specs.real), fake: operand(specs.fake), logits: operand(specs.logits) },
    );
    expectClose(out.value!, [loss], tolerance, "the loss");
    expectClose(out.dFake!, byFeatures, tolerance, "gradient by the features of the fakes");
    expectClose(out.dLogits!, byLogits, tolerance, "gradient by the logits");
    expect(Array.from(out.dReal!).every((x) => x === 0)).toBe(true);
  });

  test.each(cases("top-k"))("%s", async (_, { objective, share, loss, byFake, ...specs }) => {
    const [real, fake] = [t.input("real", specs.real.shape), t.input("fake", specs.fake.shape)];
    const context: LossContext = { random: unused, features: unused, meanOfFakes: meanOfBest(fake, share) };
    const value = createFrom("objective", objectives, { name: objective }).generator(fake, real, context);
    const [gradient] = grad(value, [fake]);
    const out = await run({ value, gradient: gradient! }, { real: operand(specs.real), fake: operand(specs.fake) });
    expectClose(out.value!, [loss], tolerance, "the loss");
    expectClose(out.gradient!, byFake, tolerance, "gradient by the fakes' logits");
  });

  test.each(cases("veegan"))("%s", async (_, { objective, weight, noise, sizes, parameters, ...rest }) => {
    const perceptron = (outputs: number): Layer => sequential(dense(sizes.width), tanh(), dense(outputs));
    const game = createGame(
      withReconstructor(
        {
          sample: { kind: "points", shape: [sizes.point] },
          batch: sizes.batch,
          latent: sizes.latent,
          generator: { layer: perceptron(sizes.point), optimizer: sgd() },
          discriminator: { layer: perceptron(1), optimizer: sgd() },
          objective: createFrom("objective", objectives, { name: objective }),
          penalties: {},
          updates: { mode: "simultaneous", discriminatorSteps: 1, generatorSteps: 1 },
          ema: false,
        },
        { encoder: perceptron(sizes.latent), weight, noise },
      ),
    );
    const { graph, metrics } = traceStep(game, {
      discriminator: true,
      generator: true,
      moves: true,
      penalties: Object.keys(game.penalties),
    });
    const start = (who: Who) => {
      expect(game[who].parameters.entries.map(({ name }) => name)).toEqual(parameters[who].map(({ name }) => name));
      return Float32Array.from(parameters[who].flatMap((part) => Array.from(operand(part.operand))));
    };
    const before = { generator: start("generator"), discriminator: start("discriminator") };
    // Plain descent at rate 1: what a step subtracts is the gradient.
    const feeds = {
      ...before,
      real: operand(rest.real),
      "random/latent": operand(rest.latent),
      ...(noise > 0 && { "random/reconstruct/noise": operand(rest.spread) }),
      scalars: Float32Array.of(1, 1),
    };
    const out = await run(graph.outputs, feeds);
    for (const [name, value] of Object.entries(rest.metrics)) {
      expectClose([out.metrics![metrics.indexOf(name)]!], [value], tolerance, name);
    }
    for (const who of ["generator", "discriminator"] as const) {
      const gradient = Array.from(before[who], (x, i) => x - out[who]![i]!);
      expectClose(gradient, rest.gradients[who], tolerance, `gradient of the ${who}`);
    }
  });
});
