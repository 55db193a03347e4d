// A small classifier of digits, trained through Gantry's own graph: what tells which digit a generated picture is.
import { grad } from "../../dist/autodiff/grad.js";
import { buildGraph } from "../../dist/graph/graph.js";
import * as t from "../../dist/graph/tensor.js";
import { loadDataset } from "../../dist/index.js";
import {
  adam,
  applyNetwork,
  declareNetwork,
  dense,
  pack,
  packLayout,
  relu,
  sequential,
  unpack,
} from "../../dist/nn.js";
import { optimize } from "../../dist/passes/pipeline.js";
import { streamKey } from "../../dist/util/rng.js";

const PIXELS = 784;
const CLASSES = 10;
const BATCH = 100;
const EPOCHS = 3;
const RATE = 1e-3;

const network = sequential(dense(128), relu(), dense(CLASSES));

const logitsOf = (pixels, params) =>
  applyNetwork("classifier", network, t.mul(t.cast(pixels, "f32"), 1 / 255), {
    training: true,
    params,
    buffers: new Map(),
    random: () => {
      throw new Error("nothing here is random");
    },
  }).output;

/** log Σ exp over the classes, kept as an axis. */
function logSumExp(logits) {
  const largest = t.stopGradient(t.maxKeep(logits, [1]));
  return t.add(t.log(t.sumKeep(t.exp(t.sub(logits, largest)), [1])), largest);
}

/** One step of Adam on the cross-entropy, as a graph. */
function trainingStep(layout) {
  const packed = t.input("params", [layout.length]);
  const params = unpack(packed, layout);
  const logits = logitsOf(t.input("pixels", [BATCH, PIXELS], "u8"), params);
  const chosen = t.sum(t.mul(logits, t.input("labels", [BATCH, CLASSES])));
  const loss = t.mul(t.sub(t.sum(logSumExp(logits)), chosen), 1 / BATCH);
  const optimizer = adam();
  const slots = Object.entries(optimizer.slots(layout.length));
  const inputs = Object.fromEntries(slots.map(([name, { shape }]) => [name, t.input(name, shape)]));
  const { update, slots: moved } = optimizer.update(pack(grad(loss, [...params.values()])), inputs, packed);
  const graph = buildGraph({ params: t.sub(packed, t.mul(update, RATE)), ...moved });
  return { graph: optimize(graph), slots };
}

/**
 * Trains on MNIST's 60,000 digits.
 *
 * @returns `{ classify, accuracy }`. `classify` gives for N pictures [N, 784] (uint8; a rest of less than 100 is left out) the
 * `classes` and the `sureness`, the mean of the largest probability; `accuracy` is the share of the 10,000 test digits told right.
 */
export async function trainClassifier(backend) {
  const [digits, test] = [await loadDataset("mnist"), await loadDataset("mnist-test")];
  const declared = declareNetwork("classifier", network, [BATCH, PIXELS]);
  const layout = packLayout(declared.params);
  const start = new Float32Array(layout.length);
  declared.params.forEach(({ name, shape, init }, i) => {
    const { offset, size } = layout.entries[i];
    init(streamKey(0, `classifier/${name}`), shape, start.subarray(offset, offset + size));
  });
  const { graph, slots } = trainingStep(layout);
  const step = await backend.compile(graph);
  let state = { params: start };
  for (const [name, { shape, initial }] of slots) state[name] = new Float32Array(shape[0] ?? 1).fill(initial);
  for (let i = 0; i < (EPOCHS * digits.count) / BATCH; i++) {
    const first = (i * BATCH) % digits.count;
    const labels = new Float32Array(BATCH * CLASSES);
    for (let n = 0; n < BATCH; n++) labels[n * CLASSES + digits.labels[first + n]] = 1;
    const pixels = digits.data.subarray(first * PIXELS, (first + BATCH) * PIXELS);
    state = { ...(await step.run({ ...state, pixels, labels })) };
  }
  await step.release();
  const params = unpack(t.input("params", [layout.length]), layout);
  const logits = logitsOf(t.input("pixels", [BATCH, PIXELS], "u8"), params);
  const chances = t.exp(t.sub(logits, logSumExp(logits)));
  const judge = await backend.compile(optimize(buildGraph({ chances })));
  const classify = async (pictures) => {
    const classes = [];
    let sum = 0;
    for (let first = 0; first + BATCH * PIXELS <= pictures.length; first += BATCH * PIXELS) {
      const pixels = pictures.subarray(first, first + BATCH * PIXELS);
      const { chances: found } = await judge.run({ params: state.params, pixels });
      for (let n = 0; n < BATCH; n++) {
        const row = [...found.subarray(n * CLASSES, (n + 1) * CLASSES)];
        const largest = Math.max(...row);
        classes.push(row.indexOf(largest));
        sum += largest;
      }
    }
    return { classes, sureness: sum / classes.length };
  };
  const { classes: told } = await classify(test.data);
  const accuracy = told.filter((k, n) => k === test.labels[n]).length / told.length;
  return { classify, accuracy };
}
