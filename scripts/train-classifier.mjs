// Trains the small classifier whose features and classes the metrics use, and writes its weights to assets/.
//
//     npm run build && node scripts/train-classifier.mjs mnist
//     npm run build && node scripts/train-classifier.mjs fashion-mnist
//
// AdamW on the cross-entropy, with images shifted (and, where a mirrored object is of the same class, mirrored) at random.
// Everything is drawn from fixed streams: the same machine kind, threads and versions give the same bytes. The test images
// are looked at once, at the end. `--epochs N` trains for another time and writes nothing.
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { grad } from "../dist/autodiff/grad.js";
import { nodeBackend } from "../dist/backend/onnx/node.js";
import { BatchOrder, gatherBatch, gatherLabels } from "../dist/data/batches.js";
import { loadDataset } from "../dist/data/sources.js";
import { buildGraph } from "../dist/graph/graph.js";
import * as t from "../dist/graph/tensor.js";
import { LENET, lenet, lenetExtractor } from "../dist/metrics/extractor.js";
import { applyNetwork, declareNetwork } from "../dist/nn/module.js";
import { pack, packLayout, unpack } from "../dist/nn/pack.js";
import { adam } from "../dist/optim/adam.js";
import { scheduleFactor } from "../dist/optim/schedule.js";
import { chain } from "../dist/optim/transform.js";
import { decayWeights } from "../dist/optim/weight-decay.js";
import { optimize } from "../dist/passes/pipeline.js";
import { encodeSafetensors } from "../dist/run/store/safetensors.js";
import { fillBernoulli, fillBits, streamKey } from "../dist/util/rng.js";

/** Largest shift in pixels, and whether images are mirrored. */
const SOURCES = {
  mnist: { epochs: 10, shift: 2, mirror: false },
  "fashion-mnist": { epochs: 12, shift: 1, mirror: true },
};
const [BATCH, RATE, WEIGHT_DECAY, SEED] = [128, 3e-3, 0.01, 0];

const [source, flag, value] = process.argv.slice(2);
if (!Object.hasOwn(SOURCES, source ?? "") || (flag !== undefined && !(flag === "--epochs" && Number(value) > 0))) {
  console.error("usage: node scripts/train-classifier.mjs mnist|fashion-mnist [--epochs N]");
  process.exit(2);
}
const { shift, mirror, ...settings } = SOURCES[source];
const epochs = flag === undefined ? settings.epochs : Number(value);
const name = `lenet_${source.replace("-", "_")}`;
const { classes, input } = LENET;
const [, height, width] = input;
const pixels = height * width;

const sizeOf = (shape) => shape.reduce((n, k) => n * k, 1);
const inputsOf = (specs) =>
  Object.fromEntries(Object.entries(specs).map(([key, { shape }]) => [key, t.input(key, shape)]));

/** One step: what it is fed beside images, labels and rate, and how these arrays begin. */
function traceStep() {
  const { params, buffers } = declareNetwork(name, lenet(), [BATCH, ...input]);
  const layout = packLayout(params);
  const optimizer = chain(adam({ beta1: 0.9, beta2: 0.999 }), decayWeights(WEIGHT_DECAY));
  const slots = optimizer.slots(layout.length);
  const carried = { ...slots, ...Object.fromEntries(buffers.map((buffer) => [buffer.name, buffer])) };
  const [packed, asked] = [t.input("weights", [layout.length]), inputsOf(carried)];
  const weights = unpack(packed, layout);
  const masks = [];
  const random = (path, shape, { p }) => {
    masks.push({ path, p, key: streamKey(SEED, path), values: new Uint8Array(sizeOf(shape)) });
    return t.input(path, shape, "u8");
  };
  const x = t.sub(t.mul(t.cast(t.input("images", [BATCH, ...input], "u8"), "f32"), 1 / 127.5), 1);
  const bindings = { training: true, params: weights, buffers: new Map(Object.entries(asked)), random };
  const { output, buffers: after } = applyNetwork(name, lenet(), x, bindings);
  const peak = t.stopGradient(t.maxKeep(output, [1]));
  const logTotal = t.add(t.log(t.sumKeep(t.exp(t.sub(output, peak)), [1])), peak);
  const loss = t.mean(t.sum(t.mul(t.input("labels", [BATCH, classes]), t.sub(logTotal, output)), [1]));
  const move = optimizer.update(pack(grad(loss, [...weights.values()])), asked, packed);
  const moved = t.sub(packed, t.mul(move.update, t.reshape(t.input("lr", [1]), [])));
  const averages = Object.fromEntries(buffers.map((buffer) => [buffer.name, after.get(buffer.name)]));

  const state = { weights: new Float32Array(layout.length) };
  params.forEach((param, i) => {
    const { offset, size } = layout.entries[i];
    param.init(streamKey(SEED, `init/${param.name}`), param.shape, state.weights.subarray(offset, offset + size));
  });
  for (const [key, { shape, initial }] of Object.entries(carried))
    state[key] = new Float32Array(sizeOf(shape)).fill(initial);
  return { graph: buildGraph({ weights: moved, loss, ...move.slots, ...averages }), state, layout, buffers, masks };
}

/** Images of one batch as they are shown: mirrored and shifted by what step `step` draws; what comes in is black. */
function gatherShown(dataset, indices, step, shown) {
  const bits = new Uint32Array(BATCH);
  fillBits(streamKey(SEED, "augment"), step, bits);
  const drawn = new Uint8Array(shown.length);
  gatherBatch(dataset, indices, drawn, mirror ? bits.map((word) => word >>> 31) : undefined);
  shown.fill(0);
  const span = 2 * shift + 1;
  bits.forEach((word, n) => {
    const place = (word & 0xffff) % span ** 2;
    const [dy, dx] = [Math.floor(place / span) - shift, (place % span) - shift];
    for (let y = Math.max(0, dy); y < Math.min(height, height + dy); y++) {
      const from = n * pixels + (y - dy) * width;
      const line = drawn.subarray(from + Math.max(0, -dx), from + width - Math.max(0, dx));
      shown.set(line, n * pixels + y * width + Math.max(0, dx));
    }
  });
}

/** Trains, and returns the weights and running averages by their paths. */
async function train(backend) {
  const data = await loadDataset(source);
  const { graph, state: initial, layout, buffers, masks } = traceStep();
  const executable = await backend.compile(optimize(graph));
  const order = new BatchOrder({ count: data.count, batch: BATCH, seed: SEED });
  const steps = Math.floor((epochs * data.count) / BATCH);
  const [images, labels] = [new Uint8Array(BATCH * pixels), new Float32Array(BATCH * classes)];
  let state = initial;
  let total = 0;
  for (let step = 0; step < steps; step++) {
    const indices = order.indices(step);
    gatherShown(data, indices, step, images);
    gatherLabels(data, indices, labels);
    for (const { p, key, values } of masks) fillBernoulli(key, step, p, values);
    const noise = Object.fromEntries(masks.map(({ path, values }) => [path, values]));
    const lr = Float32Array.of(RATE * scheduleFactor({ kind: "cosine", warmup: steps / 20 }, step, steps));
    const { loss, ...after } = await executable.run({ ...state, ...noise, images, labels, lr });
    state = after;
    total += loss[0];
    if ((step + 1) % 400 === 0) {
      console.log(`step ${step + 1} of ${steps}: cross-entropy ${(total / 400).toFixed(4)}`);
      total = 0;
    }
  }
  return new Map([
    ...layout.entries.map(({ name: path, shape, offset, size }) => [
      path,
      { shape, data: state.weights.slice(offset, offset + size) },
    ]),
    ...buffers.map(({ name: path, shape }) => [path, { shape, data: state[path] }]),
  ]);
}

/** How many of the test images get their own class. */
async function countRight(backend, weights, test) {
  const part = 1000;
  const classify = await backend.compile(optimize(lenetExtractor(name, weights).trace(part, input)));
  let right = 0;
  for (let start = 0; start < test.count; start += part) {
    const images = test.data.slice(start * pixels, (start + part) * pixels);
    const { probabilities } = await classify.run({ images });
    for (let n = 0; n < part; n++) {
      const line = probabilities.subarray(n * classes, (n + 1) * classes);
      if (line.indexOf(Math.max(...line)) === test.labels[start + n]) right++;
    }
  }
  return right;
}

const backend = await nodeBackend({ threads: 1 });
const weights = await train(backend);
const test = await loadDataset(`${source}-test`);
const accuracy = String((await countRight(backend, weights, test)) / test.count);
const command = `npm run build && node scripts/train-classifier.mjs ${source}`;
const metadata = { name, data: source, accuracy, epochs: String(epochs), seed: String(SEED), command };
const bytes = Buffer.concat(encodeSafetensors({ tensors: weights, metadata }));
if (flag === undefined) {
  mkdirSync(new URL("../assets/", import.meta.url), { recursive: true });
  writeFileSync(new URL(`../assets/${name}.safetensors`, import.meta.url), bytes);
}
console.log(`${name}: accuracy ${accuracy} on ${test.count} test images; ${bytes.length} bytes`);
console.log(`sha256 ${createHash("sha256").update(bytes).digest("hex")}`);
