// The smallest honest test of mode collapse: one-dimensional data in two clusters, sixteen seeds, two objectives, full batch.
//
//     npm run build && node bench/two-clusters.mjs [--epochs 5000] [--seeds 16] [--json FILE]
//
// Hyper-parameters are those of `GAN2_2Cluster.py` in AilsaF/RS-GAN (Sun, Fang and Schwing, Towards a Better Global Loss
// Landscape of GANs, 2020): 100 points, half of them in [0, 0.3] and half in [4, 4.3]; a generator 1-5-5-1 with tanh, a
// discriminator 1-10-10-1 with the sigmoid, PyTorch's default initialisation; SGD at 0.01 with momentum 0.9; in every epoch
// ten updates of the discriminator, then ten of the generator, on all points and always the same 100 latents, uniform in
// [-5, 5). Losses are printed in that file's convention: the mean of the two cross-entropies, where Gantry's own is the sum.
//
// All seeds are trained at once, by Gantry's own step: parameters carry the seed as their first axis, and the samples of
// seed s are rows 100 s to 100 s + 99 of the batch. The mean loss over the whole batch is then the mean of the seeds' own,
// so the learning rate is multiplied by their number, and no game feels another.
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import { parseArgs } from "node:util";
import { nodeBackend } from "../dist/backend/onnx/node.js";
import { createGame } from "../dist/gan/create-game.js";
import { objectives } from "../dist/gan/objectives.js";
import { buildGraph } from "../dist/graph/graph.js";
import * as t from "../dist/graph/tensor.js";
import { sigmoid, tanh } from "../dist/nn/activation.js";
import { uniform } from "../dist/nn/init.js";
import { applyNetwork, sequential } from "../dist/nn/module.js";
import { unpack } from "../dist/nn/pack.js";
import { sgd } from "../dist/optim/sgd.js";
import { optimize } from "../dist/passes/pipeline.js";
import { Executor } from "../dist/run/training/executor.js";
import { createFrom } from "../dist/util/registry.js";
import { fillUniform, streamKey } from "../dist/util/rng.js";

const { values: options } = parseArgs({
  options: {
    epochs: { type: "string", default: "5000" },
    seeds: { type: "string", default: "16" },
    json: { type: "string" },
  },
});
const epochs = Number(options.epochs);
const seeds = Number(options.seeds);

const POINTS = 100;
const ITERATIONS = 10;
const RATE = 0.01;
const MOMENTUM = 0.9;
/** Epochs between two looks at every game. */
const LOOK = 20;
/** Epochs on one cluster from which on a stay there counts as a plateau. */
const PLATEAU = 200;
/** When the first of the two scores is taken, as in the numbers it is compared to. */
const EARLY = 600;
/** Where a sample counts as one of a cluster, and the share of samples that makes a mode. */
const REGIONS = [
  [-0.5, 0.8],
  [3.5, 4.8],
];
const SHARE = 0.2;

const rows = seeds * POINTS;

/** Uniform numbers in [0, 1), `POINTS` for each seed, each seed of a stream of its own. */
function draw(name) {
  const out = new Float32Array(rows);
  for (let s = 0; s < seeds; s++) fillUniform(streamKey(s, name), 0, out.subarray(s * POINTS, (s + 1) * POINTS));
  return out;
}

/** Points of the clusters in turns, as the original pairs them with the latents. */
const data = draw("two-clusters/data").map((u, i) => 0.3 * u + (i % 2 === 0 ? 0 : 4));
const latents = draw("two-clusters/latents").map((u) => 10 * (u - 0.5));
const freshLatents = draw("two-clusters/fresh").map((u) => 10 * (u - 0.5));

/** A fully connected layer for each seed: [seeds · N, in] -> [seeds · N, out]; PyTorch's default initialisation. */
const denseForEach = (inputs, outputs) => ({
  kind: "dense",
  apply(x, context) {
    const each = t.reshape(x, [seeds, POINTS, inputs]);
    const init = uniform(1 / Math.sqrt(inputs));
    const product = t.matmul(each, context.param("weight", [seeds, inputs, outputs], init));
    return t.reshape(t.add(product, context.param("bias", [seeds, 1, outputs], init)), [rows, outputs]);
  },
});

const generator = sequential(denseForEach(1, 5), tanh(), denseForEach(5, 5), tanh(), denseForEach(5, 1));
const discriminator = sequential(denseForEach(1, 10), sigmoid(), denseForEach(10, 10), sigmoid(), denseForEach(10, 1));

/** The generator of the game: the latents are always the same, whatever it is given. */
const onFixedLatents = {
  kind: "fixed",
  apply: (_, context) => generator.apply(t.constant(latents, [rows, 1]), context),
};

function gameOf(objective) {
  return createGame({
    sample: { kind: "points", shape: [1] },
    batch: rows,
    latent: 1,
    generator: { layer: onFixedLatents, optimizer: sgd({ momentum: MOMENTUM }) },
    discriminator: { layer: discriminator, optimizer: sgd({ momentum: MOMENTUM }) },
    objective: createFrom("objective", objectives, { name: objective }),
    penalties: {},
    updates: { mode: "alternating", discriminatorSteps: ITERATIONS, generatorSteps: ITERATIONS },
    ema: false,
  });
}

/** What one looks at: samples for the training's latents and for fresh ones, and logits of data and samples. */
async function createProbe(game, backend) {
  const parametersOf = (player) => {
    const { parameters } = game[player];
    return unpack(t.input(player, [parameters.length]), parameters);
  };
  const parameters = { generator: parametersOf("generator"), discriminator: parametersOf("discriminator") };
  const apply = (player, layer, x) =>
    applyNetwork(player, layer, x, {
      training: true,
      params: parameters[player],
      buffers: new Map(),
      random: () => undefined,
    }).output;
  const samples = apply("generator", generator, t.constant(latents, [rows, 1]));
  const judged = apply("discriminator", discriminator, samples);
  const real = apply("discriminator", discriminator, t.constant(data, [rows, 1]));
  const trained = await backend.compile(optimize(buildGraph({ samples, fake: judged, real })));
  const fresh = apply("generator", generator, t.constant(freshLatents, [rows, 1]));
  const other = await backend.compile(optimize(buildGraph({ samples: fresh })));
  return {
    look: ({ generator, discriminator }) => trained.run({ generator, discriminator }),
    fresh: ({ generator }) => other.run({ generator }),
  };
}

const softplus = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const mean = (xs) => xs.reduce((a, b) => a + b, 0) / xs.length;
const rowsOf = (values, s) => Array.from(values.subarray(s * POINTS, (s + 1) * POINTS));

/** The discriminator's loss of seed `s` in the mean convention. */
function lossOf(objective, { real, fake }, s) {
  const [r, f] = [rowsOf(real, s), rowsOf(fake, s)];
  return objective === "relativistic"
    ? mean(r.map((x, i) => softplus(f[i] - x)))
    : (mean(r.map((x) => softplus(-x))) + mean(f.map(softplus))) / 2;
}

/** The share of the samples of seed `s` in each cluster. */
const sharesOf = (samples, s) =>
  REGIONS.map(([low, high]) => mean(rowsOf(samples, s).map((x) => (x > low && x < high ? 1 : 0))));

const hasBoth = (shares) => shares.every((share) => share >= SHARE);

/** Trains every seed under one objective. */
async function play(objective, backend) {
  const game = gameOf(objective);
  const executor = new Executor(game, backend, 0);
  const probe = await createProbe(game, backend);
  // Gantry's cross-entropy is the sum of both halves, the original's their mean.
  const half = objective === "relativistic" ? 1 : 0.5;
  const rates = { "lr/discriminator": RATE * seeds * half, "lr/generator": RATE * seeds };
  const feeds = { real: data, draw: 0, scalar: ({ name }) => rates[name] };
  const phases = [
    { discriminator: true, generator: false, penalties: [] },
    { discriminator: false, generator: true, penalties: [] },
  ];
  const games = Array.from({ length: seeds }, () => ({ curve: [], bothSince: null, early: false, end: false }));
  const started = performance.now();
  for (let epoch = 1; epoch <= epochs; epoch++) {
    for (let i = 0; i < ITERATIONS; i++) await executor.run(phases[0], feeds);
    if (epoch % LOOK === 0) {
      const seen = await probe.look(executor.state.read());
      games.forEach((one, s) => {
        const shares = sharesOf(seen.samples, s);
        one.curve.push({ epoch, loss: lossOf(objective, seen, s), shares });
        if (!hasBoth(shares)) one.bothSince = null;
        else one.bothSince ??= epoch;
      });
    }
    for (let i = 0; i < ITERATIONS; i++) await executor.run(phases[1], feeds);
    if (epoch === EARLY) {
      const { samples } = await probe.fresh(executor.state.read());
      for (const [s, one] of games.entries()) one.early = hasBoth(sharesOf(samples, s));
    }
  }
  const { samples } = await probe.look(executor.state.read());
  for (const [s, one] of games.entries()) one.end = hasBoth(sharesOf(samples, s));
  await executor.release();
  return { objective, games, seconds: (performance.now() - started) / 1000 };
}

/**
 * The plateau of a game: the median loss over the longest stretch of looks at which at least 95 % of the samples lie in one
 * and the same cluster and none in the other. Null where no stretch is at least `PLATEAU` epochs long.
 */
function plateauOf({ curve }, seed) {
  let [best, current, where] = [[], [], -1];
  for (const { loss, shares } of curve) {
    const cluster = Math.min(...shares) > 0 ? -1 : shares.findIndex((share) => share >= 0.95);
    if (cluster !== where) current = [];
    where = cluster;
    if (cluster >= 0) current.push(loss);
    if (current.length > best.length) best = [...current];
  }
  if (best.length * LOOK < PLATEAU) return null;
  return { seed, loss: [...best].sort((x, y) => x - y)[best.length >> 1], epochs: best.length * LOOK };
}

/** The loss of a perfect discriminator while one of two clusters is covered, and what a re-implementation in numpy found. */
const REFERENCE = {
  "non-saturating": { plateau: -(Math.log(1 / 3) / 2 + Math.log(2 / 3)) / 2, numpy: "0/16 | 15/16" },
  relativistic: { plateau: Math.log(2) / 2, numpy: "4/16 | 16/16" },
};

const backend = await nodeBackend({ threads: 1 });
const { version } = createRequire(import.meta.url)("onnxruntime-node/package.json");
console.log(`${os.cpus()[0].model}, one thread; Node ${process.versions.node}, onnxruntime-node ${version}`);
console.log(`${seeds} seeds, ${epochs} epochs`);
const results = [];
for (const objective of Object.keys(REFERENCE)) {
  const { games, seconds } = await play(objective, backend);
  const { plateau, numpy } = REFERENCE[objective];
  const count = (test) => `${games.filter(test).length}/${seeds}`;
  const plateaus = games.map(plateauOf).filter((found) => found !== null);
  const since = games.map(({ bothSince }) => bothSince ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b);
  const epochsOf = since.map((epoch) => (Number.isFinite(epoch) ? epoch : "never"));
  console.log(`\n${objective}: ${seconds.toFixed(0)} s`);
  if (epochs >= EARLY)
    console.log(`  both clusters after ${EARLY} epochs, fresh latents: ${count(({ early }) => early)}`);
  console.log(`  both clusters after ${epochs} epochs, latents of the training: ${count(({ end }) => end)}`);
  console.log(`  the same in numpy, float64, after ${EARLY} | 5000 epochs: ${numpy}`);
  console.log(`  both clusters for good since epoch: ${epochsOf.join(", ")}`);
  for (const { seed, loss, epochs: length } of plateaus) {
    console.log(
      `  plateau: seed ${seed}, ${length} epochs on one cluster, D loss ${loss.toFixed(4)} (${plateau.toFixed(4)})`,
    );
  }
  results.push({ objective, seconds, games, plateaus });
}
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(results)}\n`);
