import { describe, expect, it } from "vitest";
import { evaluate } from "../../backend/reference/reference.ts";
import { buildGraph } from "../../graph/graph.ts";
import type { Tensor } from "../../graph/ops.ts";
import * as t from "../../graph/tensor.ts";
import { constantsOnly } from "../../optim/schedule.ts";
import { createFrom } from "../../util/registry.ts";
import { packSamples } from "../game/game.ts";
import { penalties } from "../penalties.ts";
import type { GameView, PlayerName } from "../penalty.ts";

/** D(x) = Σ (i + 1) x_i over the elements of a sample: what is where matters. */
function discriminate(x: Tensor): Tensor {
  const n = x.shape[0]!;
  const flat = t.reshape(x, [n, -1]);
  const weights = Float32Array.from({ length: flat.shape[1]! }, (_, i) => i + 1);
  return t.matmul(flat, t.constant(weights, [weights.length, 1]));
}

function view(real: Tensor, fake: Tensor, packing: number, more: Partial<GameView> = {}): GameView {
  return {
    real,
    fake,
    plainFake: fake,
    packing,
    latent: t.input("latent", [2, 1]),
    realLogits: discriminate(real),
    fakeLogits: discriminate(fake),
    shown: { real: new Map(), fake: new Map(), generator: new Map() },
    condition: undefined,
    discriminate,
    generate: (z) => t.mul(z, 3),
    loss: () => t.scalar(0),
    parameters: () => new Map(),
    random: (name, shape) => t.input(name, shape),
    ...more,
  };
}

function term(choice: { name: string } & Record<string, unknown>, on: GameView, player: PlayerName = "discriminator") {
  const penalty = createFrom("penalty", penalties, choice);
  const result = penalty.term(on, {}, player, constantsOnly);
  return t.mul("op" in result ? result : result.term, penalty.weight as number);
}

const numberOf = (of: Tensor, feeds: Record<string, number[]>): number => evaluate(buildGraph({ of }), feeds).of![0]!;

/** One row of two pixels per image: mirroring exchanges them, and there is no move of an eighth. */
const images = (name: string) => t.input(name, [2, 1, 1, 2]);
// The first image is mirrored (a draw below one half), the second is not. Moves of zero pixels whatever is drawn.
const draws = (side: string, mirror = [0.2, 0.7]) => ({
  [`consistency/${side}/mirror`]: mirror,
  [`consistency/${side}/translation-x`]: [0.1, 0.9],
  [`consistency/${side}/translation-y`]: [0.1, 0.9],
});

describe("consistency", () => {
  it("is the mean squared change of the logits of reals", () => {
    const value = term({ name: "consistency", lambda: 2 }, view(images("real"), images("fake"), 1));
    // D: 3 + 2·5 = 13, mirrored 5 + 2·3 = 11; the second image stays.
    expect(numberOf(value, { real: [3, 5, 7, 9], ...draws("real") })).toBeCloseTo((2 * (2 ** 2 + 0)) / 2, 9);
  });

  it("changes each image of a pack on its own", () => {
    const packed = view(packSamples(images("real"), 2), packSamples(images("fake"), 2), 2);
    const value = term({ name: "consistency", lambda: 1 }, packed);
    // 3 + 10 + 21 + 36 = 70 against 5 + 6 + 21 + 36 = 68.
    expect(numberOf(value, { real: [3, 5, 7, 9], ...draws("real") })).toBeCloseTo(4, 9);
  });

  it("moves points by noise", () => {
    const value = term(
      { name: "consistency", lambda: 1, jitter: 0.5 },
      view(t.input("real", [2, 1]), t.input("fake", [2, 1]), 1),
    );
    expect(numberOf(value, { real: [3, 4], "consistency/real/jitter": [1, -2] })).toBeCloseTo((0.25 + 1) / 2, 9);
  });
});

describe("balanced-consistency", () => {
  it("adds the same on fakes, with weights of their own", () => {
    const choice = { name: "balanced-consistency", lambdaReal: 2, lambdaFake: 3 };
    const value = term(choice, view(images("real"), images("fake"), 1));
    const feeds = { real: [3, 5, 7, 9], fake: [1, 2, 0, 4], ...draws("real"), ...draws("fake", [0.9, 0.3]) };
    // Fakes: the second goes from 8 to 4.
    expect(numberOf(value, feeds)).toBeCloseTo((2 * 4) / 2 + (3 * 16) / 2, 9);
  });
});

describe("latent-consistency", () => {
  const choice = { name: "latent-consistency", lambdaDis: 20, lambdaGen: 0.5, sigma: 0.1 };
  const feeds = { real: [0, 0], fake: [3, 9], latent: [1, 3], "latent-consistency": [2, -1] };
  const points = () => view(t.input("real", [2, 1]), t.input("fake", [2, 1]), 1);

  it("lets the discriminator say the same of neighbours", () => {
    // G(z) = 3 z, so neighbours are 3 σ apart times the noise; D(x) = x.
    const squares = (0.6 ** 2 + 0.3 ** 2) / 2;
    expect(numberOf(term(choice, points()), feeds)).toBeCloseTo(20 * squares, 6);
  });

  it("lets the generator make neighbours differ", () => {
    const squares = (0.6 ** 2 + 0.3 ** 2) / 2;
    expect(numberOf(term(choice, points(), "generator"), feeds)).toBeCloseTo(-0.5 * squares, 6);
  });

  it("asks about fakes as they were made, not as they were shown", () => {
    const shown = t.input("shown", [2, 1]);
    const on = { ...points(), fake: shown, fakeLogits: discriminate(shown) };
    const squares = (0.6 ** 2 + 0.3 ** 2) / 2;
    expect(numberOf(term(choice, on), { ...feeds, shown: [50, 60] })).toBeCloseTo(20 * squares, 6);
  });
});
