/**
 * @file Every model at its smallest: shapes, gradients against finite differences, ONNX Runtime against the reference, the same
 * twice, also where the session holds less memory, and the exported generator against the sampler.
 */

import * as runtime from "onnxruntime-node";
import { beforeAll, describe, expect, it } from "vitest";
import type { Backend } from "../../src/backend/backend.ts";
import { findChannelBlock } from "../../src/backend/onnx/channel-block.ts";
import { nodeBackend } from "../../src/backend/onnx/node.ts";
import { onnxBackend } from "../../src/backend/onnx/onnx.ts";
import type { OrtModule } from "../../src/backend/onnx/ort.ts";
import { evaluate } from "../../src/backend/reference/reference.ts";
import { traceSampler } from "../../src/gan/observe/sampler.ts";
import { buildGraph } from "../../src/graph/graph.ts";
import { optimize } from "../../src/passes/pipeline.ts";
import { generatorModel, runOnnxModel } from "../../src/run/sampling/export.ts";
import { seedLatent } from "../../src/run/sampling/sampling.ts";
import { architectures, BATCH, feedsOf, gameOf, PLAIN, programOf, someState } from "./combinations.ts";
import { firstDifference } from "./program.ts";
import { differenceAlong, direction, dot, moveOf, PLAYERS, type Tried, tryStep } from "./slope.ts";

const ort = runtime as unknown as OrtModule;

let backend: Backend;
/** The same, with shapes that the planner cannot see, as in the sessions of large steps. */
let open: Backend;
beforeAll(async () => {
  backend = await nodeBackend({ threads: 1 });
  open = onnxBackend({
    name: "open shapes",
    ort,
    channelBlock: (await findChannelBlock(ort)).block,
    openShapesFrom: 0,
    session: {
      executionProviders: ["cpu"],
      intraOpNumThreads: 1,
      graphOptimizationLevel: "basic",
      logSeverityLevel: 3,
    },
  });
});

/**
 * The step with the power iterations of spectral normalisation run to their end. Its gradient takes the two singular vectors as
 * given, as the paper does, and that is the slope only where they no longer turn.
 */
function settled(step: Tried): Tried {
  const iterates = PLAYERS.filter((player) =>
    step.game[player].buffers.entries.some(({ name }) => /(^|\/)u$/.test(name)),
  ).map((player) => `${player}/buffers`);
  if (iterates.length === 0) return step;
  let { feeds } = step;
  // Only what the iterates are made of: the gradients are most of a step.
  const graph = buildGraph(Object.fromEntries(iterates.map((name) => [name, step.program.graph.outputs[name]!])));
  for (let i = 0; i < 100; i++) feeds = { ...feeds, ...evaluate(graph, feeds) };
  return { ...step, feeds };
}

/**
 * Biases of generators that move whole channels right in front of a batch normalisation, which takes them out again: published
 * networks have them. Those of a block's end count too where nothing but the next block or the last normalisation follows.
 */
const SHIFTS: Readonly<Record<string, RegExp>> = {
  resnet: /^residual\d+\/(main\/(upsampleConv|conv)1|shortcut)\/bias$/,
  // Attention behind the first block feels the end of that one.
  "resnet, spectral and attention": /^(residual\d+\/main\/upsampleConv1|residual2\/(main\/conv1|shortcut))\/bias$/,
  biggan: /^(residual\d+\/main\/upsampleConv1|residual2\/(main\/conv1|shortcut))\/bias$/,
};

describe.each(Object.keys(architectures))("%s", (architecture) => {
  const choices = { ...PLAIN, architecture };
  const game = gameOf(choices);

  it("makes samples of the data's shape, and judges each by one number", () => {
    expect(game.generator.network.output).toEqual([BATCH, ...architectures[architecture]!.sample.shape]);
    expect(game.discriminator.network.output).toEqual([BATCH, 1]);
    expect([...game.discriminator.network.shown.keys()]).toContain("features");
  });

  it("has the slopes of its losses as gradients", () => {
    const step = settled(tryStep(gameOf({ ...choices, optimizer: "sgd", mode: "simultaneous" })));
    for (const player of PLAYERS) {
      const gradient = moveOf(step, player);
      const d = direction(gradient.length, player);
      const [slope, difference] = [dot(gradient, d), differenceAlong(step, player, d, [`loss/${player}`])];
      const size = Math.hypot(...gradient) * Math.hypot(...d);
      expect(size, player).toBeGreaterThan(1e-4);
      expect(Math.abs(slope - difference), `${player}: ${slope}, difference ${difference}`).toBeLessThan(1e-6 * size);
    }
  });

  it("learns with every parameter but the shifts that normalisation takes out", () => {
    const step = tryStep(gameOf({ ...choices, optimizer: "sgd", mode: "simultaneous" }));
    for (const player of PLAYERS) {
      const gradient = moveOf(step, player);
      const { entries } = step.game[player].parameters;
      expect(gradient.every(Number.isFinite), player).toBe(true);
      const idle = entries.filter(({ offset, size }) => {
        const part = gradient.subarray(offset, offset + size);
        // Rounding leaves some 1e-16 of the whole.
        return Math.hypot(...part) < 1e-10 * Math.hypot(...gradient);
      });
      const shifts = entries.filter(({ name }) => player === "generator" && SHIFTS[architecture]?.test(name));
      expect(idle.map(({ name }) => name)).toEqual(shifts.map(({ name }) => name));
    }
  });

  it("is computed by ONNX Runtime as by the reference, and the same twice, from two compilations", async () => {
    const run = async (by: Backend) => {
      const program = programOf(game);
      const executable = await by.compile(optimize(program.graph));
      try {
        return { program, out: await executable.run(feedsOf(game, program, 1e-2)) };
      } finally {
        await executable.release();
      }
    };
    const [first, second] = [await run(backend), await run(open)];
    const expected = evaluate(first.program.graph, feedsOf(game, first.program, 1e-2));
    for (const [name, values] of Object.entries(expected)) {
      expect(second.out[name], name).toEqual(first.out[name]);
      expect(firstDifference(first.out[name]!, values, 1e-4), name).toBeNull();
    }
  });

  it.each(["ema", "raw"] as const)("is exported as what the sampler computes from its %s weights", async (weights) => {
    const state = someState(game);
    const arrays = state.read();
    // The average must not be the weights, or either would do.
    for (const [name, values] of Object.entries(arrays))
      if (name.startsWith("ema/"))
        values.forEach((x, i) => {
          values[i] = x + 0.01 * Math.sin(i);
        });
    const latents = Float32Array.from([0, 1, 2].flatMap((seed) => [...seedLatent(seed, game.latent)]));
    const graph = traceSampler(game, { count: 3, ema: weights === "ema", format: "raw" });
    const names = graph.inputs.map(({ attrs }) => attrs.name).filter((name) => name !== "latent");
    const feeds = Object.fromEntries(names.map((name) => [name, arrays[name]!]));
    const { samples } = evaluate(graph, { ...feeds, latent: latents });

    const bytes = generatorModel({ game, state }, { batch: 3, weights });
    const [found] = await runOnnxModel(bytes, [{ latent: { data: latents, shape: [3, game.latent] } }]);
    expect(firstDifference(found!, samples!, 1e-4)).toBeNull();
  });
});
