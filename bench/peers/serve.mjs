// The peer's end of the line protocol in README.md, shared by the peers that run on Node.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { cases } from "./cases.mjs";

const LIMIT_MS = 1000 * Number(process.env.BENCH_MAX_STEP_SECONDS ?? 60);

/** The number of threads this peer may use. */
export const THREADS = Number(process.env.BENCH_THREADS ?? 2);

/** Reads the case named on the command line from cases.json; leaves with code 2 when there is no such case. */
export function loadCase() {
  const name = process.argv[2] ?? "";
  if (!Object.hasOwn(cases, name)) refuse(`unknown case '${name}'; one of ${Object.keys(cases).join(", ")}`);
  return { name, ...cases[name] };
}

/** Whether a case asks for more than the plain step. */
export const isRegularised = (spec) =>
  ["objective", "r1r2Gamma", "wganGpLambda", "spectral", "diffAugment"].some((key) => spec[key] !== undefined);

/** Says what is wrong with the call on stderr and leaves with code 2. */
export function refuse(message) {
  console.error(message);
  process.exit(2);
}

/** Answers that this peer cannot do the case, and leaves. */
export function unsupported(reason) {
  say({ unsupported: reason });
  process.exit(0);
}

/** The version in a package's package.json. */
export function versionOf(packageName) {
  const url = new URL(`../../node_modules/${packageName}/package.json`, import.meta.url);
  return JSON.parse(readFileSync(url, "utf8")).version;
}

/**
 * Answers `unsupported` when a whole step would take longer than BENCH_MAX_STEP_SECONDS, judged from one warm step on a
 * batch of one (`stepAt(batch)` runs such a step and returns its milliseconds). The toys are never too slow.
 */
export async function refuseIfSlow(spec, stepAt) {
  if (spec.kind === "points") return;
  const oneMs = await stepAt(1);
  // What does not grow with the batch (the optimiser) is measured only when it could change the answer.
  let estimate = oneMs * spec.batch;
  if (estimate > LIMIT_MS && estimate < 8 * LIMIT_MS)
    estimate = oneMs + (((await stepAt(3)) - oneMs) / 2) * (spec.batch - 1);
  if (estimate <= LIMIT_MS) return;
  const seconds = Math.round(estimate / 1000);
  unsupported(`a step would take about ${seconds} s, more than the limit of ${LIMIT_MS / 1000} s`);
}

/** A seeded stream of uniform numbers in [0, 1) (mulberry32), enough for initial weights and data. */
export function uniforms(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `count` normal numbers from a stream of uniform ones. */
export function normals(next, count, mean = 0, spread = 1) {
  return Float32Array.from({ length: count }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - next()));
    return mean + spread * radius * Math.cos(2 * Math.PI * next());
  });
}

/** The fixed batch of data: bytes brought to -1..1 (in any layout, they are noise), or points on a ring of eight. */
export function realBatch(spec, batch, next) {
  const count = batch * spec.data.reduce((a, b) => a * b);
  if (spec.kind === "image") return Float32Array.from({ length: count }, () => Math.floor(next() * 256) / 127.5 - 1);
  const noise = normals(next, count, 0, 0.02);
  for (let i = 0; i < batch; i++) {
    const angle = (Math.floor(next() * 8) * Math.PI) / 4;
    noise[2 * i] += Math.cos(angle);
    noise[2 * i + 1] += Math.sin(angle);
  }
  return noise;
}

/** Initial values of a weight: normal(0, 0.02) for convolutions, as PyTorch's Linear for dense layers. */
export function initialWeight(layer, count, next) {
  if (layer.op !== "dense") return normals(next, count, 0, 0.02);
  const bound = 1 / Math.sqrt(layer.in);
  return Float32Array.from({ length: count }, () => (2 * next() - 1) * bound);
}

/**
 * Announces the peer, then runs steps on request until `quit` or end of input. `step` runs one training step; `losses`
 * returns those of the last one.
 */
export async function serve(ready, { step, losses }) {
  say({ ready: true, ...ready });
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() === "quit") break;
    const count = /^steps (\d+)$/.exec(line.trim())?.[1];
    if (count === undefined) refuse(`expected 'steps K' or 'quit', got '${line}'`);
    const ms = [];
    for (let i = 0; i < Number(count); i++) {
      const start = performance.now();
      await step();
      ms.push(Number((performance.now() - start).toFixed(4)));
    }
    say({ ms, losses: await losses(), rssMb: Math.round(process.resourceUsage().maxRSS / 102.4) / 10 });
  }
  process.exit(0);
}

function say(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
