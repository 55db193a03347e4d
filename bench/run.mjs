// The benchmark: `npm run bench -- [options]`. See README.md.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, release, totalmem, type } from "node:os";
import { parseArgs } from "node:util";
import { measureCommand } from "./command.mjs";
import { measureCase } from "./measure.mjs";
import { cases as specs } from "./peers/cases.mjs";
import { findPython } from "./peers/client.mjs";
import { report } from "./report.mjs";

const USAGE = `npm run bench -- [options]

  --cases a,b   only these cases; "command" stands for the measurements of the command line
  --peers a,b   only these peers (gantry, pytorch, tfjs, jax-js, matmul)
  --rounds N    rounds of every case (default 7; with --quick 3)
  --quick       fewer and shorter rounds, no JavaScript peers
  --json        the results as JSON on stdout instead of tables
  --help        this text

A run of everything on the CPU writes bench/results.md; a partial or quick one, or one on another device, only prints.`;

function fail(message) {
  console.error(`${message}\n\n${USAGE}`);
  process.exit(2);
}

function readOptions() {
  try {
    return parseArgs({
      options: {
        cases: { type: "string" },
        peers: { type: "string" },
        rounds: { type: "string" },
        quick: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    return fail(error.message);
  }
}

function packageVersion(name) {
  try {
    return JSON.parse(readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), "utf8")).version;
  } catch {
    return undefined;
  }
}

/** What a command prints, or undefined when it fails. */
function output(command, args) {
  try {
    return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return undefined;
  }
}

const options = readOptions();
if (options.help) {
  console.log(USAGE);
  process.exit(0);
}
const known = [...Object.keys(specs), "command"];
const chosen = options.cases?.split(",") ?? known;
const strange = chosen.find((name) => !known.includes(name));
if (strange !== undefined) fail(`unknown case "${strange}"; one of ${known.join(", ")}`);
const rounds = Number(options.rounds ?? (options.quick ? 3 : 7));
if (!Number.isInteger(rounds) || rounds < 1) fail("--rounds must be a whole number, at least 1");

const say = (message) => console.error(`bench: ${message}`);
const load = loadavg()[0];
if (load > 0.5) say(`the load is ${load.toFixed(2)}: other work disturbs the figures. Wait until it is below 0.5.`);
const python = findPython();
if (python === undefined) say("no Python that can import torch was found: PyTorch is left out");
const threads = Number(process.env.BENCH_THREADS ?? availableParallelism());
const device = process.env.BENCH_DEVICE || "cpu";
const roundMs = options.quick ? 700 : 1500;
const { quick } = options;

const cases = [];
for (const name of chosen.filter((name) => name !== "command")) {
  const only = options.peers?.split(",");
  cases.push(await measureCase(name, specs[name], { rounds, roundMs, quick, threads, python, only, say }));
}
const command = chosen.includes("command") ? await measureCommand({ quick, say }) : undefined;

const results = {
  date: new Date().toISOString().slice(0, 10),
  load,
  machine: {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    device,
  },
  versions: {
    Node: process.versions.node,
    "onnxruntime-node": packageVersion("onnxruntime-node"),
    PyTorch: python && output(python, ["-c", "import torch; print(torch.__version__)"]),
    OpenBLAS: output("dpkg-query", ["-W", "libopenblas0-pthread"])?.split("\t")[1],
    "TensorFlow.js": packageVersion("@tensorflow/tfjs"),
    "jax-js": packageVersion("@jax-js/jax"),
  },
  protocol: `peers take turns, ${rounds} rounds of about ${roundMs / 1000} s each after a warm-up; medians`,
  cases,
  command,
};
const text = report(results);
console.log(options.json ? JSON.stringify(results, null, 2) : text);
if (options.cases === undefined && options.peers === undefined && !quick && device === "cpu") {
  writeFileSync(new URL("./results.md", import.meta.url), text);
  say("wrote bench/results.md");
}
