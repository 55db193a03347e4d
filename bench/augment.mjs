// What augmentations and consistency penalties cost: steps of DCGAN with each, in turns with the plain step.
//
//     npm run build && node bench/augment.mjs [size] [rounds] [names,…]
//
// Prints medians in ms of wall time, and of processor time, which a busy machine disturbs less; and ratios to the plain step.
import { nodeBackend } from "../dist/backend/onnx/node.js";
import { parseConfig } from "../dist/config/config.js";
import { gameFromConfig } from "../dist/config/game-from-config.js";
import { planStep } from "../dist/gan/step/phases.js";
import { Executor } from "../dist/run/training/steps/executor.js";

const size = Number(process.argv[2] ?? 32);
const rounds = Number(process.argv[3] ?? 9);
const only = process.argv[4]?.split(",");
const BATCH = 64;
const LR = 2e-4;
const threads = Number(process.env.BENCH_THREADS ?? 1);

const CASES = {
  plain: {},
  mirror: { augment: "mirror" },
  diffaugment: { augment: "diffaugment" },
  ada: { augment: [{ name: "ada", initial: 0.5 }] },
  "ada, blit": { augment: [{ name: "ada", initial: 0.5, parts: ["blit"] }] },
  "ada, colour": { augment: [{ name: "ada", initial: 0.5, parts: ["colour"] }] },
  apa: { augment: [{ name: "apa", initial: 0.5 }] },
  consistency: { penalties: "consistency" },
  "balanced-consistency": { penalties: "balanced-consistency" },
  "latent-consistency": { penalties: "latent-consistency" },
};

const backend = await nodeBackend({ threads });
const real = Uint8Array.from({ length: BATCH * 3 * size * size }, (_, i) => (i * 7919) % 256);

async function prepare(name, choices) {
  const adam = { name: "adam", lr: LR, beta1: 0.5 };
  const config = parseConfig({
    data: { source: "fixed" },
    model: "dcgan",
    optimizer: { generator: adam, discriminator: adam },
    ema: { enabled: false },
    batch: BATCH,
    ...choices,
  });
  const game = gameFromConfig(config, { kind: "images", shape: [3, size, size] });
  const executor = new Executor(game, backend, 0);
  const [phase] = planStep(game.updates, game.penalties, 0);
  let draw = 0;
  const step = () => executor.run(phase, { real, draw: draw++, scalar: () => LR });
  for (let i = 0; i < 2; i++) await step();
  return { name, step, wall: [], processor: [] };
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

const cases = [];
for (const [name, choices] of Object.entries(CASES)) {
  if (name === "plain" || only === undefined || only.includes(name)) cases.push(await prepare(name, choices));
}
for (let round = 0; round < rounds; round++) {
  for (const { step, wall, processor } of cases) {
    const [start, before] = [performance.now(), process.cpuUsage()];
    await step();
    const { user, system } = process.cpuUsage(before);
    wall.push(performance.now() - start);
    processor.push((user + system) / 1000);
  }
}
const [plain] = cases;
console.log(`dcgan at ${size} pixels, batch ${BATCH}, ${threads} thread(s), ${rounds} rounds`);
for (const { name, wall, processor } of cases) {
  const row = [wall, processor].map((values, i) => {
    const base = median([plain.wall, plain.processor][i]);
    return `${median(values).toFixed(1).padStart(8)} ms ${(median(values) / base).toFixed(2)}x`;
  });
  console.log(`${name.padEnd(21)} wall ${row[0]}  processor ${row[1]}`);
}
process.exit(0);
