/**
 * @file Losses, a gradient penalty and optimisers against TensorFlow.js and jax-js, computed here and now with the functions
 * that these libraries offer. Both work in float32; our side is the reference.
 */

import { defaultDevice, init, grad as jaxGrad, nn, numpy as np } from "@jax-js/jax";
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, test } from "vitest";
import { grad } from "../../src/autodiff/grad.ts";
import { evaluate } from "../../src/backend/reference/reference.ts";
import { objectives } from "../../src/gan/objectives.ts";
import { penalties } from "../../src/gan/penalties.ts";
import { buildGraph } from "../../src/graph/graph.ts";
import type { Tensor } from "../../src/graph/ops.ts";
import * as t from "../../src/graph/tensor.ts";
import { optimizers } from "../../src/optim/optimizers.ts";
import { constantsOnly } from "../../src/optim/schedule.ts";
import { createFrom } from "../../src/util/registry.ts";
import { expectClose, operand } from "./golden.ts";

const TOLERANCE = 1e-5;
const N = 7;

beforeAll(async () => {
  await Promise.all([tf.setBackend("cpu"), init("wasm")]);
  defaultDevice("wasm");
});

const logits = (seed: number, scale: number) => operand({ shape: [N, 1], seed, scale, shift: 0 });

/** Our losses on logits, and their gradients. */
function ours(choice: { name: string }, real: Float32Array, fake: Float32Array) {
  const unused = () => expect.fail("plain labels need no noise, and these losses no features");
  const [r, f] = [t.input("r", [N, 1]), t.input("f", [N, 1])];
  const context = { random: unused, features: unused, meanOfFakes: (losses: Tensor) => t.mean(losses) };
  const objective = createFrom("objective", objectives, choice);
  const [d, g] = [objective.discriminator(r, f, context), objective.generator(f, r, context)];
  const [dByReal, dByFake] = grad(d, [r, f]) as [Tensor, Tensor];
  const [gByFake] = grad(g, [f]) as [Tensor];
  return evaluate(buildGraph({ d, g, dByReal, dByFake, gByFake }), { r: real, f: fake });
}

/** The losses of an objective in another library. */
interface Losses<X> {
  readonly discriminator: (real: X, fake: X) => X;
  readonly generator: (fake: X, real: X) => X;
}

const labels = (value: number) => tf.fill([N, 1], value);
const cross = (x: tf.Tensor, label: number) => tf.losses.sigmoidCrossEntropy(labels(label), x) as tf.Tensor;
const squares = (x: tf.Tensor, label: number) => tf.losses.meanSquaredError(labels(label), x) as tf.Tensor;
/** Its labels are 0 and 1. */
const hinge = (x: tf.Tensor, label: number) => tf.losses.hingeLoss(labels(label), x) as tf.Tensor;

const tensorflow: Readonly<Record<string, Losses<tf.Tensor>>> = {
  minimax: {
    discriminator: (r, f) => cross(r, 1).add(cross(f, 0)),
    generator: (f) => cross(f, 0).neg(),
  },
  "non-saturating": { discriminator: (r, f) => cross(r, 1).add(cross(f, 0)), generator: (f) => cross(f, 1) },
  "least-squares": {
    discriminator: (r, f) => squares(r, 1).add(squares(f, 0)).div(2),
    generator: (f) => squares(f, 1).div(2),
  },
  hinge: { discriminator: (r, f) => hinge(r, 1).add(hinge(f, 0)), generator: (f) => f.mean().neg() },
  wasserstein: { discriminator: (r, f) => f.mean().sub(r.mean()), generator: (f) => f.mean().neg() },
  relativistic: { discriminator: (r, f) => cross(r.sub(f), 1), generator: (f, r) => cross(f.sub(r), 1) },
  "relativistic-average": {
    discriminator: (r, f) => cross(r.sub(f.mean()), 1).add(cross(f.sub(r.mean()), 0)),
    generator: (f, r) => cross(f.sub(r.mean()), 1).add(cross(r.sub(f.mean()), 0)),
  },
};

describe("TensorFlow.js", () => {
  describe.each(Object.entries(tensorflow))("%s", (name, { discriminator, generator }) => {
    test.each([3, 30])("logits up to %i", (scale) => {
      const [real, fake] = [logits(1, scale), logits(2, scale)];
      const [r, f] = [tf.tensor2d(real, [N, 1]), tf.tensor2d(fake, [N, 1])];
      const ofD = tf.valueAndGrads((x, y) => discriminator(x!, y!).asScalar())([r, f]);
      const ofG = tf.valueAndGrad((y) => generator(y, r).asScalar())(f);
      const out = ours({ name }, real, fake);
      expectClose(out.d!, ofD.value.dataSync(), TOLERANCE, "loss of the discriminator");
      expectClose(out.g!, ofG.value.dataSync(), TOLERANCE, "loss of the generator");
      expectClose(out.dByReal!, ofD.grads[0]!.dataSync(), TOLERANCE, "its gradient by the real logits");
      expectClose(out.dByFake!, ofD.grads[1]!.dataSync(), TOLERANCE, "its gradient by the fake logits");
      expectClose(out.gByFake!, ofG.grad.dataSync(), TOLERANCE, "the generator's gradient by the fake logits");
    });
  });

  test.each([
    { choice: { name: "sgd" }, theirs: () => tf.train.sgd(0.05) },
    { choice: { name: "sgd", momentum: 0.9 }, theirs: () => tf.train.momentum(0.05, 0.9) },
    { choice: { name: "sgd", momentum: 0.8, nesterov: true }, theirs: () => tf.train.momentum(0.05, 0.8, true) },
    { choice: { name: "adam", beta1: 0.5, beta2: 0.99 }, theirs: () => tf.train.adam(0.05, 0.5, 0.99, 1e-8) },
    { choice: { name: "adam", beta1: 0.9, beta2: 0.999 }, theirs: () => tf.train.adam(0.05, 0.9, 0.999, 1e-8) },
    // Its epsilon is inside the root: both are too small to matter here.
    { choice: { name: "rmsprop", decay: 0.9 }, theirs: () => tf.train.rmsprop(0.05, 0.9, 0, 1e-12) },
  ])("$choice over twenty steps", ({ choice, theirs }) => {
    const length = 6;
    const transform = createFrom("optimizer", optimizers, choice);
    const [parameters, gradient] = [t.input("parameters", [length]), t.input("gradient", [length])];
    const specs = Object.entries(transform.slots(length));
    const slots = Object.fromEntries(specs.map(([name, { shape }]) => [name, t.input(name, shape)]));
    const after = transform.update(gradient, slots, parameters);
    const graph = buildGraph({ ...after.slots, moved: t.sub(parameters, t.mul(after.update, 0.05)) });

    const start = operand({ shape: [length], seed: 50, scale: 1, shift: 0 });
    const variable = tf.variable(tf.tensor1d(start));
    const optimizer = theirs();
    let p = Float64Array.from(start);
    let carried = Object.fromEntries(specs.map(([name, { initial }]) => [name, [initial] as ArrayLike<number>]));
    for (const [name, { shape, initial }] of specs) {
      carried[name] = new Float64Array(shape[0] ?? 1).fill(initial);
    }
    for (let step = 0; step < 20; step++) {
      const noise = operand({ shape: [length], seed: 100 + step, scale: 0.6, shift: 0 });
      // The slope of this loss is the gradient that our side is given.
      optimizer.minimize(() => variable.mul(noise).sum().add(variable.square().sum().mul(0.15)) as tf.Scalar);
      const { moved, ...rest } = evaluate(graph, {
        ...carried,
        parameters: p,
        gradient: p.map((x, i) => noise[i]! + 0.3 * x),
      });
      carried = rest;
      p = Float64Array.from(moved!);
      expectClose(p, variable.dataSync(), TOLERANCE, `parameters after step ${step + 1}`);
    }
  });
});

type JaxArray = ReturnType<typeof np.array>;

/** Means of the functions that jax-js has. It frees what it is given: whatever is used twice is given as `.ref`. */
const sigmoidLoss = (x: JaxArray): JaxArray => nn.logSigmoid(x).mean().neg();

const jax: Readonly<Record<string, Losses<JaxArray>>> = {
  minimax: {
    discriminator: (r, f) => sigmoidLoss(r).add(sigmoidLoss(f.neg())),
    generator: (f) => sigmoidLoss(f.neg()).neg(),
  },
  "non-saturating": { discriminator: (r, f) => sigmoidLoss(r).add(sigmoidLoss(f.neg())), generator: sigmoidLoss },
  hinge: {
    discriminator: (r, f) =>
      nn
        .relu(r.neg().add(1))
        .mean()
        .add(nn.relu(f.add(1)).mean()),
    generator: (f) => f.mean().neg(),
  },
  relativistic: { discriminator: (r, f) => sigmoidLoss(r.sub(f)), generator: (f, r) => sigmoidLoss(f.sub(r)) },
};

describe("jax-js", () => {
  test.each(Object.entries(jax))("%s", async (name, { discriminator, generator }) => {
    const [real, fake] = [logits(1, 3), logits(2, 3)];
    const pair = (): [JaxArray, JaxArray] => [np.array(real).reshape([N, 1]), np.array(fake).reshape([N, 1])];
    const out = ours({ name }, real, fake);
    const flipped = (): [JaxArray, JaxArray] => pair().reverse() as [JaxArray, JaxArray];
    const data = async (x: JaxArray) => (await x.data()) as Float32Array;
    expectClose(out.d!, await data(discriminator(...pair())), TOLERANCE, "loss of the discriminator");
    expectClose(out.g!, await data(generator(...flipped())), TOLERANCE, "loss of the generator");
    const [byReal, byFake] = jaxGrad(discriminator, { argnums: [0, 1] })(...pair());
    expectClose(out.dByReal!, await data(byReal), TOLERANCE, "its gradient by the real logits");
    expectClose(out.dByFake!, await data(byFake), TOLERANCE, "its gradient by the fake logits");
    expectClose(out.gByFake!, await data(jaxGrad(generator)(...flipped())), TOLERANCE, "the generator's gradient");
  });

  test("the gradient of R1 by the weights, a second derivative", async () => {
    // Not 4 wide: there the gradient of jax-js 0.1.25 is not the slope of its own values, by its own finite differences.
    const [points, width, batch] = [2, 3, 5];
    const x0 = operand({ shape: [batch, points], seed: 3, scale: 1, shift: 0 });
    const first = operand({ shape: [points, width], seed: 4, scale: 1, shift: 0 });
    const second = operand({ shape: [width, 1], seed: 5, scale: 1, shift: 0 });

    const judge = (x: JaxArray, a: JaxArray, b: JaxArray) => np.matmul(nn.softplus(np.matmul(x, a)), b);
    const r1 = (a: JaxArray, b: JaxArray): JaxArray => {
      const x = np.array(x0).reshape([batch, points]);
      const slope = jaxGrad((x: JaxArray) => judge(x, a.ref, b.ref).sum())(x);
      return np
        .square(slope)
        .sum()
        .mul(0.5 / batch);
    };
    const theirs = jaxGrad(r1, { argnums: [0, 1] })(
      np.array(first).reshape([points, width]),
      np.array(second).reshape([width, 1]),
    );

    const [x, a, b] = [t.input("x", [batch, points]), t.input("a", [points, width]), t.input("b", [width, 1])];
    const discriminate = (samples: Tensor) => t.matmul(t.softplus(t.matmul(samples, a)), b);
    const none = new Map<string, Tensor>();
    const unused = () => expect.fail("not needed by R1");
    const penalty = createFrom("penalty", penalties, { name: "r1" });
    const term = penalty.term(
      {
        ...{ real: x, fake: x, realLogits: discriminate(x), fakeLogits: discriminate(x), latent: x, discriminate },
        ...{ plainFake: x, packing: 1 },
        ...{ condition: undefined, shown: { real: none, fake: none, generator: none } },
        ...{ loss: unused, generate: unused, parameters: unused, random: unused },
      },
      {},
      "discriminator",
      constantsOnly,
    ) as Tensor;
    const [byFirst, bySecond] = grad(term, [a, b]) as [Tensor, Tensor];
    const out = evaluate(buildGraph({ byFirst, bySecond }), { x: x0, a: first, b: second });
    expectClose(out.byFirst!, (await theirs[0].data()) as Float32Array, TOLERANCE, "gradient by the first weights");
    expectClose(out.bySecond!, (await theirs[1].data()) as Float32Array, TOLERANCE, "gradient by the second weights");
  });
});
