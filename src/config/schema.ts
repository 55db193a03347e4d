/**
 * @file The schema of the config, from which the types, the checks, the flags and the reference are made.
 *
 * Choices (model, objective, penalties, optimisers) are objects with a `name` out of a registry and that row's options.
 */

import { z } from "zod";
import { augments } from "../gan/augments.ts";
import { codeSchema, conditioningSchema } from "../gan/conditioning/options.ts";
import { objectives } from "../gan/objectives.ts";
import { penalties } from "../gan/penalties.ts";
import { metrics } from "../metrics/metrics.ts";
import { models } from "../models/models.ts";
import { optimizers } from "../optim/optimizers.ts";
import { scheduledSchema } from "../optim/schedule.ts";
import type { Registry } from "../util/registry.ts";
import { MOST_THREADS } from "../util/threads.ts";

/** A choice out of a registry, with its options filled in. */
export type Choice = { readonly name: string } & Readonly<Record<string, unknown>>;

/** `"r1"` means `{ name: "r1" }`; options without a name are those of the row `usual`, where there is one. */
export function expandName(value: unknown, usual?: string): unknown {
  if (typeof value === "string") return { name: value };
  const nameless = typeof value === "object" && value !== null && !Array.isArray(value) && !("name" in value);
  return nameless && usual !== undefined ? { name: usual, ...value } : value;
}

/** The union of a registry's rows, told apart by `name`, each with `extra` keys beside its own. */
function choice<Extra extends z.ZodRawShape>(table: Registry<unknown>, extra: Extra, usual?: string) {
  const rows = Object.values(table).map((row) => row.options.extend({ name: z.literal(row.name), ...extra }).strict());
  const union = z.discriminatedUnion("name", rows as unknown as [z.ZodObject<{ name: z.ZodLiteral<string> } & Extra>]);
  return z.preprocess((value) => expandName(value, usual), union) as unknown as z.ZodType<
    Choice & z.output<z.ZodObject<Extra>>,
    string | ({ readonly name?: string } & Readonly<Record<string, unknown>>)
  >;
}

/** A list of choices. `"r1,r2"` means `["r1", "r2"]`. */
const choices = (table: Registry<unknown>) =>
  z
    .preprocess(
      (value) => (typeof value === "string" ? value.split(",").filter((name) => name !== "") : value),
      z.array(choice(table, {})),
    )
    .default([]);

const optimizer = choice(
  optimizers,
  {
    lr: z.number().positive().default(2e-4).describe("learning rate"),
    schedule: z
      .strictObject({
        kind: z
          .enum(["constant", "linear", "cosine", "exponential"])
          .default("constant")
          .describe("how the rate falls from its base to its end"),
        final: z.number().min(0).optional().describe("factor reached at the end (default 0; exponential 0.01)"),
        warmup: z.int().min(0).optional().describe("images over which the rate first rises from 0"),
        until: z.number().positive().max(1).optional().describe("share of the training after which the end is reached"),
      })
      .prefault({})
      .describe("how the learning rate changes over the training"),
    clip: z
      .strictObject({
        norm: z.number().positive().optional().describe("largest Euclidean norm of the gradient"),
        value: z.number().positive().optional().describe("largest size of an element of the gradient"),
        weights: z.number().positive().optional().describe("largest size of a parameter after the move (Wasserstein)"),
      })
      .prefault({})
      .describe("limits on the gradient, applied first, and on the parameters, applied last"),
    optimistic: z.boolean().default(false).describe("twice the update minus the one before: damps rotation"),
    lookahead: z
      .strictObject({
        steps: z.int().min(1).default(5).describe("steps between two meetings of slow and fast weights"),
        share: z.number().min(0).max(1).default(0.5).describe("how far the slow weights go towards the fast ones"),
      })
      .optional()
      .describe("slow weights that follow the fast ones"),
  },
  "adam",
);

const count = (value: number, what: string) => z.int().min(1).default(value).describe(what);

/** The whole config. Every object is strict: an unknown key is an error. */
export const configSchema = z.strictObject({
  preset: z.string().optional().describe("the preset this config started from"),
  seed: z.int().min(0).default(0).describe("seed of weights, data order and noise"),
  retry: z
    .int()
    .min(0)
    .max(9)
    .default(0)
    .describe(
      "number of the try: each has other noise, another order of the data and, from the beginning, other weights",
    ),
  data: z
    .strictObject({
      source: z.string().min(1).describe("mnist, ring, grid, …, or a path; see the guide on data"),
      size: z.int().min(4).max(1024).optional().describe("scale and centre-crop images to this many pixels"),
      channels: z
        .union([z.literal(1), z.literal(3)])
        .optional()
        .describe("convert images to grey (1) or colour (3)"),
      layout: z.enum(["N", "NHW", "NHWC", "NCHW", "ND"]).optional().describe("axis order of .npy and .npz arrays"),
      range: z.enum(["0..255", "0..1", "-1..1"]).optional().describe("value range of float arrays"),
      key: z.string().optional().describe("name of the array in an .npz"),
      skipCorrupt: z.boolean().default(false).describe("leave out unreadable files instead of refusing the source"),
      limit: z.int().min(1).optional().describe("use only the first so many samples"),
      count: z.int().min(1).optional().describe("number of samples of a synthetic source"),
      holdOut: z
        .number()
        .min(0)
        .max(0.5)
        .nullable()
        .default(null)
        .describe(
          "share of the samples that is not learned from, only looked at, to see overfitting; null is 0.05 of 320 images or more that have no test set, and 0 of all else; fewer than 16 are never kept apart",
        ),
      mirror: z
        .boolean()
        .default(false)
        .describe(
          "mirror half of the real images left to right, so that samples are mirrored too; `augment: mirror` mirrors reals and fakes alike and leaves the samples as the data are",
        ),
    })
    .describe("what to learn from"),
  model: choice(models, {}).describe("the two networks"),
  objective: choice(objectives, {}, "non-saturating")
    .prefault({ name: "non-saturating" })
    .describe("what the players play for"),
  penalties: choices(penalties).describe("terms added to the losses"),
  augment: choices(augments).describe("what is done to reals and fakes before the discriminator sees them, in order"),
  optimizer: z
    .strictObject({
      generator: optimizer.prefault({ name: "adam" }),
      discriminator: optimizer.prefault({ name: "adam" }),
    })
    .prefault({})
    .describe("how each player learns"),
  updates: z
    .strictObject({
      mode: z
        .enum(["alternating", "simultaneous", "extragradient"])
        .default("alternating")
        .describe(
          "the generator answers the moved discriminator; both move at once; or both look one move ahead first",
        ),
      discriminatorSteps: count(1, "discriminator updates per step"),
      generatorSteps: count(1, "generator updates per step"),
      accumulate: z.int().min(1).optional().describe("batches whose mean gradient makes a move; default 1"),
      unroll: z
        .strictObject({
          steps: count(5, "further updates of the discriminator"),
          optimizer: z
            .enum(["own", "sgd", "adam"])
            .default("own")
            .describe("what makes them: the discriminator's own as it now is, plain descent, or Adam from zero"),
          lr: z.number().positive().optional().describe("their learning rate; default the discriminator's"),
          beta1: z.number().min(0).lt(1).default(0.5).describe("decay of the first moment, for adam"),
          beta2: z.number().min(0).lt(1).default(0.999).describe("decay of the second moment, for adam"),
        })
        .optional()
        .describe("the generator plays against the discriminator as it would be some updates later"),
    })
    .prefault({})
    .describe("how the players move"),
  ema: z
    .strictObject({
      enabled: z.boolean().default(true).describe("whether an average is kept"),
      halfLife: scheduledSchema(z.number().min(1)).default(10_000).describe("half-life in images"),
      rampUp: z
        .number()
        .min(0)
        .default(0.05)
        .describe("the half-life is at most this share of the images seen; 0 is off"),
    })
    .prefault({})
    .describe("exponential moving average of the generator"),
  conditioning: conditioningSchema
    .optional()
    .describe("samples of chosen classes, for labelled data; one word does, such as `projection`; default none"),
  code: codeSchema
    .optional()
    .describe(
      "InfoGAN: a code that the discriminator must find in the samples; a number of categories does; default none",
    ),
  packing: count(1, "samples that the discriminator judges together (PacGAN); must divide the batch"),
  instanceNoise: z
    .strictObject({
      sigma: z.number().min(0).default(0).describe("standard deviation at the start; 0 is off"),
      until: z.number().positive().max(1).default(0.5).describe("share of the training after which it is gone"),
    })
    .prefault({})
    .describe("normal noise on what the discriminator sees"),
  topK: z
    .strictObject({
      share: scheduledSchema(z.number().positive().max(1))
        .default({ from: 1, to: 0.5, kind: "exponential", until: 0.5 })
        .describe("share of the batch that counts"),
    })
    .optional()
    .describe("the generator learns from those of its fakes that the discriminator likes best"),
  replay: z
    .strictObject({
      share: z.number().positive().lt(1).default(0.5).describe("share of the discriminator's fakes that are old ones"),
      capacity: z
        .int()
        .min(1)
        .max(4096)
        .default(16)
        .describe("old fakes kept for each of them; in memory twice, and in every checkpoint"),
    })
    .optional()
    .describe("old fakes among those that the discriminator learns from"),
  reconstructor: z
    .strictObject({
      weight: scheduledSchema(z.number().min(0)).default(1).describe("weight of the latents' squared error"),
      noise: z.number().min(0).default(0).describe("standard deviation of normal noise on the latents of reals"),
    })
    .optional()
    .describe("a third network finds the latents, and pairs of sample and latent are judged (VEEGAN)"),
  batch: count(64, "samples per batch"),
  images: z.int().min(1).nullable().default(null).describe("length of the training in real images shown"),
  steps: z.int().min(1).nullable().default(null).describe("length of the training in steps, instead of images"),
  device: z.enum(["cpu", "webgpu", "cuda", "coreml", "dml"]).default("cpu").describe("where a step runs"),
  threads: z
    .int()
    .min(1)
    .max(MOST_THREADS)
    .optional()
    .describe("threads within an operation; default: the cores there are"),
  log: z
    .strictObject({ every: count(20, "steps between two scalar events") })
    .prefault({})
    .describe("what is recorded as numbers"),
  samples: z
    .strictObject({
      every: count(200, "steps between two sample grids"),
      count: z.int().min(1).max(4096).default(64).describe("samples in a grid"),
    })
    .prefault({})
    .describe("what is recorded as pictures"),
  metrics: z
    .strictObject({
      list: choices(metrics).describe("what samples are judged by"),
      every: count(1000, "steps between two evaluations; there is one at the end, too"),
      samples: z
        .int()
        .min(2)
        .nullable()
        .default(null)
        .describe(
          "samples judged, those of the seeds from 0 on; null is 10,000 images, 25,600 stacked digits or 2,500 points",
        ),
      features: z
        .string()
        .optional()
        .describe(
          "what looks at the samples: points, lenet_mnist, lenet_fashion_mnist, lenet_mnist_stacked or random_conv; default the classifier of the data, else random_conv",
        ),
      weights: z
        .enum(["ema", "raw"])
        .optional()
        .describe("which weights draw them; default the average where there is one"),
      heldOut: z
        .string()
        .optional()
        .describe("a source of reals that are not learned from, for copying; read with the options of data"),
    })
    .prefault({})
    .describe("what is measured of samples during the training"),
  health: z
    .strictObject({
      probes: z
        .enum(["off", "light", "standard", "full"])
        .default("standard")
        .describe("how much is measured to see failures; standard costs a few hundredths of the time"),
      every: z
        .int()
        .min(1)
        .nullable()
        .default(null)
        .describe("steps between two looks; null is a hundredth of the training, at least 20 and at most 500"),
      samples: z
        .int()
        .min(32)
        .max(4096)
        .nullable()
        .default(null)
        .describe(
          "samples in a look, rounded up to whole batches; null is 192 images or 512 points, in at most 32 batches",
        ),
      remedy: z
        .enum(["off", "suggest", "auto"])
        .default("suggest")
        .describe(
          "what follows a failure: it is named; it is named with what to try; or that is tried, from the last healthy checkpoint",
        ),
      budget: count(3, "remedies that auto may try"),
      stopAtPlateau: z
        .boolean()
        .default(false)
        .describe("end a healthy training when nothing has improved for a fifth of its length"),
    })
    .prefault({})
    .describe("seeing a training fail, and putting it right"),
  checkpoint: z
    .strictObject({
      every: count(500, "steps between two checkpoints"),
      keep: count(3, "how many of the latest are kept"),
      best: z
        .strictObject({
          scalar: z
            .string()
            .describe(
              "a metric of metrics.list, such as fid; one of its figures, such as prdc/density; or a scalar of the log, such as loss/generator",
            ),
          mode: z
            .enum(["min", "max"])
            .optional()
            .describe(
              "whether small or large is good; default: what the metric says, such as near 0 for copying, and min for a scalar",
            ),
        })
        .optional()
        .describe(
          "also keep the checkpoint where this was best; a metric is saved at every evaluation that is better than those before; default: none, and under health.remedy auto the one whose samples were nearest to reals at a look",
        ),
    })
    .prefault({})
    .describe("what is saved to go on from"),
});

/** A resolved config: every default filled in. */
export type Config = z.output<typeof configSchema>;

/** A config as written by a user: everything with a default may be left out. */
export type ConfigInput = z.input<typeof configSchema>;
