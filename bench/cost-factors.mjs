// Measures what each objective, penalty, optimiser and option costs: the step of DCGAN-32 with it over the step without it.
//
//     npm run build && node bench/cost-factors.mjs [--rounds N] [--only TEXT] [--provisional]
//
// Both steps live in this process and take turns, so that both meet the same machine; the factor is the median over rounds of the
// ratio within a round. Writes bench/cost-factors.json, which docs/reference/ quotes. With --only, what was measured before stays.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { nodeBackend } from "../dist/backend/onnx/node.js";
import { parseConfig } from "../dist/config/config.js";
import { gameFromConfig } from "../dist/config/game-from-config.js";
import { mergeConfig } from "../dist/config/layers.js";
import { conditionSize } from "../dist/gan/game/game.js";
import { planStep } from "../dist/gan/step/phases.js";
import { Executor } from "../dist/run/training/steps/executor.js";
import { modelSteps, PLAIN, variants } from "./cost-variants.mjs";
import { versionOf } from "./peers/serve.mjs";
import { median, spread } from "./statistics.mjs";

const OUTPUT = new URL("./cost-factors.json", import.meta.url);
const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "9" },
    only: { type: "string", default: "" },
    provisional: { type: "boolean", default: false },
  },
});
const rounds = Number(options.rounds);
if (!Number.isInteger(rounds) || rounds < 1) {
  console.error("--rounds must be a whole number, at least 1");
  process.exit(2);
}

const backend = await nodeBackend();

/** A game in execution, fed with one fixed batch. */
class Steps {
  constructor(raw, sample) {
    this.game = gameFromConfig(parseConfig(raw), sample);
    const size = this.game.batch * sample.shape.reduce((a, b) => a * b);
    this.executor = new Executor(this.game, backend, 0);
    this.real =
      sample.kind === "images"
        ? Uint8Array.from({ length: size }, (_, i) => (i * 7919) % 256)
        : Float32Array.from({ length: size }, (_, i) => Math.sin(i));
    if (this.game.condition?.kind === "labels") {
      const k = conditionSize(this.game.condition);
      this.labels = Float32Array.from({ length: this.game.batch * k }, (_, i) => Number(i % k === ((i / k) | 0) % k));
    }
    this.step = 0;
    this.draw = 0;
  }

  /** Runs `count` steps; the time of one of them in ms. */
  async run(count) {
    const start = performance.now();
    for (let i = 0; i < count; i++) {
      for (const phase of planStep(this.game.updates, this.game.penalties, this.step)) {
        const { real, labels } = this;
        await this.executor.run(phase, {
          real,
          ...(labels && { labels }),
          draw: this.draw++,
          scalar: ({ name, ramp }) => ramp?.from ?? (name === "ema/decay" ? 0.99 : 2e-4),
        });
      }
      this.step++;
    }
    return (performance.now() - start) / count;
  }

  release() {
    return this.executor.release();
  }
}

const rounded = ({ median, min, max }) => ({
  median: Number(median.toFixed(2)),
  min: Number(min.toFixed(2)),
  max: Number(max.toFixed(2)),
});

/** The factor of `other` over `plain`. Who begins changes from round to round. */
async function compare(plain, other, steps) {
  await plain.run(1);
  await other.run(steps > 1 ? steps : 2);
  const ratios = [];
  for (let round = 0; round < rounds; round++) {
    const times = {};
    const turns = [
      ["plain", () => plain.run(1)],
      ["other", () => other.run(steps)],
    ];
    for (const [who, turn] of round % 2 === 0 ? turns : turns.reverse()) times[who] = await turn();
    ratios.push(times.other / times.plain);
  }
  return rounded(spread(ratios));
}

const load = loadavg()[0];
if (load > 0.5) console.error(`the load is ${load.toFixed(2)}: take no factor here as final`);
const chosen = ({ name }) => name.includes(options.only);
const before = options.only !== "" && existsSync(OUTPUT) ? JSON.parse(readFileSync(OUTPUT, "utf8")) : {};
const factors = { ...before.factors };
const models = { ...before.models };

const plain = new Steps(PLAIN.config, PLAIN.sample);
await plain.run(2);
const plainMs = [];
for (let round = 0; round < rounds; round++) plainMs.push(await plain.run(1));

for (const { name, config, under, steps = 1 } of variants.filter(chosen)) {
  const base = under === undefined ? PLAIN.config : mergeConfig(PLAIN.config, under);
  const reference = under === undefined ? plain : new Steps(base, PLAIN.sample);
  const other = new Steps(mergeConfig(base, config), PLAIN.sample);
  factors[name] = await compare(reference, other, steps);
  const { median, min, max } = factors[name];
  console.error(`${name}: ${median} (${min}-${max})`);
  await other.release();
  if (reference !== plain) await reference.release();
}
for (const { name, sample, batch } of modelSteps.filter(chosen)) {
  const steps = new Steps({ data: { source: "none" }, model: { name }, batch }, sample);
  await steps.run(2);
  const ms = [];
  const began = performance.now();
  while (ms.length < 3 || (ms.length < rounds && performance.now() - began < 20_000)) ms.push(await steps.run(1));
  models[name] = { kind: sample.kind, shape: sample.shape, batch, ms: Number(median(ms).toPrecision(3)) };
  console.error(`${name}: ${models[name].ms} ms`);
  await steps.release();
}

// What is gone from the list goes from the file.
const named = (list, table) =>
  Object.fromEntries(list.filter(({ name }) => name in table).map(({ name }) => [name, table[name]]));
const result = {
  written: "by bench/cost-factors.mjs",
  provisional: options.provisional || load > 0.5,
  date: new Date().toISOString().slice(0, 10),
  machine: { cpu: cpus()[0]?.model ?? "unknown", cores: availableParallelism(), load: Number(load.toFixed(2)) },
  versions: { node: process.versions.node, "onnxruntime-node": versionOf("onnxruntime-node") },
  protocol: `${rounds} rounds, the two steps in turns; median of the ratios within a round, least and greatest beside it`,
  plain: { config: PLAIN.config, sample: PLAIN.sample, ms: Number(median(plainMs).toPrecision(3)) },
  factors: named(variants, factors),
  models: named(modelSteps, models),
};
writeFileSync(OUTPUT, `${JSON.stringify(result, null, 2)}\n`);
console.error("wrote bench/cost-factors.json");
process.exit(0);
