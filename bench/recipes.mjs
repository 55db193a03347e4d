import { parseArgs } from "node:util";
import { measurePoints } from "./recipes/points.mjs";

const { values: v } = parseArgs({
  options: {
    data: { type: "string", default: "ring" },
    seeds: { type: "string", default: "0" },
    set: { type: "string", multiple: true, default: [] },
    label: { type: "string", default: "" },
  },
});
const base = {
  model: { name: "mlp", latent: 16, width: 256, depth: 3 },
  objective: { name: "relativistic" },
  penalties: [
    { name: "r1", gamma: { from: 1, to: 0.1 } },
    { name: "r2", gamma: { from: 1, to: 0.1 } },
  ],
  optimizer: {
    generator: {
      name: "adam",
      lr: 1e-3,
      beta1: 0,
      beta2: { from: 0.9, to: 0.99 },
      schedule: { kind: "cosine", final: 0.05 },
    },
    discriminator: {
      name: "adam",
      lr: 1e-3,
      beta1: 0,
      beta2: { from: 0.9, to: 0.99 },
      schedule: { kind: "cosine", final: 0.05 },
    },
  },
  batch: 256,
  steps: 8000,
};
const f = (s) =>
  s &&
  `${s.modes}/${s.of} ${(100 * s.quality).toFixed(1)}% kl ${s.kl.toFixed(4)}` +
    (s.spread ? ` spread ${s.spread.toFixed(2)}` : "");
for (const source of v.data.split(","))
  await measurePoints({
    source,
    seeds: v.seeds.split(",").map(Number),
    base,
    sets: v.set,
    onResult: (r) =>
      console.log(
        v.label,
        r.source,
        r.seed,
        r.status,
        "steps",
        r.steps,
        "| ema",
        f(r.ema),
        "| raw",
        f(r.raw),
        "| cpu",
        r.processorSeconds.toFixed(0),
        "wall",
        r.seconds.toFixed(0),
      ),
  });
