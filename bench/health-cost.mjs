// What it costs to watch over a training, as a share of its time: by hand, not reported.
//
//     npm run build && node bench/health-cost.mjs [--cases dcgan-32,points] [--levels light,standard,full] [--rounds 7]
// [--threads 1] [--device cpu]
//
// Trains a while, then measures steps and looks in turns, so that other work on the machine disturbs both alike. The
// share is that at the default rhythm of the case's length: a hundredth of the training, at least 20 steps and at most
// 500.
import { parseArgs } from "node:util";
import { nodeBackend } from "../dist/backend/onnx/node.js";
import { lookEvery, parseConfig, totalSteps } from "../dist/config/config.js";
import { gameFromConfig } from "../dist/config/game-from-config.js";
import { ring } from "../dist/data/synthetic.js";
import { planStep } from "../dist/gan/step/phases.js";
import { measureBaseline } from "../dist/health/measure/measure-baseline.js";
import { measureLook } from "../dist/health/measure/probes.js";
import { sampleType } from "../dist/run/training/prepare/prepare.js";
import { Executor } from "../dist/run/training/steps/executor.js";
import { fedNumbers } from "../dist/run/training/steps/fed-numbers.js";
import { TrainingBatches } from "../dist/run/training/steps/training-batches.js";
import { Looker } from "../dist/run/training/watch/looker.js";
import { fillUniform, streamKey } from "../dist/util/rng.js";
import { median } from "./statistics.mjs";

const { values } = parseArgs({
  options: {
    cases: { type: "string", default: "dcgan-32,points" },
    levels: { type: "string", default: "light,standard,full" },
    rounds: { type: "string", default: "7" },
    threads: { type: "string", default: "1" },
    device: { type: "string", default: "cpu" },
  },
});

/** Smooth colours, so that the discriminator has something to learn: which, costs nothing. */
function pictures(count) {
  const size = 32;
  const data = new Uint8Array(count * 3 * size * size);
  const colours = new Float32Array(count * 6);
  fillUniform(streamKey(1, "pictures"), 0, colours);
  for (let i = 0; i < data.length; i++) {
    const x = i % size;
    const plane = Math.floor(i / (size * size));
    const [from, to] = [colours[2 * plane], colours[2 * plane + 1]];
    data[i] = 255 * (from + ((to - from) * x) / (size - 1));
  }
  const valueRange = { min: 0, max: 255, convention: "0..255" };
  return { kind: "images", name: "colours", count, shape: [3, size, size], data, valueRange, skipped: [], notes: [] };
}

const adam = { name: "adam", lr: 2e-4, beta1: 0.5, beta2: 0.999, epsilon: 1e-8 };

/** What is trained, on what; the length is that of the preset. */
const cases = {
  // That of bench/run.mjs.
  "dcgan-32": () => ({
    raw: { model: { name: "dcgan", norm: "batch" }, batch: 64, images: 350_000, ema: { enabled: false } },
    data: pictures(2000),
    heldOut: pictures(300),
    steps: 3,
  }),
  points: () => ({
    raw: { model: { name: "mlp" }, batch: 256, steps: 25_000 },
    data: ring(),
    heldOut: ring({ seed: 1, limit: 4096 }),
    steps: 100,
  }),
};

/**
 * Time so far in ms: the processor's, as wall time says little on a machine that is shared; on another device wall time, since
 * the processor waits then.
 */
function clock() {
  if (values.device !== "cpu") return performance.now();
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function timed(work) {
  const start = clock();
  await work();
  return clock() - start;
}

async function measure(name, levels, rounds, threads) {
  const { raw, data, heldOut, steps } = cases[name]();
  const backend = await nodeBackend({ device: values.device, threads });
  const configOf = (probes) =>
    parseConfig({
      data: { source: "fixed" },
      optimizer: { generator: adam, discriminator: adam },
      ...raw,
      health: { probes },
    });
  const config = configOf("standard");
  const game = gameFromConfig(config, sampleType(data));
  const executor = new Executor(game, backend, config.seed);
  const batches = new TrainingBatches(config, data, game);
  const scalar = fedNumbers(config, 0);
  let draw = 0;
  const train = async (count) => {
    for (let i = 0; i < count; i++) {
      for (const phase of planStep(game.updates, game.penalties, draw)) {
        await executor.run(phase, { ...batches.get(draw), draw: draw++, scalar });
      }
    }
  };
  const lookers = Object.fromEntries(
    levels.map((level) => [level, new Looker({ config: configOf(level), game, train: data, heldOut }, backend)]),
  );
  const { samples } = lookers[levels[0]];
  let baseline;
  const baselineMs = await timed(async () => {
    baseline = measureBaseline(data, { samples, seed: 0 }, heldOut);
  });
  const look = async (level) => {
    const seen = await lookers[level].take((await executor.settle()).read(), draw);
    const taken = clock();
    measureLook(level, seen, baseline);
    return clock() - taken;
  };
  await train(steps);
  for (const level of levels) await look(level);
  const times = { step: [], ...Object.fromEntries(levels.map((level) => [level, []])) };
  const probing = Object.fromEntries(levels.map((level) => [level, []]));
  for (let round = 0; round < rounds; round++) {
    times.step.push((await timed(() => train(steps))) / steps);
    for (const level of levels) {
      times[level].push(await timed(async () => probing[level].push(await look(level))));
    }
  }
  const step = median(times.step);
  const every = lookEvery(config);
  console.log(
    `${name}: ${values.device}, ${threads} threads, ${rounds} rounds; a step takes ${step.toFixed(2)} ms; a look every ${every} of ${totalSteps(config)} steps; baseline ${baselineMs.toFixed(0)} ms, once`,
  );
  for (const level of levels) {
    const whole = median(times[level]);
    const share = ((100 * whole) / (every * step)).toFixed(2);
    console.log(
      `  ${level.padEnd(9)} ${whole.toFixed(1)} ms = ${(whole / step).toFixed(1)} steps (probes ${median(probing[level]).toFixed(1)} ms): ${share} % of the training's time`,
    );
  }
  for (const looker of Object.values(lookers)) await looker.release();
  await executor.release();
}

for (const name of values.cases.split(",")) {
  await measure(name, values.levels.split(","), Number(values.rounds), Number(values.threads));
}
