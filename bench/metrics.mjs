// What the metrics cost: time at 10,000 samples of 128 features, and peak memory at 50,000, each in a process of its own.
//
//     npm run build && node bench/metrics.mjs [--only fid,kid] [--threads 2]
//
// Prints tables in Markdown.
import { spawnSync } from "node:child_process";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { nodeBackend } from "../dist/backend/onnx/node.js";
import { ring } from "../dist/data/synthetic.js";
import { features } from "../dist/metrics/features.js";
import { metrics } from "../dist/metrics/metrics.js";
import { BackendProducts } from "../dist/run/evaluation/products.js";
import { fillBits, fillNormal, fillUniform, streamKey } from "../dist/util/rng.js";
import { peakMemory } from "./process.mjs";

const [COUNT, MANY, DIMENSIONS, CLASSES] = [10_000, 50_000, 128, 10];
/** The training set that copies are looked for in. */
const TRAINING = 60_000;
/** Whose memory is measured. */
const LARGE = ["fid", "kid", "prdc"];

const { values } = parseArgs({
  options: { only: { type: "string" }, threads: { type: "string", default: "2" }, memory: { type: "string" } },
});
const backend = await nodeBackend({ threads: Number(values.threads) });

/** Features of a mixture of ten modes. */
function mixture(stream, count) {
  const centres = new Float32Array(CLASSES * DIMENSIONS);
  fillNormal(streamKey(0, "centres"), 0, centres);
  const which = new Uint32Array(count);
  fillBits(streamKey(1, `${stream}/mode`), 0, which);
  const data = new Float32Array(count * DIMENSIONS);
  fillNormal(streamKey(1, `${stream}/noise`), 0, data);
  for (let i = 0; i < data.length; i++) {
    const mode = which[Math.floor(i / DIMENSIONS)] % CLASSES;
    data[i] = centres[mode * DIMENSIONS + (i % DIMENSIONS)] + 0.5 * data[i];
  }
  return features(data, DIMENSIONS, "bench");
}

/** Class probabilities, none of them sure. */
function probabilities(stream, count) {
  const data = new Float32Array(count * CLASSES);
  fillUniform(streamKey(2, stream), 0, data);
  for (let n = 0; n < count; n++) {
    const row = data.subarray(n * CLASSES, (n + 1) * CLASSES);
    const sum = row.reduce((a, b) => a + b);
    for (let k = 0; k < CLASSES; k++) row[k] /= sum;
  }
  return { data, classes: CLASSES };
}

/** Everything that a metric may ask of a set of images. */
function sampleSet(stream, count) {
  const pixels = new Uint32Array((count * 28 * 28) / 4);
  fillBits(streamKey(3, stream), 0, pixels);
  return {
    features: mixture(stream, count),
    probabilities: probabilities(stream, count),
    channels: [0, 1, 2].map((channel) => probabilities(`${stream}/${channel}`, count)),
    images: { data: new Uint8Array(pixels.buffer), count, shape: [1, 28, 28] },
  };
}

const pointSet = (seed) => ({ features: features(ring({ count: COUNT, seed }).data, 2, "points") });

/** Inputs of the metric called `name`, of `count` samples and as many reals. */
function inputsOf(name, products, count) {
  const common = { products, seed: 0 };
  const { needs } = row(name).metric;
  if (needs.includes("modes")) {
    return { ...common, samples: pointSet(0), reference: pointSet(1), modes: ring({ count: 1 }).modes };
  }
  if (needs.includes("memory")) {
    const training = mixture("training", TRAINING);
    const memory = { training, heldOut: mixture("held out", COUNT / 2) };
    return { ...common, samples: sampleSet("samples", count), reference: sampleSet("reals", count), memory };
  }
  if (count === MANY) {
    return {
      ...common,
      samples: { features: mixture("samples", count) },
      reference: { features: mixture("reals", count) },
    };
  }
  return { ...common, samples: sampleSet("samples", count), reference: sampleSet("reals", count) };
}

function row(name) {
  const { options, create, summary } = metrics[name];
  return { metric: create(options.parse({})), summary };
}

/** Computes one metric. @returns Seconds, and its figures. */
async function measure(name, count) {
  const runtime = new BackendProducts(backend);
  const inputs = inputsOf(name, runtime.products, count);
  const start = performance.now();
  const figures = await row(name).metric.compute(inputs);
  const seconds = (performance.now() - start) / 1000;
  await runtime.release();
  return { seconds, figures };
}

if (values.memory !== undefined) {
  const { seconds } = await measure(values.memory, MANY);
  process.stdout.write(JSON.stringify({ seconds, peak: peakMemory(process.pid) }));
  process.exit();
}

const asked = (name) => values.only === undefined || values.only.split(",").includes(name);
// What plays a game needs a trained one, and takes as long as its budget says.
const names = Object.keys(metrics).filter((name) => asked(name) && !row(name).metric.needs.includes("game"));
const sizes = `${COUNT.toLocaleString("en")} x ${DIMENSIONS}`;
console.log(`${cpus()[0]?.model ?? "unknown processor"}, ${values.threads} threads, Node ${process.version}\n`);
console.log(`| metric | seconds at ${sizes} | its own figure |\n|---|---:|---:|`);
for (const name of names) {
  const { seconds, figures } = await measure(name, COUNT);
  console.log(`| ${name} | ${seconds.toFixed(2)} | ${Object.values(figures)[0].value.toPrecision(6)} |`);
}
console.log(
  `\n\`copying\` against ${TRAINING.toLocaleString("en")} training samples, \`modes\` on points of the ring.\n`,
);
console.log(`| metric | seconds at ${MANY.toLocaleString("en")} x ${DIMENSIONS} | peak MB |\n|---|---:|---:|`);
for (const name of LARGE.filter((large) => names.includes(large))) {
  const self = fileURLToPath(import.meta.url);
  const child = spawnSync(process.execPath, [self, "--memory", name, "--threads", values.threads], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  const { seconds, peak } = JSON.parse(child.stdout);
  console.log(`| ${name} | ${seconds.toFixed(1)} | ${peak?.toFixed(0) ?? "unknown"} |`);
}
