// The 2-D sets: what a recipe captures of each, seed by seed, on 2,500 samples.
import { loadDataset } from "../../dist/index.js";
import { setKey } from "../../dist/run/config-layers.js";
import { scoreModes, scoreSpiral } from "./scores.mjs";
import { trainAndDraw } from "./training.mjs";

const SAMPLES = 2500;

/** Trains on the set `source` from each of `seeds` and hands every result to `onResult`. */
export async function measurePoints({ source, seeds, base, sets, onResult }) {
  const { modes } = await loadDataset(source, { count: 1 });
  const score = modes === undefined ? scoreSpiral : (points) => scoreModes(points, modes);
  for (const seed of seeds) {
    const config = sets.reduce(setKey, { ...base, data: { source }, seed });
    const { ema, raw, config: used, ...rest } = await trainAndDraw(config, SAMPLES, "raw");
    onResult({ source, seed, ...rest, ema: used.ema.enabled ? score(ema) : null, raw: score(raw) });
  }
}
