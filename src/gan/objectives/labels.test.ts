import { describe, expect, it } from "vitest";
import { evaluate } from "../../backend/reference/reference.ts";
import { buildGraph } from "../../graph/graph.ts";
import type { Tensor } from "../../graph/ops.ts";
import * as t from "../../graph/tensor.ts";
import { createFrom } from "../../util/registry.ts";
import type { LossContext } from "../objective.ts";
import { objectives } from "../objectives.ts";

const real = [0.3, -1.2, 2];
const fake = [-0.5, 0.8, -2.5];
/** What is drawn: uniform numbers in [0, 1) for noise, 1 where a label is flipped. */
const drawn = {
  "noise/real": [0.1, 0.5, 0.9],
  "noise/fake": [0.75, 0.25, 0],
  "flip/real": [0, 1, 0],
  "flip/fake": [1, 0, 0],
} as const;

const context: LossContext = {
  random: (name, shape, { kind }) => t.input(name, shape, kind === "bernoulli" ? "u8" : "f32"),
  meanOfFakes: (losses) => t.mean(losses),
  features: () => expect.fail("these losses look at no features"),
};

/** The discriminator's loss under an objective with such options. */
function loss(name: string, options: object): number {
  const objective = createFrom("objective", objectives, { name, ...options });
  const [r, f] = [t.input("r", [3, 1]), t.input("f", [3, 1])];
  const value: Tensor = objective.discriminator(r, f, context);
  return evaluate(buildGraph({ value }), { ...drawn, r: real, f: fake }).value![0]!;
}

const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
const softplus = (x: number) => Math.log1p(Math.exp(x));
const crossEntropy = (logit: number, label: number) => softplus(logit) - label * logit;
const halfSquare = (logit: number, label: number) => 0.5 * (logit - label) ** 2;

describe.each([
  { name: "non-saturating", one: crossEntropy },
  { name: "minimax", one: crossEntropy },
  { name: "least-squares", one: halfSquare },
])("labels of $name", ({ name, one }) => {
  const expected = (ofReal: (i: number) => number, ofFake: (i: number) => number) =>
    mean(real.map((r, i) => one(r, ofReal(i)))) + mean(fake.map((f, i) => one(f, ofFake(i))));

  it("are smoothed on the side of the reals alone", () => {
    const wanted = expected(
      () => 0.9,
      () => 0,
    );
    expect(loss(name, { realLabel: 0.9 })).toBeCloseTo(wanted, 6);
  });

  it("are moved by uniform noise of up to its size, both ways", () => {
    const wanted = expected(
      (i) => 1 + 0.2 * (2 * drawn["noise/real"][i]! - 1),
      (i) => 0.2 * (2 * drawn["noise/fake"][i]! - 1),
    );
    expect(loss(name, { labelNoise: 0.2 })).toBeCloseTo(wanted, 6);
  });

  it("are exchanged between the classes where the draw says so", () => {
    const wanted = expected(
      (i) => (drawn["flip/real"][i] ? 0.1 : 0.9),
      (i) => (drawn["flip/fake"][i] ? 0.9 : 0.1),
    );
    expect(loss(name, { realLabel: 0.9, fakeLabel: 0.1, flip: 0.3 })).toBeCloseTo(wanted, 6);
  });

  it("are flipped first and then moved", () => {
    const wanted = expected(
      (i) => 1 - drawn["flip/real"][i]! + 0.1 * (2 * drawn["noise/real"][i]! - 1),
      (i) => drawn["flip/fake"][i]! + 0.1 * (2 * drawn["noise/fake"][i]! - 1),
    );
    expect(loss(name, { labelNoise: 0.1, flip: 0.2 })).toBeCloseTo(wanted, 6);
  });
});
