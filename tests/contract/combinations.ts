/**
 * @file The choices of a game that the contract suites combine, and the smallest form of each. Rows of the registries come by
 * themselves; a new model needs a line in TINY, a new key of the config one in EXTRAS or FIXED, a new refusal one in REFUSALS.
 */

import type { HostArrays } from "../../src/backend/backend.ts";
import { parseConfig } from "../../src/config/config.ts";
import { gameFromConfig } from "../../src/config/game-from-config.ts";
import { mergeConfig, type RawConfig } from "../../src/config/layers.ts";
import { PER_SAMPLE_PENALTIES } from "../../src/config/rules/batch.ts";
import { configSchema } from "../../src/config/schema.ts";
import { conditionSize, type Game } from "../../src/gan/game/game.ts";
import { gameState } from "../../src/gan/game/game-state.ts";
import { objectives } from "../../src/gan/objectives.ts";
import { penalties } from "../../src/gan/penalties.ts";
import { planStep } from "../../src/gan/step/phases.ts";
import { type StepProgram, traceStep } from "../../src/gan/step/step.ts";
import { sizeOf } from "../../src/graph/ops.ts";
import type { SampleShape } from "../../src/models/model.ts";
import { optimizers } from "../../src/optim/optimizers.ts";
import { rampAt } from "../../src/optim/schedule.ts";
import { StateStore } from "../../src/run/store/state-store.ts";
import { drawNoise } from "../../src/run/training/steps/executor.ts";
import { ConfigError } from "../../src/util/errors.ts";
import { fillBits, fillNormal, fillUniform, streamKey } from "../../src/util/rng.ts";

/** Divisible by what packs, groups and micro-batches there are. */
export const BATCH = 4;

/** A model at its smallest: everything of it is there, with next to no width. */
export interface Tiny {
  readonly model: { readonly name: string } & RawConfig;
  readonly sample: SampleShape;
  /** What else the config must say. */
  readonly config?: RawConfig;
  /** Relative cost of a step: where it does not matter which model is taken, the cheapest is. */
  readonly cost: number;
}

const points: SampleShape = { kind: "points", shape: [2] };
const image = (size: number): SampleShape => ({ kind: "images", shape: [1, size, size] });

/** The models by name, each with its variants; the first stands for the model in the whole product. */
export const TINY: Readonly<Record<string, Readonly<Record<string, Tiny>>>> = {
  mlp: {
    mlp: { model: { name: "mlp", latent: 2, width: 4, depth: 1 }, sample: points, cost: 1 },
    "mlp, norm spectral": {
      model: { name: "mlp", latent: 2, width: 4, depth: 1, norm: "spectral" },
      sample: points,
      cost: 1,
    },
  },
  dcgan: Object.fromEntries(
    ["none", "batch", "layer", "spectral"].map((norm) => [
      `dcgan, norm ${norm}`,
      { model: { name: "dcgan", latent: 2, base: 1, norm }, sample: image(16), cost: 2 },
    ]),
  ),
  metz: Object.fromEntries(
    ["none", "batch"].map((norm) => [
      `metz, norm ${norm}`,
      { model: { name: "metz", latent: 2, base: 1, norm }, sample: image(8), cost: 2 },
    ]),
  ),
  tutorial: { tutorial: { model: { name: "tutorial", latent: 2, base: 1 }, sample: image(32), cost: 4 } },
  resnet: {
    resnet: { model: { name: "resnet", latent: 2, base: 1, spectral: "none" }, sample: image(16), cost: 6 },
    "resnet, spectral and attention": {
      model: { name: "resnet", latent: 2, base: 1, spectral: "both", attention: 8 },
      sample: image(16),
      cost: 7,
    },
  },
  biggan: { biggan: { model: { name: "biggan", latent: 3, base: 1, shared: 2 }, sample: image(16), cost: 8 } },
  r3gan: {
    r3gan: {
      model: { name: "r3gan", latent: 2, base: 2, width: 4, blocks: 1, groupSize: 2 },
      sample: image(8),
      cost: 6,
    },
  },
  stylegan2: {
    stylegan2: {
      model: { name: "stylegan2", latent: 3, channelMax: 3, channelBase: 24, mappingDepth: 2 },
      sample: image(8),
      cost: 8,
    },
  },
};

/** Every variant by its label. */
export const architectures: Readonly<Record<string, Tiny>> = Object.assign({}, ...Object.values(TINY));

/** From this cost on a model is heavy: it meets everything, but not in every combination. */
export const HEAVY = 5;

/** The variant of each model that stands for it in the whole product. */
export const representatives: readonly string[] = Object.values(TINY).map((variants) => Object.keys(variants)[0]!);

/** No penalty. */
export const NONE = "none";

/**
 * Penalties at less than their default weight. The gradient of a squared gradient is of third degree in the weights: with large
 * ones and plain descent a few steps of consensus at weight 1 leave float32.
 */
const MILD: Readonly<Record<string, RawConfig>> = { consensus: { gamma: 1e-4 } };

/** How the players move. */
export const modes: readonly string[] = configSchema.shape.updates.unwrap().shape.mode.unwrap().options;

/** Keys of the config that change a step beside the factors, each in a form that shows. */
export const EXTRAS: Readonly<Record<string, RawConfig>> = {
  nothing: {},
  packing: { packing: 2 },
  instanceNoise: { instanceNoise: { sigma: 0.1 } },
  "ema off": { ema: { enabled: false } },
  "updates, two of the discriminator": { updates: { discriminatorSteps: 2 } },
  "updates, two of the generator": { updates: { generatorSteps: 2 } },
  "optimizer, optimistic": both({ optimistic: true }),
  "optimizer, lookahead": both({ lookahead: { steps: 2 } }),
  "optimizer, clipped gradients": both({ clip: { norm: 0.5, value: 0.1 } }),
  "optimizer, clipped weights": both({ clip: { weights: 0.1 } }),
  "updates, accumulated": { updates: { accumulate: 2 } },
  "updates, unrolled": { updates: { unroll: { steps: 2 } } },
  "augment, pseudo-reals": { augment: [{ name: "apa", p: 0.5 }] },
  "conditioning, projection": { conditioning: { generator: "concat", discriminator: "projection", embedding: 3 } },
  "conditioning, class head": { conditioning: { generator: "embedding", discriminator: "class-head", embedding: 3 } },
  "code of InfoGAN": { code: { categories: 2, continuous: 1 } },
  topK: { topK: { share: 0.5 } },
  replay: { replay: { share: 0.5, capacity: 2 } },
  reconstructor: { reconstructor: { noise: 0.1 } },
};

function both(options: RawConfig): RawConfig {
  return { optimizer: { generator: options, discriminator: options } };
}

/** Top-level keys of the config that are factors themselves, or do not change what a step computes. */
export const FIXED: readonly string[] = [
  ...["model", "objective", "penalties"],
  ...[
    "preset",
    "seed",
    "retry",
    "data",
    "batch",
    "images",
    "steps",
    "device",
    "threads",
    "log",
    "samples",
    "metrics",
    "checkpoint",
    "health",
  ],
];

/** The factors of a combination. */
export const factors = {
  architecture: Object.keys(architectures),
  objective: Object.keys(objectives),
  penalty: [NONE, ...Object.keys(penalties)],
  optimizer: Object.keys(optimizers),
  mode: modes,
  extra: Object.keys(EXTRAS),
} as const;

/** What is chosen. */
export type Choices = Readonly<Record<keyof typeof factors, string>>;

/** The plainest combination. */
export const PLAIN: Choices = {
  architecture: "mlp",
  objective: "non-saturating",
  penalty: NONE,
  optimizer: "adam",
  mode: "alternating",
  extra: "nothing",
};

/** Combinations that are refused: when, and what the message says. Everything else must work. */
export const REFUSALS: readonly {
  readonly when: (choices: Partial<Choices>) => boolean;
  readonly says: string;
}[] = [
  {
    when: ({ architecture, penalty }) =>
      isOneOf(architecture, ["dcgan, norm batch", "metz, norm batch"]) && isOneOf(penalty, PER_SAMPLE_PENALTIES),
    says: "takes the discriminator's slope at each sample",
  },
  {
    when: ({ architecture, penalty }) =>
      penalty === "path-length" && architecture !== undefined && architecture !== "stylegan2",
    says: "looks at the generator's styles",
  },
  {
    when: ({ mode, extra }) => mode === "extragradient" && isOneOf(extra, ONE_BATCH_FOR_BOTH),
    says: "extragradient",
  },
  {
    when: ({ objective, extra }) => objective === "feature-matching" && extra === "topK",
    says: "topK: feature matching",
  },
  {
    when: ({ penalty, extra }) => extra === "replay" && isOneOf(penalty, ["consensus", "latent-consistency"]),
    says: "replay:",
  },
  {
    when: ({ architecture, extra }) => extra === "replay" && architecture === "stylegan2",
    says: "replay:",
  },
  {
    when: ({ penalty, extra }) => extra === "updates, unrolled" && penalty === "consensus",
    says: "consensus asks for both players' gradients",
  },
  {
    when: ({ penalty, extra }) => extra === "reconstructor" && isOneOf(penalty, BESIDE_THE_SAMPLES),
    says: "looks at points beside the samples",
  },
  {
    when: ({ architecture, extra }) =>
      extra === "reconstructor" && architecture !== undefined && !/^(mlp|dcgan)/.test(architecture),
    says: "has no network that finds latents",
  },
];

const isOneOf = (value: string | undefined, names: readonly string[]): boolean =>
  value !== undefined && names.includes(value);

/** Keys under which extragradient has not one batch for both players, or two ways of looking ahead. */
const ONE_BATCH_FOR_BOTH: readonly string[] = [
  "updates, two of the discriminator",
  "updates, two of the generator",
  "updates, accumulated",
  "updates, unrolled",
  "replay",
];

/** Penalties that ask the discriminator about other points than the samples. */
const BESIDE_THE_SAMPLES: readonly string[] = [
  ...["wgan-gp", "zero-gp", "dragan"],
  ...["consistency", "balanced-consistency", "latent-consistency"],
];

/** The message that the listed refusals foretell for `choices`; undefined where they must work. Open factors refuse nothing. */
export const expectedRefusal = (choices: Partial<Choices>): string | undefined =>
  REFUSALS.find(({ when }) => when(choices))?.says;

/** The config that `choices` stand for, unchecked. */
export function rawConfig({ architecture, objective, penalty, optimizer, mode, extra }: Choices): RawConfig {
  const { model, config = {} } = architectures[architecture]!;
  return [config, EXTRAS[extra]!].reduce(mergeConfig, {
    data: { source: "none" },
    model,
    objective,
    penalties: penalty === NONE ? [] : [{ name: penalty, ...MILD[penalty] }],
    optimizer: { generator: { name: optimizer }, discriminator: { name: optimizer } },
    updates: { mode },
    batch: BATCH,
  });
}

/** The game of `choices`. @throws ConfigError where they are refused. */
export function gameOf(choices: Choices): Game {
  const { sample } = architectures[choices.architecture]!;
  return gameFromConfig(parseConfig(rawConfig(choices)), { ...sample, classes: ["a", "b", "c"] });
}

/** The first thing wrong with a refusal: one that was not foretold, another message, or none where one was. */
export function refusalProblem(choices: Choices, build: () => unknown = () => gameOf(choices)): string | null {
  const expected = expectedRefusal(choices);
  const name = JSON.stringify(choices);
  try {
    build();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    if (expected === undefined) return `${name} is refused: ${error.message}`;
    return error.message.includes(expected) ? null : `${name}: "${error.message}" instead of "${expected}"`;
  }
  return expected === undefined ? null : `${name} is accepted, not refused with "${expected}"`;
}

/** Uniform noise for reals: bytes or points. */
export function randomReals(game: Game): Uint8Array | Float32Array {
  const words = new Uint32Array(game.batch * sizeOf(game.sample.shape));
  fillBits(streamKey(1, "real"), 0, words);
  return game.sample.kind === "images"
    ? Uint8Array.from(words, (word) => word >>> 24)
    : Float32Array.from(words, (word) => word / 2 ** 31 - 1);
}

/** One-hot labels that go round the classes; undefined where the game is not about classes. */
export function someLabels({ condition, batch }: Game): Float32Array | undefined {
  if (condition?.kind !== "labels") return undefined;
  const size = conditionSize(condition);
  return Float32Array.from({ length: batch * size }, (_, i) => Number(i % size === Math.floor(i / size) % size));
}

/** A state with weights large enough to matter, and moments and old fakes as they may be in the middle of a training. */
export function someState(game: Game): StateStore {
  const store = new StateStore(gameState(game));
  store.initialise(0);
  for (const [name, values] of Object.entries(store.read()) as [string, Float32Array][]) {
    if (name.startsWith("optim/") || name === "replay/fakes") fillUniform(streamKey(1, name), 0, values);
    if (name === "replay/count") values.fill(2);
    if (name !== "generator" && name !== "discriminator") continue;
    const noise = new Float32Array(values.length);
    fillNormal(streamKey(3, name), 0, noise);
    values.forEach((x, i) => {
      values[i] = x + 0.2 * noise[i]!;
    });
  }
  return store;
}

/** The first phase of a game's first step. */
export const programOf = (game: Game): StepProgram => traceStep(game, planStep(game.updates, game.penalties, 0)[0]!);

/** Everything that a traced step must be fed. Learning rates are `lr`, ramps are half-way. */
export function feedsOf(game: Game, { graph, randoms, scalars }: StepProgram, lr: number): HostArrays {
  const labels = someLabels(game);
  const feeds: Record<string, Float32Array | Int32Array | Uint8Array> = {
    ...someState(game).read(),
    real: randomReals(game),
    ...(labels && { labels }),
    scalars: Float32Array.from(scalars, ({ name, ramp }) =>
      ramp ? rampAt(ramp, ramp.until / 2) : name === "ema/decay" ? 0.75 : lr,
    ),
  };
  for (const spec of randoms) {
    const size = sizeOf(spec.shape);
    const values = spec.distribution.kind === "bernoulli" ? new Uint8Array(size) : new Float32Array(size);
    drawNoise(1, spec, 0, values);
    feeds[spec.name] = values;
  }
  const names = new Set(graph.inputs.map(({ attrs }) => attrs.name));
  return Object.fromEntries(Object.entries(feeds).filter(([name]) => names.has(name)));
}
