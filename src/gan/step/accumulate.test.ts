import { describe, expect, it } from "vitest";
import { evaluate } from "../../backend/reference/reference.ts";
import { sizeOf } from "../../graph/ops.ts";
import { dense } from "../../nn/dense.ts";
import { sequential } from "../../nn/module.ts";
import { batchNorm } from "../../nn/norm.ts";
import { adam } from "../../optim/adam.ts";
import { createFrom } from "../../util/registry.ts";
import { fillNormal, streamKey } from "../../util/rng.ts";
import { createGame } from "../game/create-game.ts";
import type { Game } from "../game/game.ts";
import { gameState } from "../game/game-state.ts";
import type { Updates } from "../game/updates.ts";
import { objectives } from "../objectives.ts";
import { penalties } from "../penalties.ts";
import { type Phase, planStep } from "./phases.ts";
import { traceStep } from "./step.ts";

const B = 4;
const COUNT = 3;

type State = Readonly<Record<string, Float64Array>>;

interface Settings {
  readonly batch: number;
  readonly updates?: Partial<Updates>;
  readonly objective?: string;
  /** Puts batch normalisation into the generator. */
  readonly coupled?: boolean;
}

function gameOf({ batch, updates = {}, objective = "non-saturating", coupled = false }: Settings): Game {
  return createGame({
    sample: { kind: "points", shape: [2] },
    batch,
    latent: 2,
    generator: {
      layer: sequential(dense(3), ...(coupled ? [batchNorm()] : []), dense(2)),
      optimizer: adam({ beta1: 0.5, beta2: 0.9 }),
    },
    discriminator: { layer: sequential(dense(3), dense(1)), optimizer: adam({ beta1: 0.5, beta2: 0.9 }) },
    objective: createFrom("objective", objectives, { name: objective }),
    penalties: {
      r1: createFrom("penalty", penalties, { name: "r1" }),
      "historical-averaging": createFrom("penalty", penalties, { name: "historical-averaging" }),
    },
    updates: { mode: "simultaneous", discriminatorSteps: 1, generatorSteps: 1, ...updates },
    ema: true,
  });
}

function normals(name: string, count: number): Float32Array {
  const out = new Float32Array(count);
  fillNormal(streamKey(1, name), 0, out);
  return out;
}

const initial = (game: Game): State =>
  Object.fromEntries(
    gameState(game).map(({ name, initial }) => [
      name,
      Float64Array.from(
        name === "generator" || name === "discriminator" ? normals(name, initial(0).length) : initial(0),
      ),
    ]),
  );

/** Plays `phases`, each on its own part of one long list of reals and latents. Gives the state after each. */
function play(game: Game, phases: readonly Phase[]): State[] {
  const whole = { real: normals("data", 2 * B * COUNT), latent: normals("latent", 2 * B * COUNT) };
  let state = initial(game);
  let draw = 0;
  return phases.map((phase) => {
    const { graph, randoms, scalars } = traceStep(game, phase);
    expect(randoms.map(({ shape }) => sizeOf(shape))).toEqual([2 * game.batch]);
    const part = (values: Float32Array) => {
      const from = (draw * 2 * game.batch) % values.length;
      return values.subarray(from, from + 2 * game.batch);
    };
    const { metrics: _, ...after } = evaluate(graph, {
      ...state,
      real: part(whole.real),
      "random/latent": part(whole.latent),
      scalars: Float64Array.from(scalars, ({ name }) => (name === "ema/decay" ? 0.5 : 0.01)),
    });
    draw++;
    state = { ...state, ...after };
    return state;
  });
}

const plan = (game: Game) => planStep(game.updates, game.penalties, 0);

/** The largest difference between the arrays that both states have. */
function difference(a: State, b: State): number {
  const names = Object.keys(a).filter((name) => name in b);
  expect(names).toContain("optim/generator/m");
  return Math.max(...names.flatMap((name) => [...a[name]!].map((x, i) => Math.abs(x - b[name]![i]!))));
}

describe("three accumulated batches", () => {
  it.each(["non-saturating", "least-squares", "wasserstein", "hinge", "relativistic"])(
    "make the move of one three times as large, for both players at once: %s",
    (objective) => {
      const many = gameOf({ batch: B, objective, updates: { accumulate: COUNT } });
      const one = gameOf({ batch: B * COUNT, objective });
      const after = play(many, plan(many)).at(-1)!;
      expect(difference(after, play(one, plan(one))[0]!)).toBeLessThan(1e-8);
      expect([...after["accumulate/generator"]!, ...after["accumulate/discriminator"]!].every((x) => x === 0)).toBe(
        true,
      );
    },
  );

  it("make the move of one three times as large, for each player in turn", () => {
    const many = gameOf({ batch: B, updates: { mode: "alternating", accumulate: COUNT } });
    const one = gameOf({ batch: B * COUNT, updates: { mode: "alternating" } });
    const [both] = plan(one);
    const after = play(many, plan(many));
    expect(after).toHaveLength(2 * COUNT);
    // The same, with a batch of each player's own.
    const turns = [
      { generator: false, penalties: ["r1"] },
      { discriminator: false, penalties: ["historical-averaging"] },
    ];
    const wanted = play(
      one,
      turns.map((turn) => ({ ...both!, ...turn })),
    );
    expect(difference(after[COUNT - 1]!, wanted[0]!)).toBeLessThan(1e-8);
    expect(difference(after.at(-1)!, wanted[1]!)).toBeLessThan(1e-8);
  });

  it.each([
    ["losses that compare with the batch's mean", { objective: "relativistic-average" }],
    ["layers that look at the batch", { coupled: true }],
  ])("do not with %s", (_, more) => {
    const many = gameOf({ batch: B, updates: { accumulate: COUNT }, ...more });
    const one = gameOf({ batch: B * COUNT, ...more });
    expect(difference(play(many, plan(many)).at(-1)!, play(one, plan(one))[0]!)).toBeGreaterThan(1e-4);
  });

  it("move nothing but sums and layers' buffers before the last", () => {
    const game = gameOf({ batch: B, coupled: true, updates: { accumulate: COUNT } });
    const [first, , last] = plan(game).map((phase) => Object.keys(traceStep(game, phase).graph.outputs).sort());
    expect(first).toEqual(["accumulate/discriminator", "accumulate/generator", "generator/buffers", "metrics"]);
    expect(last).toEqual([...gameState(game).map(({ name }) => name), "metrics"].sort());
  });
});

describe("one batch for a move", () => {
  it("has the same graph whether or not it is written out", () => {
    const text = (updates: Partial<Updates>) => {
      const game = gameOf({ batch: B, updates });
      const { graph } = traceStep(game, plan(game)[0]!);
      return graph.nodes.map(({ op, shape, inputs }) => [op, shape, inputs.map((x) => graph.nodes.indexOf(x))]);
    };
    expect(text({ accumulate: 1 })).toEqual(text({}));
  });
});
