import { describe, expect, it } from "vitest";
import { evaluate } from "../../backend/reference/reference.ts";
import { buildGraph } from "../../graph/graph.ts";
import type { Tensor } from "../../graph/ops.ts";
import * as t from "../../graph/tensor.ts";
import { constantsOnly } from "../../optim/schedule.ts";
import { createFrom } from "../../util/registry.ts";
import { penalties } from "../penalties.ts";
import type { GameView } from "../penalty.ts";

/** A game of two numbers: L_D = ψθ − ψ, L_G = −ψθ. */
function view(more: Partial<GameView> = {}): GameView {
  const [theta, psi] = [t.input("theta", []), t.input("psi", [])];
  return {
    real: t.input("real", [2, 1]),
    fake: t.input("fake", [2, 1]),
    plainFake: t.input("fake", [2, 1]),
    packing: 1,
    latent: t.input("latent", [2, 1]),
    realLogits: t.input("r", [2, 1]),
    fakeLogits: t.input("f", [2, 1]),
    shown: { real: new Map(), fake: new Map(), generator: new Map() },
    condition: undefined,
    discriminate: (x) => x,
    generate: (z) => t.mul(z, 3),
    loss: (player) => (player === "generator" ? t.neg(t.mul(psi, theta)) : t.sub(t.mul(psi, theta), psi)),
    parameters: (player) => new Map<string, Tensor>(player === "generator" ? [["theta", theta]] : [["psi", psi]]),
    random: (_, shape) => t.input("noise", shape),
    ...more,
  };
}

/** A penalty's term and slots on `feeds`. */
function compute(choice: { name: string } & Record<string, unknown>, feeds: Record<string, number[]>, on = view()) {
  const penalty = createFrom("penalty", penalties, choice);
  const specs = penalty.slots?.({ generator: 1, discriminator: 1 }) ?? {};
  const slots = Object.fromEntries(Object.entries(specs).map(([name, { shape }]) => [name, t.input(name, shape)]));
  const result = penalty.term(on, slots, penalty.player === "generator" ? "generator" : "discriminator", constantsOnly);
  const { term, slots: after } = "op" in result ? { term: result, slots: {} } : result;
  return evaluate(buildGraph({ term: t.mul(term, penalty.weight as number), ...after }), feeds);
}

describe("lecam", () => {
  it("pulls logits to the other side's moving average, and moves it", () => {
    const out = compute({ name: "lecam", lambda: 0.5, decay: 0.75 }, { r: [2, 4], f: [-1, 0], real: [1], fake: [0.5] });
    const [real, fake] = [0.75 * 1 + 0.25 * 3, 0.75 * 0.5 + 0.25 * -0.5];
    expect(out.real![0]).toBeCloseTo(real, 12);
    expect(out.fake![0]).toBeCloseTo(fake, 12);
    const [a, b] = [((2 - fake) ** 2 + (4 - fake) ** 2) / 2, ((real + 1) ** 2 + real ** 2) / 2];
    expect(out.term![0]).toBeCloseTo(0.5 * (a + b), 12);
  });
});

describe("consensus", () => {
  it("is half the squared length of both gradients", () => {
    const out = compute({ name: "consensus", gamma: 4 }, { theta: [3], psi: [0.5] });
    expect(out.term![0]).toBeCloseTo(2 * (0.5 ** 2 + 2 ** 2), 12);
  });
});

describe("mode-seeking", () => {
  it("is the inverse of how far apart samples are for their latents", () => {
    const out = compute({ name: "mode-seeking", lambda: 2 }, { fake: [3, 9], latent: [1, 3], noise: [2, 5] });
    // G(z) = 3z, so the ratio is 3.
    expect(out.term![0]).toBeCloseTo(2 / (3 + 1e-5), 9);
  });
});

describe("historical-averaging", () => {
  it("measures the way from the mean of all values so far", () => {
    const choice = { name: "historical-averaging", lambda: 0.5 };
    const first = compute(choice, { theta: [3], "generator/mean": [0], "generator/count": [0] });
    expect([first.term![0], first["generator/mean"]![0], first["generator/count"]![0]]).toEqual([0, 3, 1]);
    const second = compute(choice, { theta: [5], "generator/mean": [3], "generator/count": [1] });
    expect([second.term![0], second["generator/mean"]![0], second["generator/count"]![0]]).toEqual([0.5, 4, 2]);
  });
});
