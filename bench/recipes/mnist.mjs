// MNIST at 28 pixels: which digits a recipe draws, how unlike each other they are, and a picture of some.
import { nodeBackend } from "../../dist/backend/onnx/node.js";
import { setKey } from "../../dist/config/layers.js";
import { loadDataset } from "../../dist/index.js";
import { writeImageGrid } from "../../dist/run/sampling/image-grid.js";
import { trainClassifier } from "./classifier.mjs";
import { digitRecipes } from "./recipes.mjs";
import { divergenceFromUniform, meanDistance } from "./scores.mjs";
import { trainAndDraw } from "./training.mjs";

const SAMPLES = 2000;
const PIXELS = 784;

/** Counts of the classes, their divergence from equal shares, sureness, and the mean distance between two pictures in 0..1. */
async function score(pictures, classify) {
  const { classes, sureness } = await classify(pictures);
  const counts = Array.from({ length: 10 }, (_, k) => classes.filter((found) => found === k).length);
  return { counts, kl: divergenceFromUniform(counts), sureness, distance: meanDistance(pictures, PIXELS) / 255 };
}

/** A classifier, and what it says of 2,000 real test digits: the mark to compare with. */
export async function prepareDigits() {
  const { classify, accuracy } = await trainClassifier(await nodeBackend({ threads: 1 }));
  const { data } = await loadDataset("mnist-test");
  return { classify, accuracy, reals: await score(data.subarray(0, SAMPLES * PIXELS), classify) };
}

/** Trains `recipe` from `seed` and scores 2,000 pictures; 64 of the moving average are drawn to `picture`, if given. */
export async function measureDigits({ recipe, seed, sets, classify, picture }) {
  const { base, sets: own } = digitRecipes[recipe];
  const config = [...own, ...sets].reduce(setKey, { ...base, data: { source: "mnist" }, seed });
  const { ema, raw, ...cost } = await trainAndDraw(config, SAMPLES, "pixels");
  if (picture !== undefined) {
    await writeImageGrid(picture, { data: ema.subarray(0, 64 * PIXELS), shape: [64, 1, 28, 28] });
  }
  return { ...cost, ema: await score(ema, classify), raw: await score(raw, classify) };
}
