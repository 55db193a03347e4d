/**
 * @file StyleGAN2 in a game: steps with its penalties on both backends, what sampling is made of, exact resume, export, and a
 * tiny training that converges.
 */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Backend } from "../../src/backend/backend.ts";
import { nodeBackend } from "../../src/backend/onnx/node.ts";
import { evaluate } from "../../src/backend/reference/reference.ts";
import { type ConfigInput, parseConfig } from "../../src/config/config.ts";
import { gameFromConfig } from "../../src/config/game-from-config.ts";
import type { ImageDataset } from "../../src/data/dataset.ts";
import type { Game } from "../../src/gan/game/game.ts";
import { gameState } from "../../src/gan/game/game-state.ts";
import { traceSampler } from "../../src/gan/observe/sampler.ts";
import { planStep } from "../../src/gan/step/phases.ts";
import { sizeOf } from "../../src/graph/ops.ts";
import { verifyGraph } from "../../src/graph/verify.ts";
import { optimize } from "../../src/passes/pipeline.ts";
import { exportOnnx } from "../../src/run/sampling/export.ts";
import { drawSeeds } from "../../src/run/sampling/sample-run.ts";
import { loadCheckpoint } from "../../src/run/store/checkpoint.ts";
import { loadRun } from "../../src/run/store/load-run.ts";
import { createRun, type RunPaths } from "../../src/run/store/run-dir.ts";
import { StateStore } from "../../src/run/store/state-store.ts";
import { Executor } from "../../src/run/training/steps/executor.ts";
import { runTraining } from "../../src/run/training/trainer.ts";
import { ConfigError } from "../../src/util/errors.ts";
import { fillNormal, streamKey } from "../../src/util/rng.ts";
import { feedsOf, programOf } from "./combinations.ts";
import { firstDifference } from "./program.ts";

const BATCH = 4;
const tiny = { name: "stylegan2", latent: 3, channelMax: 3, channelBase: 24 };
const sample = { kind: "images", shape: [2, 8, 8] } as const;

const gameOf = (changes: Partial<ConfigInput> = {}): Game =>
  gameFromConfig(parseConfig({ data: { source: "none" }, model: tiny, batch: BATCH, ...changes }), sample);

let backend: Backend;
let root: string;
beforeAll(async () => {
  backend = await nodeBackend({ threads: 1 });
  root = mkdtempSync(join(tmpdir(), "gantry-stylegan-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const settings: Readonly<Record<string, Partial<ConfigInput>>> = {
  "nothing else": {},
  r1: { penalties: ["r1"] },
  "path-length": { penalties: ["path-length"] },
  "r1 and path-length, both moving at once": {
    penalties: ["r1", "path-length"],
    updates: { mode: "simultaneous" },
  },
  "path-length, in packs, with instance noise": {
    penalties: ["path-length"],
    packing: 2,
    instanceNoise: { sigma: 0.5 },
  },
  "path-length, without mixing and noise": {
    penalties: ["path-length"],
    model: { ...tiny, mixing: 0, noise: false },
  },
};

describe.each(Object.entries(settings))("a step of StyleGAN2 with %s", (_, changes) => {
  it("runs, the same way twice and as the reference says", async () => {
    const game = gameOf(changes);
    const program = programOf(game);
    const graph = optimize(program.graph);
    verifyGraph(graph);
    expect(Object.keys(graph.outputs).sort()).toEqual(["metrics", ...gameState(game).map(({ name }) => name)].sort());
    const feeds = feedsOf(game, program, 1e-3);
    const expected = evaluate(program.graph, feeds);
    const executable = await backend.compile(graph);
    const [first, second] = [await executable.run(feeds), await executable.run(feeds)];
    await executable.release();
    program.metrics.forEach((name, i) => {
      expect(Number.isFinite(first.metrics![i]!), `${name} is ${first.metrics![i]}`).toBe(true);
    });
    for (const name of Object.keys(graph.outputs)) {
      expect(second[name], name).toEqual(first[name]);
      expect(firstDifference(first[name]!, expected[name]!, 1e-4), name).toBeNull();
    }
  });
});

describe.each(["r1", "path-length"])("the gradient with the penalty %s", (penalty) => {
  it("is the slope of the loss", () => {
    const game = gameOf({
      penalties: [{ name: penalty, every: 1 }],
      optimizer: { generator: { name: "sgd" }, discriminator: { name: "sgd" } },
      updates: { mode: "simultaneous" },
    });
    const program = programOf(game);
    const feeds: Record<string, ArrayLike<number>> = feedsOf(game, program, 1);
    const out = evaluate(program.graph, feeds);
    const { player } = game.penalties[penalty]!;
    const start = Float64Array.from(feeds[player]!);
    const gradient = start.map((x, i) => x - out[player]![i]!);
    const direction = new Float32Array(start.length);
    fillNormal(streamKey(2, player), 0, direction);
    const lossAt = (step: number) => {
      const moved = { ...feeds, [player]: start.map((x, i) => x + step * direction[i]!) };
      const { metrics } = evaluate(program.graph, moved);
      const value = (name: string) => metrics![program.metrics.indexOf(name)]!;
      return value(`loss/${player}`) + value(`penalty/${penalty}`);
    };
    const slope = gradient.reduce((sum, g, i) => sum + g * direction[i]!, 0);
    const difference = (lossAt(1e-6) - lossAt(-1e-6)) / 2e-6;
    const size = Math.hypot(...gradient) * Math.hypot(...direction);
    expect(size).toBeGreaterThan(1e-3);
    expect(Math.abs(slope - difference), `slope ${slope}, difference ${difference}`).toBeLessThan(1e-6 * size);
  });
});

describe("path length regularisation", () => {
  const termOf = (changes: Partial<ConfigInput>) => {
    const game = gameOf({ penalties: ["path-length"], updates: { mode: "simultaneous" }, ...changes });
    const program = programOf(game);
    const out = evaluate(program.graph, feedsOf(game, program, 1));
    return [out.metrics![program.metrics.indexOf("penalty/path-length")]!, out["penalty/path-length/mean"]![0]!];
  };

  it("looks at the images as they were made, not at what the discriminator is shown", () => {
    const plain = termOf({});
    expect(plain.every((value) => value > 0)).toBe(true);
    expect(termOf({ packing: 2, instanceNoise: { sigma: 0.5 } })).toEqual(plain);
  });

  it.each([
    { model: { name: "dcgan", base: 1 }, shape: [2, 16, 16] },
    { model: { name: "mlp" }, shape: [2, 8, 8] },
  ])("is refused for $model.name, before training", ({ model, shape }) => {
    const config = parseConfig({ data: { source: "none" }, model, penalties: ["path-length"] });
    try {
      gameFromConfig(config, { kind: "images", shape });
      expect.fail("it was accepted");
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      expect((error as ConfigError).message).toContain('the penalty "path-length" looks at the generator\'s styles');
      expect((error as ConfigError).help).toContain("stylegan2");
    }
  });
});

/** Where the array `name` lies in the generator's packed parameters or buffers. */
const placeOf = (game: Game, name: string) => {
  const { parameters, buffers } = game.generator;
  const { offset, size } = [...parameters.entries, ...buffers.entries].find((entry) => entry.name === name)!;
  return { start: offset, end: offset + size };
};

describe("sampling", () => {
  const draw = (truncation: number, average: number[], latents: number[]) => {
    const game = gameOf({ model: { ...tiny, truncation } });
    const store = new StateStore(gameState(game));
    store.initialise(0);
    const state = store.read();
    const buffers = Float32Array.from(state["generator/buffers"]!);
    buffers.set(average, placeOf(game, "mapping/average").start);
    const count = latents.length / 3;
    const { samples } = evaluate(traceSampler(game, { count, ema: false, format: "raw" }), {
      latent: latents,
      generator: state.generator as Float32Array,
      "generator/buffers": buffers,
    });
    return Array.from({ length: count }, (_, i) => [...samples!.slice(i * 128, (i + 1) * 128)]);
  };
  const latents = [1, -1, 0.5, -2, 0.3, 0.1];

  it("gives a latent the same sample whatever is drawn beside it", () => {
    const both = draw(1, [0, 0, 0], latents);
    expect(draw(1, [0, 0, 0], latents.slice(3))).toEqual([both[1]]);
    expect(firstDifference(both[0]!, both[1]!, 1e-2)).not.toBeNull();
  });

  it("goes from the mean style as far as it is told: nowhere with truncation 0", () => {
    const [a, b] = draw(0, [0.5, -1, 2], latents);
    expect(a).toEqual(b);
    expect(firstDifference(a!, draw(0, [0, 1, 0], latents)[0]!, 1e-2)).not.toBeNull();
    // Half the way is neither there nor where it began.
    const [half] = draw(0.5, [0.5, -1, 2], latents);
    for (const other of [a!, draw(1, [0.5, -1, 2], latents)[0]!]) {
      expect(firstDifference(half!, other, 1e-2)).not.toBeNull();
    }
  });
});

it("keeps the fixed noise and its average as they began, while the mean style moves", async () => {
  const game = gameOf();
  const executor = new Executor(game, backend, 0);
  const read = (name: string) => Float32Array.from(executor.state.read()[name]!);
  const names = ["generator/buffers", "ema/generator/buffers"];
  const before = names.map(read);
  const real = new Uint8Array(BATCH * sizeOf(sample.shape)).map((_, i) => (i * 37) % 256);
  for (let draw = 0; draw < 3; draw++) {
    const [phase] = planStep(game.updates, game.penalties, draw);
    const scalar = ({ name }: { name: string }) => (name === "ema/decay" ? 0.7 : 1e-2);
    await executor.run(phase!, { real, draw, scalar });
  }
  const after = names.map(read);
  await executor.release();
  const noise = game.generator.buffers.entries.filter(({ name }) => name.endsWith("/noise"));
  expect(noise.map(({ size }) => size)).toEqual([16, 64, 64]);
  const style = placeOf(game, "mapping/average");
  names.forEach((_, i) => {
    for (const { offset, size } of noise) {
      expect(after[i]!.slice(offset, offset + size)).toEqual(before[i]!.slice(offset, offset + size));
      expect(Math.hypot(...after[i]!.slice(offset, offset + size))).toBeGreaterThan(1);
    }
    expect(Math.hypot(...after[i]!.slice(style.start, style.end))).toBeGreaterThan(1e-3);
  });
});

/** Images of one colour between two: from dark red to light blue, with a darker lower half. */
function shades(count: number): ImageDataset {
  const data = new Uint8Array(count * 3 * 64);
  for (let n = 0; n < count; n++) {
    const share = n / (count - 1);
    for (let c = 0; c < 3; c++) {
      const level = c === 0 ? 160 - 120 * share : c === 1 ? 60 + 60 * share : 40 + 180 * share;
      for (let i = 0; i < 64; i++) data[(n * 3 + c) * 64 + i] = Math.round(i < 32 ? level : level / 2);
    }
  }
  const valueRange = { min: 0, max: 255, convention: "0..255" } as const;
  return { kind: "images", name: "shades", count, shape: [3, 8, 8], data, valueRange, skipped: [], notes: [] };
}

const training = {
  data: { source: "shades" },
  model: { name: "stylegan2", latent: 16, channelMax: 16 },
  penalties: [{ name: "r1", gamma: 0.1, every: 4 }, "path-length"],
  optimizer: {
    generator: { name: "adam", lr: 2.5e-3, beta1: 0, beta2: 0.99 },
    discriminator: { name: "adam", lr: 2.5e-3, beta1: 0, beta2: 0.99 },
  },
  ema: { halfLife: 500 },
  batch: 16,
  steps: 6,
  log: { every: 100 },
  samples: { every: 10_000, count: 4 },
  checkpoint: { every: 3, keep: 100 },
};

async function train(changes: object, run?: RunPaths, stopAfter?: number): Promise<RunPaths> {
  const config = parseConfig({ ...training, ...changes });
  const dataset = shades(64);
  const game = gameFromConfig(config, { kind: dataset.kind, shape: dataset.shape });
  const paths = run ?? createRun(root, "stylegan2");
  let done = 0;
  await runTraining(
    { config, dataset, game, run: paths, resume: run !== undefined },
    { backend, stopReason: () => (++done === stopAfter ? "SIGINT" : null) },
  );
  return paths;
}

describe("a training", () => {
  it("is the same to the bit when it was stopped and resumed", async () => {
    const state = ({ checkpoints }: RunPaths) =>
      [...loadCheckpoint(join(checkpoints, "step-00000006.safetensors")).state].map(([name, { data }]) => [name, data]);
    const whole = await train({});
    const broken = await train({}, undefined, 4);
    expect(state(await train({}, broken))).toEqual(state(whole));
  });

  it("converges on a line of shades, and exports what it learned", async () => {
    const steps = 800;
    const run = loadRun(await train({ steps, checkpoint: { every: steps } }));
    const seeds = Array.from({ length: 256 }, (_, i) => i);
    const drawn = await drawSeeds(run, backend, { seeds, weights: "ema", format: "pixels" });
    /** Mean and spread over images of each colour's mean, above and below. */
    const summary = (data: ArrayLike<number>) => {
      const images = data.length / 192;
      return Array.from({ length: 6 }, (_, half) => {
        const means = Array.from({ length: images }, (_, n) => {
          let sum = 0;
          for (let i = 0; i < 32; i++) sum += data[n * 192 + half * 32 + i]!;
          return sum / 32;
        });
        const mean = means.reduce((a, b) => a + b) / images;
        return { mean, spread: Math.sqrt(means.reduce((a, b) => a + (b - mean) ** 2, 0) / images) };
      });
    };
    const [found, wanted] = [summary(drawn.data), summary(shades(64).data)];
    const path = join(root, "generator.onnx");
    const { difference } = await exportOnnx(run, path, { batch: 4, weights: "ema" }, backend);
    expect(difference).toBeLessThan(1e-4);
    expect(readFileSync(path).length).toBeGreaterThan(4 * run.game.generator.parameters.length);
    found.forEach(({ mean, spread }, i) => {
      expect(Math.abs(mean - wanted[i]!.mean), `mean ${i}`).toBeLessThan(8);
      expect(spread / wanted[i]!.spread, `spread ${i}`).toBeGreaterThan(0.7);
      expect(spread / wanted[i]!.spread, `spread ${i}`).toBeLessThan(1.3);
    });
  }, 120_000);
});
