// The 2-D sets: what a recipe captures of each, seed by seed, on 2,500 samples.

import { setKey } from "../../dist/config/layers.js";
import { loadDataset } from "../../dist/index.js";
import { pointBase, pointRecipes } from "./recipes.mjs";
import { scoreModes, scoreSpiral } from "./scores.mjs";
import { trainAndDraw } from "./training.mjs";

const SAMPLES = 2500;

/**
 * Trains `recipe` on the set `data` from `seed` and scores 2,500 samples of the moving average and of the weights as they are.
 *
 * @param sets Further assignments, such as a length.
 */
export async function measurePoints({ recipe, data, seed, sets }) {
  const { modes } = await loadDataset(data, { count: 1 });
  const score = modes === undefined ? scoreSpiral : (points) => scoreModes(points, modes);
  const base = { ...pointBase, data: { source: data }, seed };
  const { ema, raw, ...cost } = await trainAndDraw(
    [...pointRecipes[recipe].sets, ...sets].reduce(setKey, base),
    SAMPLES,
    "raw",
  );
  return { ...cost, ema: score(ema), raw: score(raw) };
}
