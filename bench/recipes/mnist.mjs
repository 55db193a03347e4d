// MNIST at 28 pixels: diversity, classes and a picture of what a recipe draws after a given number of steps.
import { nodeBackend } from "../../dist/backend/onnx/node.js";
import { loadDataset } from "../../dist/index.js";
import { setKey } from "../../dist/run/config-layers.js";
import { writeImageGrid } from "../../dist/run/image-grid.js";
import { trainClassifier } from "./classifier.mjs";
import { divergenceFromUniform, meanDistance } from "./scores.mjs";
import { trainAndDraw } from "./training.mjs";

const SAMPLES = 2000;
const PIXELS = 784;

/** How often each class occurs. */
const histogram = (classes) => Array.from({ length: 10 }, (_, k) => classes.filter((found) => found === k).length);

/** Scores of pictures: classes, their divergence from equal shares, and the distance between two pictures. */
async function score(pictures, classify) {
  const counts = histogram(await classify(pictures));
  return { counts, kl: divergenceFromUniform(counts), distance: meanDistance(pictures, PIXELS) / 255 };
}

/** What the real digits score: the mark to compare with. */
export async function scoreReals() {
  const { classify, accuracy } = await trainClassifier(await nodeBackend({ threads: 1 }));
  const { data } = await loadDataset("mnist-test");
  return { accuracy, reals: await score(data.subarray(0, SAMPLES * PIXELS), classify), classify };
}

/** Trains one recipe; `picture`, if given, is where 64 samples of the moving average are drawn. */
export async function measureMnist({ base, sets, classify, picture }) {
  const config = sets.reduce(setKey, { ...base, data: { source: "mnist" } });
  const { ema, raw, config: _, ...rest } = await trainAndDraw(config, SAMPLES, "pixels");
  if (picture !== undefined) {
    await writeImageGrid(picture, { data: ema.subarray(0, 64 * PIXELS), shape: [64, 1, 28, 28] });
  }
  return { ...rest, ema: await score(ema, classify), raw: await score(raw, classify) };
}
