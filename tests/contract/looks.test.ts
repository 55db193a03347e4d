/**
 * @file A look at the players can be taken of every model, under everything that changes what the discriminator is
 * shown.
 */

import { describe, expect, it } from "vitest";
import type { HostArrays } from "../../src/backend/backend.ts";
import { nodeBackend } from "../../src/backend/onnx/node.ts";
import { evaluate } from "../../src/backend/reference/reference.ts";
import { conditionSize, type Game } from "../../src/gan/game/game.ts";
import { FEATURE_COLUMNS, traceLook } from "../../src/gan/observe/look.ts";
import { traceLogits } from "../../src/gan/observe/value.ts";
import { sizeOf } from "../../src/graph/ops.ts";
import { verifyGraph } from "../../src/graph/verify.ts";
import { optimize } from "../../src/passes/pipeline.ts";
import {
  architectures,
  BATCH,
  type Choices,
  EXTRAS,
  expectedRefusal,
  factors,
  feedsOf,
  gameOf,
  HEAVY,
  PLAIN,
  randomReals,
  representatives,
  someLabels,
} from "./combinations.ts";
import { firstDifference } from "./program.ts";

/** What is fed to a look at `game`, and what it is of. */
function lookAt(game: Game, nudge: number) {
  const program = traceLook(game, { heldOut: true, details: { nudge } });
  const labels = someLabels(game);
  const feeds: HostArrays = {
    ...feedsOf(game, { ...program, metrics: [] }, 1e-3),
    heldOut: randomReals(game),
    ...(labels && { heldOutLabels: labels }),
  };
  return { ...program, feeds };
}

/** What must come out, by name and number of rows and columns. */
function expectedShapes(game: Game): Record<string, readonly number[]> {
  const size = sizeOf(game.sample.shape);
  const packs = BATCH / (game.packing ?? 1);
  const sides = ["real", "fake", "held-out"];
  return {
    ...Object.fromEntries(
      [...sides, "nudged", ...(game.ema ? ["average"] : [])].map((x) => [`samples/${x}`, [BATCH, size]]),
    ),
    ...Object.fromEntries(sides.map((side) => [`logits/${side}`, [packs, 1]])),
    "slopes/real": [BATCH],
    "slopes/fake": [BATCH],
    "gradients/generator": [game.generator.parameters.entries.length],
    "gradients/discriminator": [game.discriminator.parameters.entries.length],
  };
}

/** The extras that change what the discriminator is shown or told, or which fakes count. */
const shown = Object.keys(EXTRAS).filter((extra) => !/^(optimizer|updates)/.test(extra));

const cases = representatives.flatMap((architecture) =>
  shown
    .map((extra): Choices => ({ ...PLAIN, architecture, extra }))
    .filter((choices) => expectedRefusal(choices) === undefined)
    // Heavy models are slow in the reference: they meet what changes the shapes of what the discriminator is given.
    .filter(
      ({ extra }) => architectures[architecture]!.cost < HEAVY || /^(packing|conditioning, proj|reconstr)/.test(extra),
    )
    .map((choices) => [`${architecture} with ${choices.extra}`, choices] as const),
);

describe("a look", () => {
  it.each(cases)("at %s", (_, choices) => {
    const game = gameOf(choices);
    const { graph, feeds, scalars, randoms } = lookAt(game, 0.1);
    verifyGraph(graph);
    expect(scalars).toEqual([]);
    const found = evaluate(graph, feeds);
    const expected = expectedShapes(game);
    for (const [name, shape] of Object.entries(expected)) expect(graph.outputs[name]?.shape, name).toEqual(shape);
    for (const side of ["real", "fake", "held-out"]) {
      const [rows, columns] = graph.outputs[`features/${side}`]!.shape;
      expect(rows).toBe(BATCH / (game.packing ?? 1));
      expect(columns).toBeLessThanOrEqual(FEATURE_COLUMNS);
    }
    for (const [name, values] of Object.entries(found)) {
      expect(values.every(Number.isFinite), `${name} is finite`).toBe(true);
    }
    // The held-out reals are the reals here, so the discriminator says the same of both, unless it draws noise
    // (dropout).
    if (!randoms.some(({ name }) => name.startsWith("random/held-out/")))
      expect(found["logits/held-out"]).toEqual(found["logits/real"]);
    expect(found["samples/held-out"]).toEqual(found["samples/real"]);
    // It is moved by little, but moved.
    expect(found["samples/nudged"]).not.toEqual(found["samples/fake"]);
    // Non-saturating: |d/df softplus(-f)| = 1 - sigmoid(f), averaged.
    const logits = Array.from(found["logits/fake"]!);
    const mean = logits.reduce((sum, f) => sum + 1 / (1 + Math.exp(f)), 0) / logits.length;
    expect(found.signal![0]).toBeCloseTo(mean, 5);
  });

  it.each(["nothing", "packing"])("shows what the discriminator says of the samples themselves, with %s", (extra) => {
    const plain = gameOf({ ...PLAIN, extra });
    const disguised = { ...plain, instanceNoise: 0.5 };
    const { graph, feeds } = lookAt(disguised, 0.1);
    const program = traceLogits(plain);
    const logits = evaluate(program.graph, feedsOf(plain, { ...program, metrics: [] }, 1e-3));
    const found = evaluate(graph, feeds);
    expect(found["logits/real"]).toEqual(logits.real);
    expect(found["logits/fake"]).toEqual(logits.fake);
  });

  it("is the same without what is looked at more closely", () => {
    const game = gameOf({ ...PLAIN, architecture: "dcgan, norm batch" });
    const { graph, feeds } = lookAt(game, 0.1);
    const whole = evaluate(graph, feeds);
    const quick = evaluate(traceLook(game, { heldOut: true }).graph, feeds);
    for (const [name, values] of Object.entries(quick)) expect(values, name).toEqual(whole[name]);
    const left = Object.keys(whole).filter((name) => !(name in quick));
    expect(left.sort()).toEqual([
      "gradients/discriminator",
      "gradients/generator",
      "samples/nudged",
      "slopes/fake",
      "slopes/real",
    ]);
  });

  it("finds the fakes again where nothing is added to the latents", () => {
    for (const architecture of ["mlp", "dcgan, norm batch", "stylegan2"]) {
      const { graph, feeds } = lookAt(gameOf({ ...PLAIN, architecture }), 0);
      const found = evaluate(graph, feeds);
      expect(firstDifference(found["samples/nudged"]!, found["samples/fake"]!, 1e-6)).toBeNull();
    }
  });

  it.each(factors.objective)(
    "at players of the objective %s says how strongly the generator is pulled",
    (objective) => {
      const { graph, feeds } = lookAt(gameOf({ ...PLAIN, objective }), 0.1);
      const signal = evaluate(graph, feeds).signal?.[0];
      if (objective === "feature-matching") expect(signal).toBeUndefined();
      else expect(signal).toBeGreaterThan(0);
      if (objective === "wasserstein" || objective === "hinge") expect(signal).toBeCloseTo(1, 6);
    },
  );

  it("has slopes that are those of differences", () => {
    const game = gameOf(PLAIN);
    const { graph, feeds } = lookAt(game, 0.1);
    const step = 1e-4;
    const base = evaluate(graph, feeds);
    const bump = (axis: number) => {
      const real = Float32Array.from(feeds.real as Float32Array, (x, i) => (i % 2 === axis ? x + step : x));
      return evaluate(graph, { ...feeds, real })["logits/real"]!;
    };
    const [x, y] = [bump(0), bump(1)];
    for (let i = 0; i < BATCH; i++) {
      const slope = Math.hypot(x[i]! - base["logits/real"]![i]!, y[i]! - base["logits/real"]![i]!) / step;
      expect(base["slopes/real"]![i]! / slope).toBeCloseTo(1, 1);
    }
  });

  it("is what ONNX Runtime computes too", async () => {
    const backend = await nodeBackend({ threads: 1 });
    for (const extra of ["packing", "conditioning, class head", "reconstructor"]) {
      const game = gameOf({ ...PLAIN, architecture: "dcgan, norm batch", extra });
      const { graph, feeds } = lookAt(game, 0.1);
      const executable = await backend.compile(optimize(graph));
      const found = await executable.run(feeds);
      for (const [name, values] of Object.entries(evaluate(graph, feeds))) {
        expect(firstDifference(found[name]!, values, 1e-3), `${name} with ${extra}`).toBeNull();
      }
      await executable.release();
    }
  });

  it("knows the classes of held-out reals", () => {
    const game = gameOf({ ...PLAIN, extra: "conditioning, projection" });
    const { graph, feeds } = lookAt(game, 0.1);
    const classes = conditionSize(game.condition!);
    const other = Float32Array.from({ length: BATCH * classes }, (_, i) => Number(i % classes === classes - 1));
    const [same, moved] = [evaluate(graph, feeds), evaluate(graph, { ...feeds, heldOutLabels: other })];
    expect(moved["logits/held-out"]).not.toEqual(same["logits/held-out"]);
    expect(moved["logits/real"]).toEqual(same["logits/real"]);
  });
});
