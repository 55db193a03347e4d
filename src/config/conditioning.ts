/** @file From the config's `conditioning` and `code` to networks that are asked for something, and the terms that make them heed it. */

import { codeHeadSize } from "../gan/conditioning/code.ts";
import { codeDiscriminator, conditionDiscriminator } from "../gan/conditioning/discriminator.ts";
import { conditionGenerator } from "../gan/conditioning/generator.ts";
import { classTerm, codeTerm } from "../gan/conditioning/heads.ts";
import type { CodeOptions, Conditioning, GeneratorWay } from "../gan/conditioning/options.ts";
import type { Condition, SampleType } from "../gan/game/game.ts";
import type { Penalty } from "../gan/penalty.ts";
import type { Model, ModelBuilder } from "../models/model.ts";
import { models } from "../models/models.ts";
import { declareNetwork } from "../nn/module.ts";
import { ConfigError } from "../util/errors.ts";
import { createFrom } from "../util/registry.ts";
import type { Config } from "./config.ts";

/** What a game is made of, as far as it depends on what the generator is asked for. */
export interface ConditionedModel {
  /** Without class names where the game is not about them. */
  readonly sample: SampleType;
  /** The model, with what was added to its networks. */
  readonly model: Model;
  readonly condition: Condition | undefined;
  /** Terms under names that no penalty has. */
  readonly terms: Readonly<Record<string, Penalty>>;
}

/** Whether the game is about the classes of the data. */
const isConditional = (conditioning: Config["conditioning"]): conditioning is Conditioning =>
  conditioning !== undefined && !(conditioning.generator === "none" && conditioning.discriminator === "none");

/** Builds the config's model for `sample`, asked for classes or a code where the config says so. @throws ConfigError */
export function conditionedModel(config: Config, sample: SampleType): ConditionedModel {
  const build = createFrom("model", models, config.model);
  const { kind, shape } = sample;
  if (isConditional(config.conditioning)) return aboutClasses(config, config.conditioning, build, sample);
  const model = build({ kind, shape });
  if (config.code !== undefined) return withCode(config.code, config.packing, model, { kind, shape });
  return { sample: { kind, shape }, model, condition: undefined, terms: {} };
}

/** The number of classes of the data. @throws ConfigError where there are none to tell apart. */
function countClasses(config: Config, { classes }: SampleType): number {
  const { source } = config.data;
  if (classes === undefined) {
    throw new ConfigError(`conditioning needs the class of every sample, and "${source}" has no labels`, {
      help: "put the images into one folder for each class, or labels under `y` in an .npz (docs/guide/data.md); or leave it out: --set conditioning=none",
    });
  }
  if (classes.length < 2) {
    throw new ConfigError(
      `conditioning needs at least two classes; all samples of "${source}" are of "${classes[0]}"`,
      {
        help: "leave it out: --set conditioning=none",
      },
    );
  }
  return classes.length;
}

function aboutClasses(
  config: Config,
  conditioning: Conditioning,
  build: ModelBuilder,
  sample: SampleType,
): ConditionedModel {
  const { embedding, weight, generatorWeight } = conditioning;
  const classes = countClasses(config, sample);
  const model = build(
    { kind: sample.kind, shape: sample.shape },
    { classes, conditionalNorm: conditioning.generator === "norm" },
  );
  const generator = generatorWay(config.model.name, model, classes, conditioning.generator);
  const discriminator = conditioning.discriminator ?? "projection";
  const head = { embedding, ...(model.head && { head: model.head }) };
  return {
    sample,
    model: {
      ...model,
      generator: conditionGenerator(model.generator, generator, embedding),
      discriminator: conditionDiscriminator(model.discriminator, discriminator, head),
    },
    condition: { kind: "labels", classes },
    terms: discriminator === "class-head" ? { classes: classTerm({ weight, generatorWeight }) } : {},
  };
}

/** The chosen way, or the default. @throws ConfigError where the generator does not have what the way needs. */
function generatorWay(name: string, model: Model, classes: number, chosen: GeneratorWay | undefined): GeneratorWay {
  if (chosen === "none" || chosen === "concat" || chosen === "embedding") return chosen;
  const heeds = declareNetwork("generator", model.generator, [2, model.latent], [2, classes]).conditioned;
  if (heeds) return chosen ?? "native";
  if (chosen === undefined) return "concat";
  const lacks = chosen === "norm" ? "has no batch normalisation for it" : "has no way of its own";
  throw new ConfigError(`conditioning.generator "${chosen}": the generator of "${name}" ${lacks}`, {
    help: `set conditioning.generator to concat or embedding${chosen === "norm" ? ", or use a model with batch normalisation, such as dcgan" : ""}`,
  });
}

function withCode(options: CodeOptions, packing: number, model: Model, sample: SampleType): ConditionedModel {
  const { weight, ...code } = options;
  return {
    sample,
    model: {
      ...model,
      generator: conditionGenerator(model.generator, "concat"),
      discriminator: codeDiscriminator(model.discriminator, packing * codeHeadSize(code), model.head),
    },
    condition: { kind: "code", ...code },
    terms: { code: codeTerm(code, weight) },
  };
}
