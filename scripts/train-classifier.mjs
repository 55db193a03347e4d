// Trains the small classifier whose features and classes the metrics use, and writes its weights to assets/.
//
//     npm run build && node scripts/train-classifier.mjs mnist
//     npm run build && node scripts/train-classifier.mjs fashion-mnist
//
// Everything is drawn from fixed streams: the same machine kind, threads and versions give the same bytes.
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { grad } from "../dist/autodiff/grad.js";
import { nodeBackend } from "../dist/backend/onnx/node.js";
import { BatchOrder, gatherBatch } from "../dist/data/batches.js";
import { loadDataset } from "../dist/data/sources.js";
import { buildGraph } from "../dist/graph/graph.js";
import * as t from "../dist/graph/tensor.js";
import { LENET, lenet, lenetExtractor } from "../dist/metrics/extractor.js";
import { applyNetwork, declareNetwork } from "../dist/nn/module.js";
import { pack, packLayout, unpack } from "../dist/nn/pack.js";
import { adam } from "../dist/optim/adam.js";
import { scheduleFactor } from "../dist/optim/schedule.js";
import { optimize } from "../dist/passes/pipeline.js";
import { encodeSafetensors } from "../dist/run/store/safetensors.js";
import { streamKey } from "../dist/util/rng.js";

const [source] = process.argv.slice(2);
if (source !== "mnist" && source !== "fashion-mnist") {
  console.error("usage: node scripts/train-classifier.mjs mnist|fashion-mnist");
  process.exit(2);
}
const name = `lenet_${source.replace("-", "_")}`;
const [BATCH, EPOCHS, RATE, SEED] = [128, 8, 1e-3, 0];
const { classes, input } = LENET;

const backend = await nodeBackend({ threads: 1 });
const [train, test] = [await loadDataset(source), await loadDataset(`${source}-test`)];
const { params } = declareNetwork(name, lenet(), [BATCH, ...input]);
const layout = packLayout(params);

/** One step of Adam on the cross-entropy. */
function traceStep() {
  const packed = t.input("weights", [layout.length]);
  const images = t.input("images", [BATCH, ...input], "u8");
  const labels = t.input("labels", [BATCH, classes]);
  const weights = unpack(packed, layout);
  const x = t.sub(t.mul(t.cast(images, "f32"), 1 / 127.5), 1);
  const { output } = applyNetwork(name, lenet(), x, { training: true, params: weights, buffers: new Map() });
  const peak = t.stopGradient(t.maxKeep(output, [1]));
  const logTotal = t.add(t.log(t.sumKeep(t.exp(t.sub(output, peak)), [1])), peak);
  const loss = t.mean(t.sum(t.mul(labels, t.sub(logTotal, output)), [1]));
  const optimizer = adam({ beta1: 0.9, beta2: 0.999 });
  const slots = Object.fromEntries(
    Object.entries(optimizer.slots(layout.length)).map(([slot, { shape }]) => [slot, t.input(slot, shape)]),
  );
  const move = optimizer.update(pack(grad(loss, [...weights.values()])), slots, packed);
  const moved = t.sub(packed, t.mul(move.update, t.reshape(t.input("lr", [1]), [])));
  return {
    graph: optimize(buildGraph({ weights: moved, loss, ...move.slots })),
    slots: optimizer.slots(layout.length),
  };
}

const { graph, slots } = traceStep();
const step = await backend.compile(graph);
let state = { weights: new Float32Array(layout.length) };
params.forEach((param, i) => {
  const { offset, size } = layout.entries[i];
  param.init(streamKey(SEED, `init/${param.name}`), param.shape, state.weights.subarray(offset, offset + size));
});
for (const [slot, { shape }] of Object.entries(slots)) state[slot] = new Float32Array(shape[0] ?? 1);

const order = new BatchOrder({ count: train.count, batch: BATCH, seed: SEED });
const steps = Math.floor((EPOCHS * train.count) / BATCH);
const images = new Uint8Array(BATCH * input.reduce((n, k) => n * k, 1));
for (let i = 0; i < steps; i++) {
  const indices = order.indices(i);
  gatherBatch(train, indices, images);
  const labels = new Float32Array(BATCH * classes);
  indices.forEach((index, n) => {
    labels[n * classes + train.labels[index]] = 1;
  });
  const lr = Float32Array.of(RATE * scheduleFactor({ kind: "cosine" }, i, steps));
  const { loss, ...after } = await step.run({ ...state, images, labels, lr });
  state = after;
  if ((i + 1) % 500 === 0) console.log(`step ${i + 1} of ${steps}: cross-entropy ${loss[0].toFixed(4)}`);
}

const weights = new Map(
  layout.entries.map(({ name: path, shape, offset, size }) => [
    path,
    { shape, data: state.weights.slice(offset, offset + size) },
  ]),
);
const classify = await backend.compile(optimize(lenetExtractor(name, weights).trace(1000, input)));
let right = 0;
for (let start = 0; start < test.count; start += 1000) {
  const pixels = images.length / BATCH;
  const part = test.data.slice(start * pixels, (start + 1000) * pixels);
  const { probabilities } = await classify.run({ images: part });
  for (let n = 0; n < 1000; n++) {
    const line = probabilities.subarray(n * classes, (n + 1) * classes);
    if (line.indexOf(Math.max(...line)) === test.labels[start + n]) right++;
  }
}
const accuracy = right / test.count;
const bytes = Buffer.concat(
  encodeSafetensors({
    tensors: weights,
    metadata: { name, data: source, accuracy: String(accuracy), epochs: String(EPOCHS), seed: String(SEED) },
  }),
);
mkdirSync(new URL("../assets/", import.meta.url), { recursive: true });
writeFileSync(new URL(`../assets/${name}.safetensors`, import.meta.url), bytes);
console.log(`${name}: ${(100 * accuracy).toFixed(2)} % of ${test.count} test images; ${bytes.length} bytes`);
console.log(`sha256 ${createHash("sha256").update(bytes).digest("hex")}`);
