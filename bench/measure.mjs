// Measures one case: starts its peers and lets them take turns, round after round, so that all meet the same machine.
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { flopsPerStep } from "./flops.mjs";
import { startPeer } from "./peers/client.mjs";
import { peakMemory, processorTime } from "./process.mjs";
import { median, spread } from "./statistics.mjs";

/** Between two turns: lets the threads of the last peer fall asleep. */
const PAUSE_MS = 100;

/** The contestant that runs the step a regularised case adds something to. */
const PLAIN = "gantry, plain step";

const file = (name) => fileURLToPath(new URL(`./peers/${name}`, import.meta.url));

/** The peers of a case: how to start each. The first is the one that the others are compared with. */
function peersOf(caseName, { kind, plain }, { python, threads, quick, only }) {
  const node = process.execPath;
  const withThreads = (count) => ({ BENCH_THREADS: String(count) });
  const peers = [{ name: "gantry", command: node, args: [file("gantry.mjs"), caseName], env: {} }];
  if (plain !== undefined) peers.push({ name: PLAIN, command: node, args: [file("gantry.mjs"), plain], env: {} });
  // PyTorch's small cases may be faster on one thread: both are measured, and the better one is quoted.
  for (const count of kind === "points" && threads > 1 ? [threads, 1] : [threads]) {
    if (python === undefined) peers.push({ name: "pytorch", absent: "no Python that can import torch" });
    else {
      const name = count === threads ? "pytorch" : `pytorch, ${count} thread`;
      peers.push({ name, command: python, args: [file("pytorch.py"), caseName], env: withThreads(count) });
    }
  }
  if (!quick) {
    peers.push({ name: "tfjs", command: node, args: [file("tfjs.mjs"), caseName], env: {} });
    peers.push({ name: "jax-js", command: node, args: [file("jax-js.mjs"), caseName], env: {} });
  }
  peers.push({ name: "matmul", command: node, args: [file("matmul.mjs"), "1024"], env: withThreads(threads) });
  return only === undefined ? peers : peers.filter(({ name }) => only.includes(name.split(",")[0]));
}

/** A started peer with what has been measured of it. */
export class Contestant {
  ms = [];
  /** Of every round, the median step in ms. */
  rounds = [];
  idleMs = 0;
  idleProcessorMs = 0;
  problem;

  constructor(name, peer) {
    this.name = name;
    this.peer = peer;
  }

  /** Lets the peer run and gives the times of its steps; undefined when it fails, after which it no longer takes part. */
  async run(steps) {
    this.endIdling();
    try {
      const { ms, losses } = await this.peer.steps(steps);
      this.losses = losses;
      this.peakMb = peakMemory(this.peer.pid);
      return ms;
    } catch (error) {
      this.problem = error.message;
      return undefined;
    } finally {
      // OpenBLAS's threads spin for some 30 ms after their last product; then every peer should be asleep.
      await sleep(PAUSE_MS);
      this.idleSince = { time: performance.now(), processor: processorTime(this.peer.pid) };
    }
  }

  endIdling() {
    const processor = processorTime(this.peer.pid);
    if (this.idleSince?.processor === undefined || processor === undefined) return;
    this.idleMs += performance.now() - this.idleSince.time;
    this.idleProcessorMs += processor - this.idleSince.processor;
  }

  /** Warms up and settles how many steps make a round of `roundMs`. */
  async warmUp(roundMs) {
    const first = await this.run(1);
    if (first === undefined) return;
    const few = first[0] > roundMs ? first : await this.run(2);
    if (few === undefined) return;
    const guess = Math.min(...few);
    const more = guess * 4 > roundMs ? few : await this.run(Math.ceil(roundMs / 2 / guess));
    if (more === undefined) return;
    this.k = Math.max(1, Math.round(roundMs / Math.min(...more)));
    // A step of many seconds varies little; a few of them are enough.
    this.slow = Math.min(...more) > 4 * roundMs;
    this.idleMs = 0;
    this.idleProcessorMs = 0;
  }

  async round() {
    const ms = await this.run(this.k);
    if (ms === undefined) return;
    this.ms.push(...ms);
    this.rounds.push(median(ms));
  }
}

function summary(contestant, reference, matmul, flops) {
  const { name, peer, rounds, ms, k, problem } = contestant;
  const { version, threads, layout, backend } = peer.ready;
  const common = { name, version, threads, ...(layout && { layout }), ...(backend && { backend }) };
  if (rounds.length === 0) return { ...common, unsupported: problem ?? "nothing was measured" };
  const perRound = (values, other) => spread(values.map((value, i) => other(value, i)).filter(Number.isFinite));
  const own = peer.ready.flopsPerStep ?? flops;
  const rates = own === undefined ? undefined : rounds.map((value) => own / value / 1e6);
  const matmulRates = matmul?.rounds.map((value) => matmul.peer.ready.flopsPerStep / value / 1e6);
  const idleShare = contestant.idleMs > 0 ? contestant.idleProcessorMs / contestant.idleMs : undefined;
  return {
    ...common,
    rounds: rounds.length,
    stepsPerRound: k,
    stepMs: { median: median(ms), min: Math.min(...ms), mean: ms.reduce((a, b) => a + b) / ms.length },
    ...(reference &&
      contestant !== reference &&
      contestant !== matmul && { ratio: perRound(rounds, (value, i) => value / reference.rounds[i]) }),
    ...(rates && { gflops: spread(rates) }),
    ...(rates && matmulRates && { ofMatmul: perRound(rates, (rate, i) => (100 * rate) / matmulRates[i]) }),
    peakMb: contestant.peakMb,
    idleShare,
    losses: contestant.losses,
    ...(problem && { problem }),
  };
}

/** Starts one peer; gives a contestant, or says why there is none. */
async function start({ name, absent, command, args, env }) {
  if (absent !== undefined) return { name, unsupported: absent };
  try {
    const peer = await startPeer(command, args, env);
    if (peer.ready.unsupported !== undefined) return { name, unsupported: peer.ready.unsupported };
    return new Contestant(name, peer);
  } catch (error) {
    return { name, unsupported: error.message };
  }
}

/**
 * Measures one case.
 *
 * @param options `rounds`, `roundMs`, `quick` (no JavaScript peers), `threads`, `python`, `only` (names of peers), `say`.
 */
export async function measureCase(caseName, spec, options) {
  const { rounds, roundMs, say } = options;
  const entries = [];
  // One after the other, each warmed up before the next begins: only one peer computes at any time.
  for (const description of peersOf(caseName, spec, options)) {
    say(`${caseName}: starting ${description.name}`);
    const entry = await start(description);
    if (entry instanceof Contestant) await entry.warmUp(roundMs);
    entries.push(entry);
  }
  const contestants = entries.filter((entry) => entry instanceof Contestant);
  const taking = (round) => contestants.filter((c) => c.problem === undefined && !(c.slow && round >= 3));
  try {
    for (let round = 0; round < rounds; round++) {
      say(`${caseName}: round ${round + 1} of ${rounds}`);
      for (const contestant of taking(round)) await contestant.round();
    }
  } finally {
    await Promise.all(contestants.map(({ peer }) => peer.stop()));
  }
  const find = (name) => contestants.find((c) => c.name === name && c.rounds.length > 0);
  const flops = flopsPerStep(spec);
  const [own, plain] = [find("gantry"), find(PLAIN)];
  return {
    case: caseName,
    batch: spec.batch,
    ...(own && plain && { plain: spec.plain, timesPlain: spread(own.rounds.map((ms, i) => ms / plain.rounds[i])) }),
    ...(flops && { flopsPerStep: flops }),
    peers: entries.map((entry) =>
      entry instanceof Contestant ? summary(entry, find("gantry"), find("matmul"), flops) : entry,
    ),
  };
}
