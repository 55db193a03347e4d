/**
 * @file Whole steps of the residual networks, with and without classes: ONNX against the reference, and the gradient against
 * finite differences, through a penalty that differentiates twice.
 */

import { beforeAll, describe, expect, it } from "vitest";
import type { Backend } from "../../src/backend/backend.ts";
import { nodeBackend } from "../../src/backend/onnx/node.ts";
import { evaluate } from "../../src/backend/reference/reference.ts";
import { createGame } from "../../src/gan/game/create-game.ts";
import type { Game } from "../../src/gan/game/game.ts";
import { objectives } from "../../src/gan/objectives.ts";
import { penalties } from "../../src/gan/penalties.ts";
import { buildGraph } from "../../src/graph/graph.ts";
import { type Shape, sizeOf } from "../../src/graph/ops.ts";
import * as t from "../../src/graph/tensor.ts";
import { verifyGraph } from "../../src/graph/verify.ts";
import { models } from "../../src/models/models.ts";
import { applyNetwork } from "../../src/nn/module.ts";
import { sgd } from "../../src/optim/sgd.ts";
import { optimize } from "../../src/passes/pipeline.ts";
import { createFrom } from "../../src/util/registry.ts";
import { fillNormal, streamKey } from "../../src/util/rng.ts";
import { feedsOf, programOf } from "./combinations.ts";
import { firstDifference } from "./program.ts";

const BATCH = 3;
const CLASSES = 3;
/** Half the span of the central differences. */
const STEP = 1e-7;
const sample = { kind: "images", shape: [3, 16, 16] } as const;

interface Choice {
  readonly model: { readonly name: string };
  readonly classes?: number;
}

const tiny = (spectral: "none" | "both") => [
  { name: "resnet", latent: 2, base: 1, attention: 8, spectral },
  { name: "biggan", latent: 6, base: 1, shared: 2, spectral },
];

function gameOf({ model: row, classes }: Choice): Game {
  const model = createFrom("model", models, row)(sample);
  return createGame({
    sample,
    batch: BATCH,
    latent: model.latent,
    generator: { layer: model.generator, optimizer: sgd() },
    discriminator: { layer: model.discriminator, optimizer: sgd() },
    objective: createFrom("objective", objectives, { name: "non-saturating" }),
    penalties: { r1: createFrom("penalty", penalties, { name: "r1" }) },
    // Neither moves before the other looks, so that what plain descent at rate 1 subtracts is the gradient.
    updates: { mode: "simultaneous", discriminatorSteps: 1, generatorSteps: 1 },
    ema: false,
    ...(classes !== undefined && { condition: { kind: "labels", classes } }),
  });
}

/** The traced step and everything that it is fed at learning rate 1. */
function stepOf(game: Game) {
  const program = programOf(game);
  return { program, feeds: feedsOf(game, program, 1) };
}

let backend: Backend;
beforeAll(async () => {
  backend = await nodeBackend({ threads: 1 });
});

describe.each(tiny("both"))("$name, spectrally normalised", (model) => {
  it.each([undefined, CLASSES])("computes a step as the reference does, classes: %s", async (classes) => {
    const { program, feeds } = stepOf(gameOf({ model, ...(classes && { classes }) }));
    expect("labels" in feeds).toBe(classes !== undefined);
    const graph = optimize(program.graph);
    verifyGraph(graph);
    const executable = await backend.compile(graph);
    try {
      const [found, wanted] = [await executable.run(feeds), evaluate(program.graph, feeds)];
      for (const name of Object.keys(graph.outputs)) {
        expect(firstDifference(found[name]!, wanted[name]!, 1e-4), name).toBeNull();
        if (name in feeds) expect(found[name], name).not.toEqual(feeds[name]);
      }
    } finally {
      await executable.release();
    }
  });
});

// Without spectral normalisation, which holds its singular vectors still; the slope of the loss does not.
describe.each(tiny("none"))("$name, told the class", (model) => {
  it("moves against the slope of its loss", () => {
    const { program, feeds } = stepOf(gameOf({ model, classes: CLASSES }));
    const { graph, metrics } = program;
    const out = evaluate(graph, feeds);
    for (const player of ["generator", "discriminator"] as const) {
      const start = Float64Array.from(feeds[player]!);
      const gradient = start.map((x, i) => x - out[player]![i]!);
      const direction = new Float32Array(start.length);
      fillNormal(streamKey(2, player), 0, direction);
      const lossAt = (step: number) => {
        const moved = { ...feeds, [player]: start.map((x, i) => x + step * direction[i]!) };
        const values = evaluate(graph, moved).metrics!;
        const value = (name: string) => values[metrics.indexOf(name)]!;
        return value(`loss/${player}`) + (player === "discriminator" ? value("penalty/r1") : 0);
      };
      const slope = gradient.reduce((sum, g, i) => sum + g * direction[i]!, 0);
      const difference = (lossAt(STEP) - lossAt(-STEP)) / (2 * STEP);
      const size = Math.hypot(...gradient) * Math.hypot(...direction);
      expect(size).toBeGreaterThan(1e-3);
      expect(Math.abs(slope - difference), `slope ${slope}, difference ${difference}`).toBeLessThan(1e-6 * size);
    }
  });
});

describe("the generator of biggan", () => {
  const { generator } = gameOf({ model: tiny("none")[1]!, classes: CLASSES });
  const { params } = generator.network;

  it("tells its normalisations the shared embedding and a piece of the latent vector", () => {
    expect(params[0]).toMatchObject({ name: "embedding/weight", shape: [2, CLASSES] });
    // One piece of two numbers for the first layer; one for each block, beside the embedding's two.
    const told = params.filter(({ name }) => /^dense1\/weight|gain\/weight/.test(name));
    expect(told.map(({ shape }) => shape[1])).toEqual([2, 4, 4, 4, 4]);
  });

  it("has no embedding where no class is asked for", () => {
    const plain = gameOf({ model: tiny("none")[1]! }).generator.network.params;
    const told = plain.filter(({ name }) => /embedding|^dense1\/weight|gain\/weight/.test(name));
    expect(told.map(({ shape }) => shape[1])).toEqual([2, 2, 2, 2, 2]);
  });

  it("makes another image of every other number of the latent vector, and of another class", () => {
    const inputs = (specs: readonly { name: string; shape: Shape }[]) =>
      new Map(specs.map(({ name, shape }) => [name, t.input(name, shape)]));
    const { output } = applyNetwork("generator", generator.layer, t.input("z", [1, 6]), {
      training: false,
      condition: t.input("class", [1, CLASSES]),
      params: inputs(params),
      buffers: inputs(generator.network.buffers),
      random: () => expect.fail("it draws no noise"),
    });
    const graph = buildGraph({ output });
    const arrays: Record<string, ArrayLike<number>> = { z: new Float32Array(6), class: [1, 0, 0] };
    for (const { name, shape } of [...params, ...generator.network.buffers]) {
      const values = new Float32Array(sizeOf(shape));
      fillNormal(streamKey(4, name), 0, values);
      arrays[name] = name.endsWith("variance") ? values.map(Math.abs) : values;
    }
    const draw = (feeds: object) => evaluate(graph, { ...arrays, ...feeds }).output!;
    const usual = draw({});
    for (let i = 0; i < 6; i++) {
      expect(draw({ z: Float32Array.from({ length: 6 }, (_, k) => Number(k === i)) }), `number ${i}`).not.toEqual(
        usual,
      );
    }
    expect(draw({ class: [0, 1, 0] })).not.toEqual(usual);
  });
});
