/** @file The config keys `conditioning` (classes of the data) and `code` (InfoGAN): what may be chosen, and the short forms. */

import { z } from "zod";
import { scheduledSchema } from "../../optim/schedule.ts";

const GENERATOR_WAYS = ["none", "concat", "embedding", "norm", "native"] as const;
const DISCRIMINATOR_WAYS = ["none", "concat", "embedding", "projection", "class-head"] as const;

/** How a generator is told the class; see {@link conditionGenerator}. */
export type GeneratorWay = (typeof GENERATOR_WAYS)[number];
/** How a discriminator is told the class, or asked for it; see {@link conditionDiscriminator}. */
export type DiscriminatorWay = (typeof DISCRIMINATOR_WAYS)[number];

const ways = z.strictObject({
  generator: z
    .enum(GENERATOR_WAYS)
    .optional()
    .describe(
      "how the generator is told the class: one-hot beside the latent (`concat`), a learned vector beside it (`embedding`), a gain and a bias for each class in its batch normalisation (`norm`), or the model's own way (`native`); default `native` where the model has one, else `concat`",
    ),
  discriminator: z
    .enum(DISCRIMINATOR_WAYS)
    .optional()
    .describe(
      "how the discriminator is told the class: as planes or coordinates beside the sample (`concat`, `embedding`), by a product with its features (`projection`); or asked for it (`class-head`); default `projection`",
    ),
  embedding: z.int().min(1).default(64).describe("length of the learned vectors of `embedding`"),
  weight: scheduledSchema(z.number().min(0))
    .default(1)
    .describe("weight of the cross-entropy of `class-head` in both players' losses"),
  generatorWeight: z
    .number()
    .min(0)
    .default(1)
    .describe("factor on that weight in the generator's loss; AC-GAN's paper 1, WGAN-GP's code 0.1"),
});

type Named = { readonly name?: string | undefined } & z.input<typeof ways>;

/**
 * One word in place of the object (or in its `name`, which is what `--set conditioning=…` under another `--set` makes of
 * it): a way of both players means both, a way of one player means that one, and leaves the other its default.
 */
function expandWay(value: unknown): unknown {
  if (typeof value !== "string" && (typeof value !== "object" || value === null || Array.isArray(value))) return value;
  return expandNamed(value as string | Named);
}

function expandNamed(value: string | Named): Readonly<Record<string, unknown>> {
  const { name, ...rest } = typeof value === "string" ? { name: value } : value;
  if (name === undefined) return rest;
  const generator = GENERATOR_WAYS.find((way) => way === name);
  const discriminator = DISCRIMINATOR_WAYS.find((way) => way === name);
  // A word that is no way at all is kept where its error lists the most choices.
  if (generator === undefined && discriminator === undefined) return { ...rest, discriminator: name };
  return { ...(generator && { generator }), ...(discriminator && { discriminator }), ...rest };
}

/** The key `conditioning`. */
export const conditioningSchema = z.preprocess(expandWay, ways);

/** A chosen conditioning. */
export type Conditioning = z.output<typeof conditioningSchema>;

const code = z.strictObject({
  categories: z
    .int()
    .min(0)
    .refine((count) => count !== 1, { message: "one category says nothing: 0, or at least 2" })
    .default(0)
    .describe("values of the categorical code, equally likely; 0 is none"),
  continuous: z.int().min(0).default(0).describe("continuous codes, each uniform in -1..1"),
  weight: scheduledSchema(z.number().min(0))
    .default(1)
    .describe("λ, the weight of the code's log-likelihood in both players' losses; less than 1 with continuous codes"),
  variance: z
    .enum(["unit", "learned"])
    .default("unit")
    .describe("variance of the Gaussian that the head finds for a continuous code: 1, or a function of the sample"),
});

/** The key `code`. A number means so many categories. */
export const codeSchema = z.preprocess(
  (value: number | z.input<typeof code>) => (typeof value === "number" ? { categories: value } : value),
  code,
);

/** A chosen code. */
export type CodeOptions = z.output<typeof codeSchema>;
