import { describe, expect, it } from "vitest";
import { nodeBackend } from "../../backend/onnx/node.ts";
import { evaluate } from "../../backend/reference/reference.ts";
import * as t from "../../graph/tensor.ts";
import type { Layer } from "../../nn/module.ts";
import { sgd } from "../../optim/sgd.ts";
import { optimize } from "../../passes/pipeline.ts";
import { ConfigError } from "../../util/errors.ts";
import { createFrom } from "../../util/registry.ts";
import { fillUniform, streamKey } from "../../util/rng.ts";
import { objectives } from "../objectives.ts";
import { planStep } from "../step/phases.ts";
import { traceStep } from "../step/step.ts";
import { createGame } from "./create-game.ts";
import type { GameOptions } from "./game.ts";
import { gameState } from "./game-state.ts";

/** Makes a sample [1, 1, 2] or [1] whose every element is the latent times `scale`. */
const echo = (shape: readonly number[]): Layer => ({
  kind: "echo",
  apply: (z, context) => {
    const scaled = t.mul(
      z,
      context.param("scale", [1], (_, __, out) => out.fill(1)),
    );
    const one = [z.shape[0]!, ...shape.map(() => 1)];
    return t.broadcastTo(t.reshape(scaled, one), [z.shape[0]!, ...shape]);
  },
});

/** psi times the mean of a sample. */
const slope: Layer = {
  kind: "slope",
  apply: (x, context) =>
    t.mul(
      t.reshape(t.meanKeep(x, x.shape.map((_, i) => i).slice(1)), [x.shape[0]!, 1]),
      context.param("psi", [1], (_, __, out) => out.fill(1)),
    ),
};

const BATCH = 5;

function gameOf(shape: readonly number[], more: Partial<GameOptions> = {}) {
  return createGame({
    sample: { kind: shape.length === 1 ? "points" : "images", shape },
    batch: BATCH,
    latent: 1,
    generator: { layer: echo(shape), optimizer: sgd() },
    discriminator: { layer: slope, optimizer: sgd() },
    objective: createFrom("objective", objectives, { name: "wasserstein" }),
    penalties: {},
    updates: { mode: "alternating", discriminatorSteps: 1, generatorSteps: 1 },
    ema: false,
    replay: { capacity: 3, share: 0.4 },
    ...more,
  });
}

type Game = ReturnType<typeof gameOf>;

/** Plays `steps` with both learning rates 0, so that fakes are the latents: 10 n to 10 n + 4 in phase n. */
function play(game: Game, steps: number) {
  const size = game.sample.shape.reduce((a, b) => a * b, 1);
  const state = Object.fromEntries(gameState(game).map(({ name, initial }) => [name, initial(0) as ArrayLike<number>]));
  const phases: { n: number; noise: Record<string, Float32Array>; seen: number; own: number; pool: number[][] }[] = [];
  for (let step = 0, n = 0; step < steps; step++) {
    for (const phase of planStep(game.updates, game.penalties, step)) {
      const { graph, randoms, scalars, metrics } = traceStep(game, phase);
      const noise: Record<string, Float32Array> = {};
      for (const { name, shape } of randoms) {
        noise[name] = new Float32Array(shape.reduce((a, b) => a * b, 1));
        if (name === "random/latent") noise[name] = noise[name]!.map((_, i) => 10 * n + i);
        else fillUniform(streamKey(1, name), n, noise[name]!);
      }
      const real = game.sample.kind === "images" ? new Uint8Array(BATCH * size) : new Float32Array(BATCH * size);
      const feeds = { ...state, ...noise, real, scalars: scalars.map(() => 0) };
      const out = evaluate(graph, feeds);
      for (const name of Object.keys(state)) if (out[name] !== undefined) state[name] = out[name];
      const metric = (name: string) => out.metrics![metrics.indexOf(name)]!;
      const slots = Array.from({ length: 3 }, (_, k) =>
        Array.from({ length: 2 }, (_, place) => state["replay/fakes"]![(k * 2 + place) * size]!),
      );
      // The critic is the mean of a sample: its mean over the fakes is what it was shown.
      phases.push({ n, noise, seen: metric("score/fake"), own: -metric("loss/generator"), pool: slots });
      n++;
    }
  }
  return phases;
}

/** What the docstring of `replayFakes` says, in plain loops. */
function expectedOf(phases: ReturnType<typeof play>) {
  const pool = Array.from({ length: 3 }, () => [0, 0]);
  return phases.map(({ n, noise }) => {
    const fakes = Array.from({ length: BATCH }, (_, i) => 10 * n + i);
    const count = Math.min(n, 3);
    const shown = fakes.map((fake, place) =>
      place < 2 && count > 0 ? pool[Math.floor(noise["random/replay/shown"]![place]! * count)]![place]! : fake,
    );
    for (const place of [0, 1]) {
      const slot = n < 3 ? n : Math.floor(noise["random/replay/written"]![place]! * 3);
      pool[slot]![place] = fakes[place]!;
    }
    const mean = (values: number[]) => values.reduce((a, b) => a + b) / BATCH;
    return { n, shown, seen: mean(shown), own: mean(fakes), pool: pool.map((slot) => [...slot]) };
  });
}

describe.each([
  { what: "points", shape: [1] },
  { what: "images", shape: [1, 1, 2] },
])("a replay of $what", ({ shape }) => {
  it.each(["alternating", "simultaneous"] as const)("shows and keeps what it says it does, %s", (mode) => {
    const phases = play(gameOf(shape, { updates: { mode, discriminatorSteps: 1, generatorSteps: 1 } }), 12);
    const expected = expectedOf(phases);
    phases.forEach(({ seen, own, pool }, n) => {
      expect(seen, `phase ${n}`).toBeCloseTo(expected[n]!.seen, 3);
      // The generator is judged by its own fakes, whatever the discriminator was shown.
      expect(own, `phase ${n}`).toBeCloseTo(expected[n]!.own, 3);
      expect(pool, `phase ${n}`).toEqual(expected[n]!.pool);
    });
    // The expectation is no empty one: the first batch is shown as it is, later ones with old fakes, some older than one phase.
    expect(expected[0]!.seen).toBe(expected[0]!.own);
    expect(expected.slice(1).every(({ shown, n }) => shown[0]! < 10 * n && shown[1]! < 10 * n)).toBe(true);
    expect(expected.some(({ shown, n }) => n > 3 && shown[0]! < 10 * (n - 1))).toBe(true);
  });
});

describe("a replay", () => {
  it("rests where the discriminator does not move", () => {
    const game = gameOf([1], { updates: { mode: "alternating", discriminatorSteps: 1, generatorSteps: 3 } });
    const outputs = planStep(game.updates, game.penalties, 0).map((phase) =>
      Object.keys(traceStep(game, phase).graph.outputs).filter((name) => name.startsWith("replay/")),
    );
    expect(outputs).toEqual([["replay/fakes", "replay/count"], [], []]);
  });

  it("never shows an empty slot, whatever is drawn", async () => {
    const game = gameOf([1]);
    const { graph, metrics } = traceStep(game, planStep(game.updates, game.penalties, 0)[0]!);
    // In float32, where products are rounded; `most` is the largest number that is drawn.
    const executable = await (await nodeBackend({ threads: 1 })).compile(optimize(graph));
    for (const count of [1, 2, 3]) {
      const most = 1 - 2 ** -24;
      const feeds = {
        generator: Float32Array.of(1),
        discriminator: Float32Array.of(1),
        real: new Float32Array(BATCH),
        "random/latent": new Float32Array(BATCH),
        "random/replay/shown": Float32Array.of(most, most),
        "random/replay/written": Float32Array.of(most, most),
        "replay/fakes": Float32Array.of(1, 1, 10, 10, 100, 100),
        "replay/count": Float32Array.of(count),
        scalars: Float32Array.of(0, 0),
      };
      const out = await executable.run(feeds);
      expect(out.metrics![metrics.indexOf("score/fake")]).toBeCloseTo((2 * 10 ** (count - 1)) / BATCH, 3);
    }
    await executable.release();
  });

  it.each([
    [{ replay: { capacity: 3, share: 0.05 } }, "replay: a share of 0.05 of 5 fakes is none of them"],
    [{ replay: { capacity: 3, share: 0.95 } }, "replay: a share of 0.95 of 5 fakes is all of them"],
    [{ packing: 5 }, "a pack of old and new fakes"],
    [{ condition: { kind: "labels", classes: 2 } }, "replay: not for a game in which the generator is asked"],
  ] as const)("refuses %j", (more, message) => {
    expect(() => gameOf([1], more)).toThrow(ConfigError);
    expect(() => gameOf([1], more)).toThrow(message);
  });
});
