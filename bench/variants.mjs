// Compares ONNX Runtime session options on Gantry's own step: time and memory, the variants taking turns.
//
//     npm run build && node bench/variants.mjs dcgan-32 '{}' '{"enableMemPattern":false}' 'MALLOC_ARENA_MAX=1 {}'
//
// Every variant is JSON laid over the product's options (BENCH_SESSION in peers/README.md), after environment variables if
// any. The first variant is what the others are compared with. ROUNDS sets the number of rounds (default 7).
import { fileURLToPath } from "node:url";
import { number } from "./aims.mjs";
import { Contestant } from "./measure.mjs";
import { startPeer } from "./peers/client.mjs";
import { median, spread } from "./statistics.mjs";

const [caseName, ...variants] = process.argv.slice(2);
const peer = fileURLToPath(new URL("./peers/gantry.mjs", import.meta.url));
const rounds = Number(process.env.ROUNDS ?? 7);

function environmentOf(variant) {
  const at = variant.indexOf("{");
  const pairs = variant.slice(0, at).trim().split(/\s+/).filter(Boolean);
  return { ...Object.fromEntries(pairs.map((pair) => pair.split("="))), BENCH_SESSION: variant.slice(at) };
}

const contestants = [];
for (const variant of variants) {
  const started = await startPeer(process.execPath, [peer, caseName], environmentOf(variant));
  const contestant = new Contestant(variant, started);
  await contestant.warmUp(1000);
  contestants.push(contestant);
}
for (let round = 0; round < rounds; round++) for (const contestant of contestants) await contestant.round();
await Promise.all(contestants.map((contestant) => contestant.peer.stop()));

const [reference] = contestants;
for (const { name, problem, ms, rounds: medians, peakMb, idleMs, idleProcessorMs } of contestants) {
  if (medians.length === 0) {
    console.log(`${name}: ${problem}`);
    continue;
  }
  const ratio = spread(medians.map((value, i) => value / reference.rounds[i]));
  const idle = number((100 * idleProcessorMs) / idleMs);
  const time = `median ${number(median(ms))} ms, least ${number(Math.min(...ms))}`;
  const ratios = `x${number(ratio.median)} (${number(ratio.min)}–${number(ratio.max)})`;
  console.log(`${name}: ${time}, ${ratios}, ${number(peakMb)} MB, idle ${idle} %`);
}
