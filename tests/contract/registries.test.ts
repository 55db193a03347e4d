/**
 * @file The contract of the registries of games: every objective with every penalty, optimiser and way of moving, on a tiny
 * game of points and a tiny convolutional one. A new row is tested by being there.
 */

import { beforeAll, describe, expect, it } from "vitest";
import type { Backend } from "../../src/backend/backend.ts";
import { nodeBackend } from "../../src/backend/onnx/node.ts";
import { evaluate } from "../../src/backend/reference/reference.ts";
import type { Game } from "../../src/gan/game.ts";
import { gameState } from "../../src/gan/game-state.ts";
import { objectives } from "../../src/gan/objectives.ts";
import { penalties } from "../../src/gan/penalties.ts";
import { verifyGraph } from "../../src/graph/verify.ts";
import { optimizers } from "../../src/optim/optimizers.ts";
import { optimize } from "../../src/passes/pipeline.ts";
import { parseConfig } from "../../src/run/config.ts";
import { gameFromConfig } from "../../src/run/game-from-config.ts";
import { PER_SAMPLE_PENALTIES } from "../../src/run/rules/batch.ts";
import { fillNormal, streamKey } from "../../src/util/rng.ts";
import { firstDifference } from "./program.ts";
import { feedsOf, programOf, runTwice } from "./step-feeds.ts";

const BATCH = 3;
/** Half the span of the central differences: float64 allows little, and the kinks of the activations ask for it. */
const STEP = 1e-7;
const kinds = {
  points: { model: { name: "mlp", latent: 2, width: 4, depth: 1 }, sample: { kind: "points", shape: [2] } },
  images: { model: { name: "dcgan", latent: 2, base: 1 }, sample: { kind: "images", shape: [1, 16, 16] } },
} as const;

/** Penalties that need another model, and where they are tested. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "path-length": "it needs a generator that shows its styles; see stylegan.test.ts",
};
const terms = ["none", ...Object.keys(penalties).filter((name) => !(name in ELSEWHERE))];

interface Combination {
  readonly kind: keyof typeof kinds;
  readonly objective: string;
  readonly penalty: string;
  readonly optimizer: string;
  readonly mode: "alternating" | "simultaneous";
}

function gameOf({ kind, objective, penalty, optimizer, mode }: Combination): Game {
  const { model, sample } = kinds[kind];
  // Batch normalisation, the default of dcgan, is refused under these.
  const norm = kind === "images" && PER_SAMPLE_PENALTIES.includes(penalty) ? { norm: "layer" } : {};
  const config = parseConfig({
    data: { source: "none" },
    model: { ...model, ...norm },
    objective,
    penalties: penalty === "none" ? [] : [penalty],
    optimizer: { generator: optimizer, discriminator: optimizer },
    updates: { mode },
    batch: BATCH,
  });
  return gameFromConfig(config, sample);
}

let backend: Backend;
beforeAll(async () => {
  backend = await nodeBackend({ threads: 1 });
});

const games = Object.keys(kinds).flatMap((kind) =>
  Object.keys(optimizers).flatMap((optimizer) =>
    (["alternating", "simultaneous"] as const).map((mode) => ({ kind: kind as keyof typeof kinds, optimizer, mode })),
  ),
);

describe.each(games)("a game of $kind, $mode, by $optimizer", (setting) => {
  describe.each(Object.keys(objectives))("with the objective %s", (objective) => {
    it.each(terms)("and the penalty %s: a step runs, the same way twice and as the reference says", async (penalty) => {
      const game = gameOf({ ...setting, objective, penalty });
      const program = programOf(game);
      verifyGraph(program.graph);
      const graph = optimize(program.graph);
      verifyGraph(graph);
      expect(new Set(program.metrics).size).toBe(program.metrics.length);
      expect(program.metrics.filter((name) => name.startsWith("penalty/"))).toEqual(
        penalty === "none" ? [] : [`penalty/${penalty}`],
      );
      // Everything that is carried is written, and nothing else.
      expect(Object.keys(graph.outputs).sort()).toEqual(["metrics", ...gameState(game).map(({ name }) => name)].sort());

      const feeds = feedsOf(game, program, 1e-3);
      const [first, second] = await runTwice(backend, graph, feeds);
      const expected = evaluate(program.graph, feeds);
      program.metrics.forEach((name, i) => {
        const [found, wanted] = [first.metrics![i]!, expected.metrics![i]!];
        expect(Number.isFinite(found), `${name} is ${found}`).toBe(true);
        expect(firstDifference([found], [wanted], 1e-4), name).toBeNull();
      });
      for (const name of Object.keys(graph.outputs)) {
        expect(second[name], name).toEqual(first[name]);
        expect(firstDifference(first[name]!, expected[name]!, 1e-4), name).toBeNull();
        // A step changes what it carries.
        if (name in feeds) expect(first[name], name).not.toEqual(feeds[name]);
      }
    });
  });
});

/** Penalties whose measured term is not what is differentiated, and what proves them instead. */
const NOT_A_SLOPE: Readonly<Record<string, string>> = {
  lecam: "its moving averages hold still the logits that went into them; see players.test.ts",
  "latent-consistency": "it is another term for each player and measured with the second; see consistency.test.ts",
  consensus: "it is added to both losses and measured with the second; see step.test.ts",
};

describe.each(Object.keys(kinds) as (keyof typeof kinds)[])("the gradient in a game of %s", (kind) => {
  describe.each(Object.keys(objectives))("with the objective %s", (objective) => {
    it.each(terms.filter((name) => !(name in NOT_A_SLOPE)))(
      "and the penalty %s is the slope of the loss",
      (penalty) => {
        // Plain descent at rate 1: what a step subtracts is the gradient. Simultaneous: neither moves before the other looks.
        const game = gameOf({ kind, objective, penalty, optimizer: "sgd", mode: "simultaneous" });
        const program = programOf(game);
        const { graph, metrics } = program;
        const feeds: Record<string, ArrayLike<number>> = feedsOf(game, program, 1);
        const out = evaluate(graph, feeds);
        const target = penalty === "none" ? undefined : game.penalties[penalty]!.player;
        for (const player of ["generator", "discriminator"] as const) {
          const start = Float64Array.from(feeds[player]!);
          const gradient = start.map((x, i) => x - out[player]![i]!);
          const direction = new Float32Array(start.length);
          fillNormal(streamKey(2, player), 0, direction);
          const lossAt = (step: number) => {
            const values = evaluate(graph, { ...feeds, [player]: start.map((x, i) => x + step * direction[i]!) })
              .metrics!;
            const value = (name: string) => values[metrics.indexOf(name)]!;
            return value(`loss/${player}`) + (target === player ? value(`penalty/${penalty}`) : 0);
          };
          const slope = gradient.reduce((sum, g, i) => sum + g * direction[i]!, 0);
          const difference = (lossAt(STEP) - lossAt(-STEP)) / (2 * STEP);
          const size = Math.hypot(...gradient) * Math.hypot(...direction);
          expect(size).toBeGreaterThan(1e-3);
          expect(Math.abs(slope - difference), `slope ${slope}, difference ${difference}`).toBeLessThan(1e-6 * size);
          expect(out.metrics![metrics.indexOf(`gradient/${player}`)]).toBeCloseTo(Math.hypot(...gradient), 6);
        }
      },
    );
  });
});
