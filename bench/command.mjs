// Measures the command line: how soon it answers, how soon it trains, how much memory that takes.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { peakMemory } from "./process.mjs";
import { spread } from "./statistics.mjs";

const GANTRY = fileURLToPath(new URL("../bin/gantry.js", import.meta.url));
const LIMIT_MS = 120_000;

/** What a failed command said, on one line. */
function complaint(text) {
  const lines = text.trim().split("\n");
  return lines.find((line) => /error/i.test(line)) ?? lines.at(-1);
}

/** Wall time of `gantry --help` in ms. */
function measureHelp(times) {
  const ms = [];
  for (let i = 0; i <= times; i++) {
    const start = performance.now();
    const { status, stderr } = spawnSync(process.execPath, [GANTRY, "--help"], { encoding: "utf8", timeout: LIMIT_MS });
    if (status !== 0) return { unsupported: `gantry --help failed: ${complaint(stderr)}` };
    if (i > 0) ms.push(performance.now() - start); // the first one warms the file cache, and may build
  }
  return spread(ms);
}

/** The events of the one run below `out`. */
function readEvents(out) {
  const log = readdirSync(out, { recursive: true }).find((path) => path.endsWith("events.jsonl"));
  const lines = log === undefined ? [] : readFileSync(join(out, log), "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line));
}

/** Runs a training; gives its events with their time since the start of the command, and its peak memory. */
function trainOnce(steps) {
  const out = mkdtempSync(join(tmpdir(), "gantry-bench-"));
  const args = ["train", "--preset", "dcgan", "--data", "mnist", "--steps", String(steps), "--out", out, "--json"];
  return new Promise((resolve) => {
    const began = Date.now();
    const child = spawn(process.execPath, [GANTRY, ...args], {
      stdio: ["ignore", "ignore", "pipe"],
      timeout: LIMIT_MS,
    });
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (chunk) => {
      stderr += chunk;
    });
    let peakMb;
    const poll = setInterval(() => {
      peakMb = peakMemory(child.pid) ?? peakMb;
    }, 10);
    child.once("error", (error) => {
      stderr += error.message;
    });
    child.once("close", (code) => {
      clearInterval(poll);
      const events = readEvents(out).map(({ type, time }) => ({ type, ms: Date.parse(time) - began }));
      rmSync(out, { recursive: true, force: true });
      resolve(code === 0 ? { events, peakMb } : { unsupported: `gantry train failed: ${complaint(stderr)}` });
    });
  });
}

/** Time from the start of the command to the end of the first training step (its scalars are in the log), in ms. */
async function measureFirstStep(times) {
  const ms = [];
  for (let i = 0; i < times; i++) {
    const { unsupported, events } = await trainOnce(1);
    if (unsupported !== undefined) return { unsupported };
    const first = events.find(({ type }) => type === "scalars");
    if (first === undefined) return { unsupported: "gantry train wrote no scalars" };
    ms.push(first.ms);
  }
  return spread(ms);
}

/** Peak memory of a whole short training on MNIST: data, moving average, sample grids and checkpoints included. */
async function measureTraining() {
  const { unsupported, peakMb } = await trainOnce(40);
  return unsupported === undefined ? { peakMb } : { unsupported };
}

/** Everything above. `quick` measures fewer times. */
export async function measureCommand({ quick, say }) {
  say("gantry --help");
  const help = measureHelp(quick ? 4 : 10);
  say("gantry train: the first step");
  const firstStep = await measureFirstStep(quick ? 2 : 5);
  say("gantry train: peak memory");
  return { help, firstStep, training: await measureTraining() };
}
