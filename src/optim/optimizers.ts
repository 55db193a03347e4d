/** @file Every optimiser by name. The learning rate, its schedule and clipping belong to the config, not to the row. */

import { z } from "zod";
import { entry, registry } from "../util/registry.ts";
import { adam } from "./adam.ts";
import { rmsprop } from "./rmsprop.ts";
import { scheduledSchema } from "./schedule.ts";
import { sgd } from "./sgd.ts";
import { chain, type Transform } from "./transform.ts";
import { decayWeights } from "./weight-decay.ts";

const decay = (value: number, what: string) => z.number().min(0).lt(1).default(value).describe(what);

/** Adam's row. */
export const adamEntry = entry({
  name: "adam",
  summary: "m̂ / (√v̂ + ε) with bias-corrected moments.",
  paper: "Kingma and Ba, Adam: A Method for Stochastic Optimization, 2015",
  options: z.strictObject({
    beta1: decay(0.5, "decay of the first moment"),
    beta2: scheduledSchema(z.number().min(0).lt(1)).default(0.999).describe("decay of the second moment"),
    epsilon: z.number().positive().default(1e-8).describe("added to the square root of the second moment"),
  }),
  create: adam,
});

/** AdamW's row. */
export const adamwEntry = entry({
  name: "adamw",
  summary: "Adam, plus decay · θ in every update: the decay is not divided by √v̂.",
  paper: "Loshchilov and Hutter, Decoupled Weight Decay Regularization, 2019",
  options: adamEntry.options.extend({
    decay: z.number().min(0).default(0.01).describe("weight decay; the learning rate multiplies it"),
  }),
  create: ({ decay, ...options }) => chain(adam(options), decayWeights(decay)),
});

/** RMSProp's row. */
export const rmspropEntry = entry({
  name: "rmsprop",
  summary: "g / (√mean square + ε).",
  paper: "Tieleman and Hinton, Lecture 6.5: RMSProp, 2012",
  options: z.strictObject({
    decay: decay(0.99, "share of the old mean square kept at each step"),
    epsilon: z.number().positive().default(1e-8).describe("added to the root of the mean square"),
  }),
  create: rmsprop,
});

/** SGD's row. */
export const sgdEntry = entry({
  name: "sgd",
  summary: "velocity ← momentum · velocity + gradient.",
  paper: "Sutskever, Martens, Dahl and Hinton, On the Importance of Initialization and Momentum in Deep Learning, 2013",
  options: z.strictObject({
    momentum: decay(0, "share of the velocity kept at each step"),
    nesterov: z.boolean().default(false).describe("look ahead along the velocity"),
  }),
  create: sgd,
});

/** The optimiser registry. */
export const optimizers = registry<Transform>([adamEntry, adamwEntry, rmspropEntry, sgdEntry]);
