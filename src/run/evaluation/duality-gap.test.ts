import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { farBackend } from "../../../tests/support/far-backend.ts";
import type { Backend } from "../../backend/backend.ts";
import { nodeBackend } from "../../backend/onnx/node.ts";
import { parseConfig } from "../../config/config.ts";
import { gameFromConfig } from "../../config/game-from-config.ts";
import { recommend } from "../../config/recommended.ts";
import type { Dataset, ImageDataset, PointDataset } from "../../data/dataset.ts";
import { ring } from "../../data/synthetic.ts";
import { createGame } from "../../gan/game/create-game.ts";
import type { Game } from "../../gan/game/game.ts";
import { gameState } from "../../gan/game/game-state.ts";
import { objectives } from "../../gan/objectives.ts";
import * as t from "../../graph/tensor.ts";
import type { DualityGap } from "../../metrics/game.ts";
import type { Layer } from "../../nn/module.ts";
import { sgd } from "../../optim/sgd.ts";
import { DataError } from "../../util/errors.ts";
import { createFrom } from "../../util/registry.ts";
import { fillNormal, streamKey } from "../../util/rng.ts";
import { loadRun } from "../store/load-run.ts";
import { createRun } from "../store/run-dir.ts";
import { StateStore } from "../store/state-store.ts";
import { sampleType } from "../training/prepare/prepare.ts";
import { runTraining } from "../training/trainer.ts";
import { playedGame } from "./duality-gap.ts";
import { evaluate } from "./evaluate.ts";

const backend = await nodeBackend({ threads: 1 });

/** Reals of a standard normal distribution. */
function normal(count: number): PointDataset {
  const data = new Float32Array(count);
  fillNormal(streamKey(3, "normal"), 0, data);
  const valueRange = { min: -6, max: 6, convention: "real" } as const;
  return { kind: "points", name: "normal", count, shape: [1], data, valueRange, skipped: [], notes: [] };
}

/** The generator reaches means between -2 and 2. */
const REACH = 2;

/** z + 2 tanh θ: a normal distribution whose mean is learned. */
const mover = (mean: number): Layer => ({
  kind: "mover",
  apply: (z, context) => {
    const theta = context.param("theta", [1], (_, __, out) => out.fill(Math.atanh(mean / REACH)));
    return t.add(z, t.mul(t.tanh(theta), REACH));
  },
});

/** slope x + constant. */
const line = (slope: number, constant: number): Layer => ({
  kind: "line",
  apply: (x, context) =>
    t.add(
      t.mul(
        x,
        context.param("slope", [1], (_, __, out) => out.fill(slope)),
      ),
      context.param("constant", [1], (_, __, out) => out.fill(constant)),
    ),
});

interface Point {
  readonly mean: number;
  readonly slope: number;
  readonly constant?: number;
}

/** The game of two normal distributions of variance 1: the log of their ratio is a line, so every optimum is in reach. */
function normals({ mean, slope, constant = 0 }: Point, objective = "non-saturating"): Game {
  return createGame({
    sample: { kind: "points", shape: [1] },
    batch: 256,
    latent: 1,
    generator: { layer: mover(mean), optimizer: sgd() },
    discriminator: { layer: line(slope, constant), optimizer: sgd() },
    objective: createFrom("objective", objectives, { name: objective }),
    penalties: {},
    updates: { mode: "alternating", discriminatorSteps: 1, generatorSteps: 1 },
    ema: true,
  });
}

function gapOf(game: Game, seed = 0, on: Backend = backend): Promise<DualityGap> {
  const state = new StateStore(gameState(game));
  state.initialise(0);
  const before = structuredClone(state.read());
  const played = playedGame({
    game,
    state,
    reals: normal(20_000),
    lr: { generator: 0.1, discriminator: 0.02 },
    backend: on,
  });
  return played.dualityGap({ steps: 300, samples: 8192, seed }).finally(() => expect(state.read()).toEqual(before));
}

/** The mean of f under a normal distribution of variance 1, by the trapezoidal rule, which is exact to rounding here. */
function expectation(f: (x: number) => number, mean = 0): number {
  const step = 0.01;
  let sum = 0;
  for (let x = -9; x <= 9; x += step) sum += Math.exp(-0.5 * x * x) * f(x + mean);
  return (sum * step) / Math.sqrt(2 * Math.PI);
}

const softplus = (x: number): number => Math.log1p(Math.exp(x));

/** M of the line against the normal distribution around `mean`. */
const valueAt = ({ mean, slope, constant = 0 }: Point): number =>
  -expectation((x) => softplus(-slope * x - constant)) - expectation((x) => softplus(slope * x + constant), mean);

/** The best discriminator against the mean a: log p/q = a²/2 − a x. */
const bestAgainst = (mean: number): number => valueAt({ mean, slope: -mean, constant: 0.5 * mean ** 2 });

describe("the duality gap of two normal distributions", () => {
  it("is 0 at the equilibrium", async () => {
    const { value, gap, discriminatorGain, generatorGain } = await gapOf(normals({ mean: 0, slope: 0 }));
    expect(value).toBeCloseTo(-2 * Math.LN2, 6);
    expect(Math.abs(gap)).toBeLessThan(2e-3);
    expect(Math.abs(discriminatorGain)).toBeLessThan(2e-3);
    expect(generatorGain).toBeCloseTo(0, 6);
  });

  it("is the Jensen-Shannon divergence, twice, where the discriminator says nothing", async () => {
    for (const mean of [1, 1.8]) {
      const found = await gapOf(normals({ mean, slope: 0 }));
      const expected = bestAgainst(mean) + 2 * Math.LN2;
      expect(Math.abs(found.gap - expected)).toBeLessThan(4 * found.standardError + 0.01);
      expect(found.generatorGain).toBeCloseTo(0, 6);
    }
  });

  it("is what both can win where the discriminator is wrong: all the way to the end of the generator's reach", async () => {
    const point = { mean: 0, slope: 1 };
    const found = await gapOf(normals(point));
    const now = valueAt(point);
    expect(Math.abs(found.value - now)).toBeLessThan(0.02);
    expect(Math.abs(found.discriminatorGain - (-2 * Math.LN2 - now))).toBeLessThan(0.02);
    expect(Math.abs(found.generatorGain - (now - valueAt({ ...point, mean: REACH })))).toBeLessThan(0.03);
    expect(found.gap).toBeCloseTo(found.discriminatorGain + found.generatorGain, 9);
  });

  it("does not depend on a constant of the logits", async () => {
    const [plain, shifted] = [
      await gapOf(normals({ mean: 1, slope: -1 }, "relativistic")),
      await gapOf(normals({ mean: 1, slope: -1, constant: 7 }, "relativistic")),
    ];
    expect(shifted.value).toBeCloseTo(plain.value, 4);
    expect(shifted.gap).toBeCloseTo(plain.gap, 2);
  });

  it("is the same for the same seed, on a device with memory of its own too, and another measurement of the same for another", async () => {
    const game = normals({ mean: 1, slope: 0.3 });
    const [first, again, other] = [await gapOf(game), await gapOf(game), await gapOf(game, 1)];
    expect(again).toEqual(first);
    expect(other.gap).not.toBe(first.gap);
    expect(Math.abs(other.gap - first.gap)).toBeLessThan(4 * Math.hypot(first.standardError, other.standardError));
    const far = farBackend(backend);
    expect(await gapOf(game, 0, far)).toEqual(first);
    expect([far.alive.size, far.open.size]).toEqual([0, 0]);
  });
});

describe("the duality gap of a run on the ring", () => {
  it("falls while the recipe learns, and rises when its generator collapses", async () => {
    const data = ring({ count: 8192 });
    const width = 64;
    const config = parseConfig({
      data: { source: "ring" },
      ...recommend(data),
      model: { name: "mlp", latent: 2, width, depth: 3 },
      batch: 128,
      steps: 1500,
      samples: { every: 10_000, count: 4 },
      checkpoint: { every: 500, keep: 3 },
    });
    const game = gameFromConfig(config, { kind: "points", shape: [2] });
    const { generator, discriminator } = config.optimizer;
    const measured = (state: StateStore) =>
      playedGame({
        game,
        state,
        reals: ring({ count: 8192, seed: 1 }),
        lr: { generator: generator.lr, discriminator: discriminator.lr },
        backend,
      }).dualityGap({ steps: 100, samples: 2048, seed: 0 });
    const begun = new StateStore(gameState(game));
    begun.initialise(config.seed);
    const root = mkdtempSync(join(tmpdir(), "gantry-gap-"));
    try {
      const run = createRun(root, "ring");
      await runTraining({ config, dataset: data, game, run, resume: false }, { backend });
      const [start, middle, end] = [
        await measured(begun),
        await measured(loadRun(run, "500").state),
        await measured(loadRun(run, "1500").state),
      ];
      // Nothing that an untrained generator makes lies on the ring: the discriminator wins all there is, 2 ln 2.
      expect(start.discriminatorGain).toBeGreaterThan(0.95 * 2 * Math.LN2);
      expect(middle.gap).toBeLessThan(start.gap - 4 * start.standardError);
      expect(end.gap).toBeLessThan(0.6 * middle.gap);
      expect(end.gap).toBeGreaterThan(-4 * end.standardError);

      const collapsed = loadRun(run, "1500").state;
      // Without the weights of the latent, one sample is made whatever is drawn.
      (collapsed.read().generator as Float32Array).fill(0, 0, 2 * width);
      const lost = await measured(collapsed);
      expect(lost.gap).toBeGreaterThan(2 * end.gap);
      expect(lost.discriminatorGain).toBeGreaterThan(0.9);

      // The command finds the game of a run, and unseen reals of drawn data by another seed.
      const choice = { name: "duality-gap", steps: 20, samples: 512 };
      const { metrics, heldOut } = await evaluate(run.dir, { metrics: [choice], samples: 100, threads: 1 });
      expect(metrics).toMatchObject([{ metric: "duality-gap-512-steps20", samples: 512, reference: heldOut }]);
      expect(metrics[0]!.results["duality-gap"]!.value).toBeLessThan(0.5 * middle.gap);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
});

describe("every kind of game has one", () => {
  const points = { model: { name: "mlp", width: 8 }, batch: 16 };
  const images = { model: { name: "dcgan", base: 2, latent: 4 }, batch: 8 };
  const pixels = (count: number) => new Uint8Array(count).map((_, i) => (i * 7919) % 251);
  const pictures: ImageDataset = {
    kind: "images",
    name: "pictures",
    count: 64,
    shape: [1, 16, 16],
    data: pixels(64 * 256),
    valueRange: { min: 0, max: 255, convention: "0..255" },
    skipped: [],
    notes: [],
  };
  it.each<[string, Readonly<Record<string, unknown>>, Dataset]>([
    ["packs", { ...points, packing: 2 }, ring({ count: 64 })],
    ["a Wasserstein critic", { ...points, objective: "wasserstein", penalties: "wgan-gp" }, ring({ count: 64 })],
    ["classes told", { ...points, conditioning: "projection" }, ring({ count: 64 })],
    ["classes found", { ...points, conditioning: { discriminator: "class-head" } }, ring({ count: 64 })],
    ["a code", { ...points, code: { categories: 3, continuous: 1 } }, ring({ count: 64 })],
    ["pairs with latents", { ...points, reconstructor: {} }, ring({ count: 64 })],
    [
      "old fakes, top-k and noise",
      { ...points, replay: {}, topK: {}, instanceNoise: { sigma: 0.1 } },
      ring({ count: 64 }),
    ],
    ["batch normalisation and augmented images", { ...images, augment: "ada" }, pictures],
    ["a spectrally normalised discriminator", { ...images, model: { ...images.model, norm: "spectral" } }, pictures],
  ])("%s", async (_, raw, reals) => {
    const config = parseConfig({ data: { source: reals.name }, steps: 10, ...raw });
    const game = gameFromConfig(config, sampleType(reals));
    const state = new StateStore(gameState(game));
    state.initialise(0);
    const played = playedGame({
      game,
      state,
      reals,
      lr: { generator: 1e-2, discriminator: 1e-2 },
      mirror: reals.kind === "images",
      backend,
    });
    const { gap, value, discriminatorGain } = await played.dualityGap({ steps: 40, samples: 30, seed: 0 });
    expect(gap).toBeGreaterThan(0);
    expect(value).toBeLessThan(0);
    expect(discriminatorGain).toBeGreaterThan(0);
    expect(value + discriminatorGain).toBeLessThan(0);
  });
});

describe("refused are", () => {
  const game = normals({ mean: 0, slope: 0 });
  const state = new StateStore(gameState(game));
  state.initialise(0);
  const options = { game, state, lr: { generator: 0.1, discriminator: 0.1 }, backend };

  it("reals of another kind, and too few", () => {
    expect(() => playedGame({ ...options, reals: ring({ count: 1000 }) })).toThrow(DataError);
    expect(() => playedGame({ ...options, reals: normal(511) })).toThrow(/511 held-out reals/);
    expect(() => playedGame({ ...options, reals: normal(512) })).not.toThrow();
  });

  it("players that have diverged", async () => {
    const broken = new StateStore(gameState(game));
    broken.initialise(0);
    (broken.read().generator as Float32Array).fill(Number.NaN);
    const played = playedGame({ ...options, state: broken, reals: normal(1000) });
    await expect(played.dualityGap({ steps: 2, samples: 512, seed: 0 })).rejects.toThrow(DataError);
  });
});
