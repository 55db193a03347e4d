// What bench/cost-factors.mjs measures: one line for each thing that changes a step. Rows of the registries come by themselves.
// From the built dist/.

import { configSchema } from "../dist/config/schema.js";
import { augments } from "../dist/gan/augments.js";
import { objectives } from "../dist/gan/objectives.js";
import { penalties } from "../dist/gan/penalties.js";
import { models } from "../dist/models/models.js";
import { optimizers } from "../dist/optim/optimizers.js";

/** The plain step: DCGAN-32 with 64 channels and no normalisation in D, non-saturating, alternating, Adam, no average. */
export const PLAIN = {
  sample: { kind: "images", shape: [3, 32, 32], classes: Array.from({ length: 10 }, (_, i) => String(i)) },
  config: {
    data: { source: "none" },
    model: { name: "dcgan", base: 64, norm: "none" },
    objective: { name: "non-saturating" },
    optimizer: { generator: { name: "adam" }, discriminator: { name: "adam" } },
    ema: { enabled: false },
    batch: 64,
  },
};

const both = (options) => ({ optimizer: { generator: options, discriminator: options } });
const rows = (kind, table, config) =>
  Object.keys(table).map((name) => ({ name: `${kind}/${name}`, config: config(name) }));

/**
 * Rows that the plain step has no place for: what else they need. `under` is laid over the plain config of both sides of the
 * comparison, so that the factor is that of the row alone.
 */
const NEEDS = {
  // Only StyleGAN2 shows its styles; narrow, since the factor is what counts.
  "penalties/path-length": {
    under: { model: { name: "stylegan2", channelMax: 32 }, batch: 16 },
    config: { penalties: [{ name: "path-length", every: 1 }] },
  },
};

/** Options beside the registries, as they are written in a config. */
const OPTIONS = [
  ...configSchema.shape.updates
    .unwrap()
    .shape.mode.unwrap()
    .options.map((mode) => ({ name: `updates.mode/${mode}`, config: { updates: { mode } } })),
  { name: "updates.discriminatorSteps/2", config: { updates: { discriminatorSteps: 2 } } },
  { name: "updates.generatorSteps/2", config: { updates: { generatorSteps: 2 } } },
  ...["batch", "layer", "spectral"].map((norm) => ({ name: `model.norm/${norm}`, config: { model: { norm } } })),
  { name: "penalties/r1 and r2", config: { penalties: ["r1", "r2"] } },
  { name: "penalties/r1, every 16", config: { penalties: [{ name: "r1", every: 16 }] }, steps: 16 },
  { name: "optimizer.optimistic/true", config: both({ optimistic: true }) },
  { name: "optimizer.lookahead/5", config: both({ lookahead: { steps: 5 } }) },
  { name: "optimizer.clip.norm/1", config: both({ clip: { norm: 1 } }) },
  { name: "optimizer.clip.value/1", config: both({ clip: { value: 1 } }) },
  { name: "optimizer.clip.weights/0.01", config: both({ clip: { weights: 0.01 } }) },
  { name: "ema.enabled/true", config: { ema: { enabled: true } } },
  { name: "packing/2", config: { packing: 2 } },
  { name: "instanceNoise.sigma/0.1", config: { instanceNoise: { sigma: 0.1 } } },
  { name: "model.minibatch/std", config: { model: { minibatch: "std" } } },
  { name: "model.minibatch/discrimination", config: { model: { minibatch: "discrimination" } } },
  { name: "topK", config: { topK: {} } },
  { name: "replay", config: { replay: {} } },
  { name: "reconstructor", config: { reconstructor: {} } },
  { name: "conditioning/projection", config: { conditioning: "projection" } },
  { name: "conditioning/class-head", config: { conditioning: "class-head" } },
  { name: "code/10", config: { code: 10 } },
  { name: "updates.accumulate/2", config: { updates: { accumulate: 2 } } },
  { name: "updates.unroll.steps/5", config: { updates: { unroll: { steps: 5 } } } },
];

/** Every variant: `name`, what it lays over the plain config, and perhaps `under` and the `steps` that make one measurement. */
export const variants = [
  ...rows("objective", objectives, (name) => ({ objective: name })),
  ...rows("penalties", penalties, (name) => ({ penalties: [name] })),
  ...rows("augment", augments, (name) => ({ augment: [name] })),
  ...rows("optimizer", optimizers, (name) => both({ name })),
  ...OPTIONS,
].map((variant) => ({ ...variant, ...NEEDS[variant.name] }));

/** Models with their default options: what they are measured on. A model that is not named makes 32x32 colour images. */
const SAMPLES = {
  mlp: { sample: { kind: "points", shape: [2] }, batch: 256 },
};

/** A step of every model, in ms. */
export const modelSteps = Object.keys(models).map((name) => ({
  name,
  sample: PLAIN.sample,
  batch: 64,
  ...SAMPLES[name],
}));
