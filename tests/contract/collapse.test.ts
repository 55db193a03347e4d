/**
 * @file The contract of what acts against collapse, on a tiny game of points and a tiny convolutional one: each part with
 * every objective it may go with, in both ways of moving. A step runs the same way twice and as the reference says, carries
 * what it should, and its gradients are the slopes of its losses.
 */

import { beforeAll, describe, expect, it } from "vitest";
import type { Backend, HostArrays } from "../../src/backend/backend.ts";
import { nodeBackend } from "../../src/backend/onnx/node.ts";
import { evaluate } from "../../src/backend/reference/reference.ts";
import { parseConfig } from "../../src/config/config.ts";
import { gameFromConfig } from "../../src/config/game-from-config.ts";
import type { Game } from "../../src/gan/game/game.ts";
import { gameState } from "../../src/gan/game/game-state.ts";
import { objectives } from "../../src/gan/objectives.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { verifyGraph } from "../../src/graph/verify.ts";
import { models } from "../../src/models/models.ts";
import { declareNetwork } from "../../src/nn/module.ts";
import { optimize } from "../../src/passes/pipeline.ts";
import { createFrom } from "../../src/util/registry.ts";
import { fillNormal, streamKey } from "../../src/util/rng.ts";
import { feedsOf, programOf } from "./combinations.ts";
import { firstDifference } from "./program.ts";

/** Two runs of one compiled graph on the same feeds. */
async function runTwice(backend: Backend, graph: Graph, feeds: HostArrays) {
  const executable = await backend.compile(graph);
  try {
    return [await executable.run(feeds), await executable.run(feeds)] as const;
  } finally {
    await executable.release();
  }
}

const STEP = 1e-7;
const kinds = {
  points: { model: { name: "mlp", latent: 2, width: 4, depth: 1 }, sample: { kind: "points", shape: [2] } },
  images: {
    model: { name: "dcgan", latent: 2, base: 1, norm: "layer" },
    sample: { kind: "images", shape: [1, 16, 16] },
  },
} as const;
type Kind = keyof typeof kinds;

interface Part {
  /** Keys of the config. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Options of the model. */
  readonly model?: object;
  /** Objectives that it is refused with. */
  readonly not?: readonly string[];
  /** The only objectives that it is tried with. */
  readonly only?: readonly string[];
  /** What it adds to the generator's loss. */
  readonly term?: string;
}

/** For parts that change a network alone: the default, and the one that looks at features. */
const SOME = ["non-saturating", "feature-matching"];

const parts: Readonly<Record<string, Part>> = {
  "top-k": { config: { topK: { share: 0.5 } }, not: ["feature-matching"] },
  "top-k on a schedule, in packs": { config: { topK: {}, packing: 2 }, not: ["feature-matching"] },
  replay: { config: { replay: { capacity: 3 } } },
  "replay with top-k, R1 and R2": {
    config: { replay: { capacity: 3, share: 0.3 }, topK: { share: 0.7 }, penalties: "r1,r2" },
    not: ["feature-matching"],
  },
  reconstructor: { config: { reconstructor: {} }, term: "penalty/reconstruction" },
  "reconstructor with noise, in packs": {
    config: { reconstructor: { weight: 0.3, noise: 0.5 }, packing: 2 },
    term: "penalty/reconstruction",
  },
  "reconstructor with top-k, R1 and LeCam": {
    config: { reconstructor: { weight: { from: 1, to: 0.5 } }, topK: {}, penalties: "r1,lecam" },
    not: ["feature-matching"],
    term: "penalty/reconstruction",
  },
  "the minibatch's standard deviation": { config: {}, model: { minibatch: "std" }, only: SOME },
  "the minibatch's standard deviation under R1": {
    config: { penalties: "r1" },
    model: { minibatch: "std" },
    only: SOME,
  },
  "minibatch discrimination": { config: {}, model: { minibatch: "discrimination" }, only: SOME },
};

const cases = (Object.keys(kinds) as Kind[]).flatMap((kind) =>
  Object.entries(parts).flatMap(([name, part]) =>
    Object.keys(objectives)
      .filter((objective) => !part.not?.includes(objective) && (part.only?.includes(objective) ?? true))
      .map((objective) => ({ kind, name, objective })),
  ),
);

function gameOf({ kind, name, objective }: (typeof cases)[number], mode: string, optimizer = "adam"): Game {
  const { config, model } = parts[name]!;
  const full = parseConfig({
    data: { source: "none" },
    model: { ...kinds[kind].model, ...model },
    objective,
    optimizer: { generator: optimizer, discriminator: optimizer },
    updates: { mode },
    batch: 4,
    ...config,
  });
  return gameFromConfig(full, kinds[kind].sample);
}

let backend: Backend;
beforeAll(async () => {
  backend = await nodeBackend({ threads: 1 });
});

describe.each(["alternating", "simultaneous"])("a step, %s", (mode) => {
  it.each(cases)("of $kind with $name and the objective $objective", async (one) => {
    const game = gameOf(one, mode);
    const program = programOf(game);
    const graph = optimize(program.graph);
    verifyGraph(graph);
    // Everything that is carried is written, and nothing else.
    expect(Object.keys(graph.outputs).sort()).toEqual(["metrics", ...gameState(game).map(({ name }) => name)].sort());
    const feeds = feedsOf(game, program, 1e-3);
    const [first, second] = await runTwice(backend, graph, feeds);
    const expected = evaluate(program.graph, feeds);
    program.metrics.forEach((name, i) => {
      expect(Number.isFinite(first.metrics![i]), `${name} is ${first.metrics![i]}`).toBe(true);
    });
    for (const name of Object.keys(graph.outputs)) {
      expect(second[name], name).toEqual(first[name]);
      expect(firstDifference(first[name]!, expected[name]!, 1e-4), name).toBeNull();
      if (name in feeds) expect(first[name], name).not.toEqual(feeds[name]);
    }
  });
});

/** What is measured apart from what is differentiated: LeCam's averages hold still the logits that went into them. */
const isNotASlope = (name: string) => name.includes("LeCam");

describe("the gradient is the slope of the loss", () => {
  it.each(cases.filter(({ name }) => !isNotASlope(name)))("of $kind with $name and $objective", (one) => {
    // Plain descent at rate 1: what a step subtracts is the gradient. Simultaneous: neither moves before the other looks.
    const game = gameOf(one, "simultaneous", "sgd");
    const program = programOf(game);
    const { graph, metrics } = program;
    const feeds: Record<string, ArrayLike<number>> = feedsOf(game, program, 1);
    const out = evaluate(graph, feeds);
    for (const player of ["generator", "discriminator"] as const) {
      const terms = [`loss/${player}`];
      const { term } = parts[one.name]!;
      if (player === "generator" && term !== undefined) terms.push(term);
      if (player === "discriminator") {
        for (const name of metrics) if (/^penalty\/(?!reconstruction)/.test(name)) terms.push(name);
      }
      const start = Float64Array.from(feeds[player]!);
      const gradient = start.map((x, i) => x - out[player]![i]!);
      const direction = new Float32Array(start.length);
      fillNormal(streamKey(2, player), 0, direction);
      // Where reals are judged, the reconstructor's latents are constants to the generator's gradient, not to a difference.
      if (player === "generator" && term !== undefined && /relativistic|feature/.test(one.objective)) {
        for (const { name, offset, size } of game.generator.parameters.entries) {
          if (name.startsWith("reconstructor/")) direction.fill(0, offset, offset + size);
        }
      }
      const lossAt = (step: number) => {
        const moved = start.map((x, i) => x + step * direction[i]!);
        const values = evaluate(graph, { ...feeds, [player]: moved }).metrics!;
        return terms.reduce((sum, name) => sum + values[metrics.indexOf(name)]!, 0);
      };
      const slope = gradient.reduce((sum, g, i) => sum + g * direction[i]!, 0);
      const difference = (lossAt(STEP) - lossAt(-STEP)) / (2 * STEP);
      const size = Math.hypot(...gradient) * Math.hypot(...direction);
      expect(size).toBeGreaterThan(1e-3);
      expect(Math.abs(slope - difference), `slope ${slope}, difference ${difference}`).toBeLessThan(1e-6 * size);
    }
  });
});

describe("encoders", () => {
  it.each(Object.entries(kinds))("of %s give one latent for each sample", (_, { model, sample }) => {
    const { encoder, latent } = createFrom("model", models, model)(sample);
    expect(declareNetwork("encoder", encoder!, [7, ...sample.shape]).output).toEqual([7, latent]);
  });

  it("are refused where a model has none", () => {
    const config = parseConfig({ data: { source: "none" }, model: "tutorial", reconstructor: {} });
    expect(() => gameFromConfig(config, { kind: "images", shape: [3, 32, 32] })).toThrow(
      'reconstructor: model "tutorial" has no network that finds latents',
    );
  });
});
