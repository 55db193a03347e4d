/**
 * @file The contract of conditioning: every way of telling the players the class, on every model that claims it: shapes, a
 * step against the reference, gradients against finite differences, the sampler; and that the label matters in the end.
 */

import { beforeAll, describe, expect, it } from "vitest";
import type { Backend, HostArrays } from "../../src/backend/backend.ts";
import { nodeBackend } from "../../src/backend/onnx/node.ts";
import { evaluate } from "../../src/backend/reference/reference.ts";
import { parseConfig } from "../../src/config/config.ts";
import { gameFromConfig } from "../../src/config/game-from-config.ts";
import { BatchOrder, gatherBatch } from "../../src/data/batches.ts";
import { ring } from "../../src/data/synthetic.ts";
import { conditionSize, type Game, type SampleType } from "../../src/gan/game/game.ts";
import { gameState } from "../../src/gan/game/game-state.ts";
import { traceSampler } from "../../src/gan/observe/sampler.ts";
import { type PlayerName, termName } from "../../src/gan/penalty.ts";
import { type Phase, planStep } from "../../src/gan/step/phases.ts";
import { traceStep } from "../../src/gan/step/step.ts";
import { sizeOf } from "../../src/graph/ops.ts";
import { verifyGraph } from "../../src/graph/verify.ts";
import { models } from "../../src/models/models.ts";
import { optimize } from "../../src/passes/pipeline.ts";
import { seedConditions } from "../../src/run/sampling/conditions.ts";
import { seedLatents } from "../../src/run/sampling/sample-run.ts";
import { Sampler } from "../../src/run/sampling/sampling.ts";
import { Executor } from "../../src/run/training/steps/executor.ts";
import { ConfigError } from "../../src/util/errors.ts";
import { fillNormal, fillUniform, streamKey } from "../../src/util/rng.ts";
import { feedsOf, programOf } from "./combinations.ts";
import { firstDifference } from "./program.ts";

type Raw = Readonly<Record<string, unknown>>;

const BATCH = 4;
const CLASSES = ["red", "green", "blue"];
/** Half the span of the central differences, as in slope.ts. */
const STEP = 1e-7;

const GENERATORS = ["concat", "embedding", "norm"] as const;
const DISCRIMINATORS = ["concat", "embedding", "projection", "class-head"] as const;
const CODES = [
  { categories: 3 },
  { continuous: 2 },
  { categories: 3, continuous: 2, variance: "learned", weight: 0.5 },
] as const;

/** Kinds of samples to offer a model, in this order; it is tried on the first that it takes. */
const OFFERED: readonly SampleType[] = [
  { kind: "points", shape: [2], classes: CLASSES },
  ...[16, 32, 64].map((size) => ({ kind: "images" as const, shape: [1, size, size], classes: CLASSES })),
];

function build(model: Raw | string, sample: SampleType, settings: Raw): Game {
  const base = { data: { source: "none" }, model, batch: BATCH, optimizer: { generator: "sgd", discriminator: "sgd" } };
  return gameFromConfig(parseConfig({ ...base, ...settings }), sample);
}

/** A sample that the model takes. */
function sampleFor(model: string): SampleType {
  const taken = OFFERED.find((sample) => {
    try {
      build(model, sample, {});
      return true;
    } catch (error) {
      if (error instanceof ConfigError) return false;
      throw error;
    }
  });
  return taken ?? expect.fail(`no sample on offer suits the model "${model}"`);
}

/** Small networks in which everything can be computed. */
const small = [
  { name: "points", model: { name: "mlp", latent: 2, width: 4, depth: 1 }, sample: OFFERED[0]! },
  { name: "images", model: { name: "dcgan", latent: 2, base: 2 }, sample: OFFERED[1]! },
] as const;

const settings = [
  ...GENERATORS.flatMap((generator) =>
    DISCRIMINATORS.map((discriminator) => ({
      what: `${generator} and ${discriminator}`,
      raw: { conditioning: { generator, discriminator, embedding: 3, generatorWeight: 0.5 } },
    })),
  ),
  ...CODES.map((code) => ({ what: `a code of ${JSON.stringify(code)}`, raw: { code } })),
];
const isNorm = (raw: Raw) => JSON.stringify(raw).includes("norm");
const cases = small.flatMap(({ name, ...rest }) =>
  settings
    .filter(({ raw }) => name === "images" || !isNorm(raw))
    .flatMap((setting) => [1, 2].map((packing) => ({ name, packing, ...rest, ...setting }))),
);

let backend: Backend;
beforeAll(async () => {
  backend = await nodeBackend({ threads: 1 });
});

describe.each(Object.keys(models))("the model %s", (name) => {
  const sample = sampleFor(name);

  it.each(settings)("is told by $what, or refuses with help", ({ raw }) => {
    const told = () => build(name, sample, raw);
    const plain = build(name, sample, {});
    try {
      const { generator, discriminator } = told();
      expect(generator.network.conditioned).toBe(true);
      expect(generator.network.output).toEqual([BATCH, ...sample.shape]);
      expect(discriminator.network.output).toEqual([BATCH, 1]);
      // What it had is still there, under the same names.
      const names = (game: Game, player: "generator" | "discriminator") =>
        game[player].network.params.map((param) => param.name);
      expect(names(told(), "generator")).toEqual(expect.arrayContaining(names(plain, "generator")));
      expect(names(told(), "discriminator")).toEqual(expect.arrayContaining(names(plain, "discriminator")));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      expect(isNorm(raw), error.message).toBe(true);
      expect(error.message).toContain(`the generator of "${name}" has no batch normalisation`);
      expect(error.help).toContain("concat or embedding");
    }
  });

  it("has a way of its own, or says that it has none", () => {
    const native = () => build(name, sample, { conditioning: "native" });
    try {
      const told = native();
      expect(told.generator.network.conditioned).toBe(true);
      // It is the default, then.
      const usual = build(name, sample, { conditioning: "projection" });
      expect(usual.generator.parameters).toEqual(told.generator.parameters);
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      expect((error as ConfigError).message).toContain("no way of its own");
    }
  });
});

describe("who has batch normalisation to condition", () => {
  it.each([
    ["mlp", false],
    ["dcgan", true],
    ["tutorial", true],
  ])("%s: %s", (name, has) => {
    const told = () => build(name, sampleFor(name), { conditioning: "norm" });
    if (!has) return expect(told).toThrow(/no batch normalisation/);
    const tables = told().generator.network.params.filter(({ name: path }) => /batchNorm\d\/(gain|bias)$/.test(path));
    expect(tables.length).toBeGreaterThan(1);
    for (const { shape } of tables) expect(shape).toEqual([CLASSES.length, shape[1]]);
  });
});

describe.each(cases)("$name, $what, packs of $packing", ({ model, sample, raw, packing }) => {
  const game = build(model, sample, { ...raw, packing });
  const heads = Object.keys(game.penalties);
  const termsOf = (player: PlayerName) => heads.map((key) => termName(key, game.penalties[key]!, player));

  it("runs a step as the reference says, and writes everything that is carried", async () => {
    const program = programOf(game);
    verifyGraph(program.graph);
    const graph = optimize(program.graph);
    verifyGraph(graph);
    expect(program.metrics.filter((name) => name.startsWith("penalty/"))).toEqual(
      (["discriminator", "generator"] as const).flatMap((player) => termsOf(player)),
    );
    expect(Object.keys(graph.outputs).sort()).toEqual(["metrics", ...gameState(game).map(({ name }) => name)].sort());
    const feeds = feedsOf(game, program, 1e-3);
    expect("labels" in feeds).toBe(game.condition?.kind === "labels");
    const executable = await backend.compile(graph);
    const found = await executable.run(feeds);
    await executable.release();
    const expected = evaluate(program.graph, feeds);
    program.metrics.forEach((name, i) => {
      expect(Number.isFinite(found.metrics![i]), `${name} is ${found.metrics![i]}`).toBe(true);
      expect(firstDifference([found.metrics![i]!], [expected.metrics![i]!], 1e-4), name).toBeNull();
    });
    for (const name of Object.keys(graph.outputs)) {
      expect(firstDifference(found[name]!, expected[name]!, 1e-4), name).toBeNull();
    }
  });

  it.each(["generator", "discriminator"] as const)("moves the %s down the slope of its loss", (player) => {
    // Plain descent at rate 1: what a step subtracts is the gradient.
    const phase: Phase = { generator: false, discriminator: false, [player]: true, moves: true, penalties: heads };
    const program = traceStep(game, phase);
    const feeds: Record<string, ArrayLike<number>> = feedsOf(game, program, 1);
    const start = Float64Array.from(feeds[player]!);
    const after = evaluate(program.graph, feeds)[player]!;
    const gradient = start.map((x, i) => x - after[i]!);
    const direction = new Float32Array(start.length);
    fillNormal(streamKey(2, player), 0, direction);
    const lossAt = (step: number) => {
      const moved = { ...feeds, [player]: start.map((x, i) => x + step * direction[i]!) };
      const values = evaluate(program.graph, moved).metrics!;
      return [`loss/${player}`, ...termsOf(player)].reduce(
        (sum, name) => sum + values[program.metrics.indexOf(name)]!,
        0,
      );
    };
    const slope = gradient.reduce((sum, g, i) => sum + g * direction[i]!, 0);
    const difference = (lossAt(STEP) - lossAt(-STEP)) / (2 * STEP);
    const size = Math.hypot(...gradient) * Math.hypot(...direction);
    expect(size).toBeGreaterThan(1e-3);
    expect(Math.abs(slope - difference), `slope ${slope}, difference ${difference}`).toBeLessThan(1e-6 * size);
  });

  it("draws what it is asked for, as the reference says", async () => {
    const graph = traceSampler(game, { count: 2, ema: false, format: "raw" });
    const state = feedsOf(game, programOf(game), 0);
    const asked = (values: readonly number[]) => {
      const row = Float32Array.from({ length: conditionSize(game.condition!) }, (_, i) => values[i] ?? 0);
      return Float32Array.of(...row, ...row);
    };
    const draw = async (values: readonly number[]) => {
      const all: HostArrays = {
        ...state,
        latent: seedLatents([5, 6], game.latent),
        [game.condition!.kind]: asked(values),
      };
      const feeds = Object.fromEntries(graph.inputs.map(({ attrs: { name } }) => [name, all[name]!]));
      const executable = await backend.compile(optimize(graph));
      const { samples } = await executable.run(feeds);
      await executable.release();
      expect(firstDifference(samples!, evaluate(graph, feeds).samples!, 1e-5)).toBeNull();
      return samples;
    };
    expect(await draw([1, 0])).not.toEqual(await draw([0, 1]));
  });
});

/** Trains for `steps` on batches of `real` and their labels. */
async function play(
  game: Game,
  steps: number,
  batchAt: (step: number) => { real: HostArrays[string]; labels: Float32Array },
) {
  const executor = new Executor(game, backend, 0);
  let measured = new Map<string, number>();
  for (let step = 0; step < steps; step++) {
    const { real, labels } = batchAt(step);
    const feeds = { real, ...(game.condition?.kind === "labels" && { labels }), draw: step };
    const scalar = ({ name }: { readonly name: string }) => (name === "ema/decay" ? 0.98 : 2e-3);
    for (const phase of planStep(game.updates, game.penalties, step))
      measured = await executor.run(phase, { ...feeds, scalar });
  }
  return { executor, measured };
}

/** The mean of each coordinate over `count` samples for each class, from the moving average. */
async function meansByClass({ game, state }: Executor, classes: number, count = 64): Promise<number[][]> {
  const sampler = await Sampler.create(game, backend, count, "raw");
  const seeds = Array.from({ length: count }, (_, i) => i);
  const size = sizeOf(game.sample.shape);
  const means: number[][] = [];
  for (let k = 0; k < classes; k++) {
    const asked = seedConditions(game.condition, seeds, [k]);
    const samples = await sampler.draw(state, "ema", seedLatents(seeds, game.latent), asked);
    means.push(
      Array.from({ length: size }, (_, d) => {
        let sum = 0;
        for (let i = 0; i < count; i++) sum += samples[i * size + d]!;
        return sum / count;
      }),
    );
  }
  await sampler.release();
  return means;
}

const N = 32;
const adam = { name: "adam", beta1: 0, beta2: 0.99 };
const learning = { batch: N, optimizer: { generator: adam, discriminator: adam } };
/** Two clouds of points, by class. */
const CENTRES = [
  [-1, 0.5],
  [1, -0.5],
] as const;
const TWO = ["left", "right"];
const labelOf = (i: number) => (i * 7 + 3) % 2;
const twoLabels = seedConditions(
  { kind: "labels", classes: 2 },
  Array.from({ length: N }, (_, i) => labelOf(i)),
)!;

function clouds(step: number) {
  const real = new Float32Array(2 * N);
  fillNormal(streamKey(9, "clouds"), step, real);
  for (let i = 0; i < real.length; i++) real[i] = 0.03 * real[i]! + CENTRES[labelOf(i >> 1)]![i % 2]!;
  return { real, labels: twoLabels };
}

describe("after a short training the label decides", () => {
  const mlp = { name: "mlp", latent: 2, width: 32 };
  const points: SampleType = { kind: "points", shape: [2], classes: TWO };

  it.each(
    (["concat", "embedding"] as const).flatMap((generator) =>
      DISCRIMINATORS.map((discriminator) => ({ generator, discriminator })),
    ),
  )("where the points are: $generator and $discriminator", async ({ generator, discriminator }) => {
    const conditioning = { generator, discriminator, embedding: 4 };
    const game = build(mlp, points, { ...learning, penalties: ["r1"], conditioning });
    const { executor } = await play(game, 500, clouds);
    const means = await meansByClass(executor, 2);
    await executor.release();
    for (const [k, centre] of CENTRES.entries()) {
      for (const [d, wanted] of centre.entries())
        expect(Math.abs(means[k]![d]! - wanted), `class ${k}`).toBeLessThan(0.25);
    }
  });

  it("how bright the images are: norm and projection", async () => {
    const shades = [40, 200] as const;
    const images: SampleType = { kind: "images", shape: [1, 8, 8], classes: TWO };
    const model = { name: "dcgan", latent: 2, base: 8, norm: "none" };
    const conditioning = { generator: "norm", discriminator: "projection" };
    const game = build(model, images, { ...learning, penalties: ["r1"], conditioning });
    const batchAt = (step: number) => {
      const noise = new Float32Array(64 * N);
      fillUniform(streamKey(9, "shades"), step, noise);
      return { real: Uint8Array.from(noise, (u, i) => shades[labelOf(i >> 6)]! + 20 * (u - 0.5)), labels: twoLabels };
    };
    const { executor } = await play(game, 250, batchAt);
    const means = await meansByClass(executor, 2);
    await executor.release();
    for (const [k, shade] of shades.entries()) {
      const mean = means[k]!.reduce((a, b) => a + b) / 64;
      expect(Math.abs(mean - (shade / 127.5 - 1)), `class ${k} has brightness ${mean}`).toBeLessThan(0.2);
    }
  });

  it("which mode a category is, without labels: a code of eight categories on the ring", async () => {
    const modes = ring({ count: 2000 });
    const order = new BatchOrder({ count: modes.count, batch: 2 * N, seed: 0 });
    const game = build({ ...mlp, width: 64 }, points, { ...learning, batch: 2 * N, penalties: ["r1"], code: 8 });
    const { executor, measured } = await play(game, 1500, (step) => {
      const real = new Float32Array(4 * N);
      gatherBatch(modes, order.indices(step), real);
      return { real, labels: twoLabels };
    });
    expect(measured.get("code/category")).toBe(1);
    const seeds = Array.from({ length: 64 }, (_, i) => i);
    const sampler = await Sampler.create(game, backend, seeds.length, "raw");
    const found: number[] = [];
    for (let k = 0; k < 8; k++) {
      const asked = seedConditions(game.condition, seeds, [k]);
      const samples = await sampler.draw(executor.state, "ema", seedLatents(seeds, game.latent), asked);
      const nearest = seeds.map((i) => {
        const distances = modes.modes!.centres.map(([x, y]) =>
          Math.hypot(samples[2 * i]! - x!, samples[2 * i + 1]! - y!),
        );
        return distances.indexOf(Math.min(...distances));
      });
      expect(new Set(nearest).size, `category ${k} makes ${nearest}`).toBe(1);
      found.push(nearest[0]!);
    }
    await sampler.release();
    await executor.release();
    // Which category is which mode is for the seed to say.
    expect([...found].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });
});
