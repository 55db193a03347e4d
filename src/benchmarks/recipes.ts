/**
 * @file The recipes that are compared. A recipe may change what is played and how the players move: objective, penalties,
 * optimisers, updates, packing, the discriminator's normalisation, and whether samples are drawn by a moving average. All else is
 * the protocol's.
 */

import { recommend } from "../config/recommended.ts";
import { ConfigError } from "../util/errors.ts";
import { didYouMean } from "../util/suggest.ts";
import type { ConfigLayer, TrainingProtocol } from "./protocol.ts";

/** What a recipe sets. Each key replaces the protocol's whole; `norm` is an option of the protocol's model. */
export interface RecipeLayer {
  readonly objective: string;
  readonly penalties?: readonly ConfigLayer[];
  readonly optimizer?: ConfigLayer;
  readonly updates?: ConfigLayer;
  readonly packing?: number;
  readonly norm?: "none" | "spectral";
  readonly ema: ConfigLayer;
}

/** A way to train that is compared with others. */
export interface Recipe {
  readonly name: string;
  readonly title: string;
  /** What it sets, and where its numbers come from. */
  readonly origin: string;
  readonly layer: (protocol: TrainingProtocol) => RecipeLayer;
}

/** Models whose discriminator is normalised over the batch unless told otherwise: no place for penalties on single samples. */
const BATCH_NORMALISED: readonly string[] = ["dcgan", "metz"];

/** A discriminator under which the slope at a sample has a meaning. */
const perSample = ({ config }: TrainingProtocol): Pick<RecipeLayer, "norm"> =>
  BATCH_NORMALISED.includes(config.model.name) ? { norm: "none" } : {};

const NO_AVERAGE = { enabled: false } as const;
const both = (optimizer: ConfigLayer): ConfigLayer => ({ generator: optimizer, discriminator: optimizer });

/**
 * The numbers of the recommendation for Unrolled GAN's networks. It knows the data only, not that a discriminator has 2 to 8
 * channels: with its own rates such a discriminator falls behind, its loss stays at ln 2, and modes are lost. One as wide as the
 * generator takes other numbers than the narrower ones. Found by short trainings of seed 0; docs/benchmarks.md has what was tried.
 */
function forNarrowNetworks(share: unknown): Pick<RecipeLayer, "penalties" | "optimizer" | "ema"> {
  const full = share === 1;
  const gamma = { ...(full ? { from: 0.1, to: 0.01 } : { from: 0.03, to: 0.01 }), kind: "cosine" } as const;
  const adam = (lr: number, final: number): ConfigLayer => ({
    name: "adam",
    lr,
    beta1: 0,
    beta2: 0.999,
    schedule: { kind: "cosine", final },
  });
  return {
    penalties: [
      { name: "r1", gamma },
      { name: "r2", gamma },
    ],
    optimizer: full
      ? { generator: adam(1e-3, 0.1), discriminator: adam(3e-3, 0.1) }
      : { generator: adam(1.5e-4, 0.1), discriminator: adam(5e-3, 0.5) },
    ema: { halfLife: full ? 10_000 : 20_000 },
  };
}

/** Objective, penalties, optimisers and average of the recommendation for the protocol's data. */
function recommended(protocol: TrainingProtocol): RecipeLayer {
  const { penalties, optimizer, ema } = recommend(protocol.sample) as unknown as Required<RecipeLayer>;
  const { model } = protocol.config;
  const numbers = model.name === "metz" ? forNarrowNetworks(model.discriminator) : { penalties, optimizer, ema };
  return { objective: "relativistic", ...numbers, ...perSample(protocol) };
}

const gan: Recipe = {
  name: "gan",
  title: "non-saturating GAN",
  origin: "The usual objective, the protocol's own optimisers, no average. Goodfellow et al., 2014.",
  layer: () => ({ objective: "non-saturating", ema: NO_AVERAGE }),
};

const relativistic: Recipe = {
  name: "relativistic",
  title: "relativistic pairing",
  origin: "`gan` with each real paired with a fake. Jolicoeur-Martineau, 2018; Sun, Fang and Schwing, 2020 (RS-GAN).",
  layer: () => ({ objective: "relativistic", ema: NO_AVERAGE }),
};

const pacgan2: Recipe = {
  name: "pacgan2",
  title: "PacGAN2",
  origin: "`gan` whose discriminator judges two samples together. Lin, Khetan, Fanti and Oh, 2018.",
  layer: () => ({ objective: "non-saturating", packing: 2, ema: NO_AVERAGE }),
};

const unrolled: Recipe = {
  name: "unrolled",
  title: "unrolled GAN, 5 steps",
  origin:
    "`gan` against the discriminator as it would be five updates later; both players start from one place, as in the paper. Metz et al., 2017.",
  layer: () => ({
    objective: "non-saturating",
    updates: { mode: "simultaneous", unroll: { steps: 5 } },
    ema: NO_AVERAGE,
  }),
};

const wganGp: Recipe = {
  name: "wgan-gp",
  title: "WGAN-GP",
  origin:
    "Five moves of the critic for each of the generator, λ 10 for images and 0.1 for points, Adam 1e-4 with β1 0 and β2 0.9, no batch normalisation in the critic. Gulrajani et al., 2017 (algorithm 1; λ 0.1 from gan_toy.py).",
  layer: (protocol) => ({
    objective: "wasserstein",
    penalties: [{ name: "wgan-gp", lambda: protocol.sample.kind === "points" ? 0.1 : 10 }],
    optimizer: both({ name: "adam", lr: 1e-4, beta1: 0, beta2: 0.9 }),
    updates: { discriminatorSteps: 5 },
    ema: NO_AVERAGE,
    ...perSample(protocol),
  }),
};

const snHinge: Recipe = {
  name: "sn-hinge",
  title: "spectral normalisation and hinge",
  origin:
    "Hinge losses, every weight of the discriminator divided by its largest singular value, the protocol's own optimisers, one move each. Miyato et al., 2018; Lim and Ye, 2017.",
  layer: () => ({ objective: "hinge", norm: "spectral", ema: NO_AVERAGE }),
};

const ganR1R2: Recipe = {
  name: "gan-r1-r2",
  title: "non-saturating GAN + R1 + R2",
  origin: "`recommended` without pairing, all else equal. The comparison of Huang et al., 2024 (R3GAN), table 1.",
  layer: (protocol) => ({ ...recommended(protocol), objective: "non-saturating" }),
};

const recommendation: Recipe = {
  name: "recommended",
  title: "recommended: relativistic + R1 + R2",
  origin:
    "Objective, penalties, optimisers and moving average that `gantry train` recommends for such data, on the protocol's networks; no batch normalisation in the discriminator. On Unrolled GAN's narrow networks other rates and γ, chosen for them. docs/recipes.md; Huang et al., 2024 (R3GAN).",
  layer: recommended,
};

/** All recipes. */
export const recipes: readonly Recipe[] = [
  gan,
  relativistic,
  pacgan2,
  unrolled,
  wganGp,
  snHinge,
  ganR1R2,
  recommendation,
];

/** The recipe called `name`. @throws ConfigError when there is none. */
export function findRecipe(name: string): Recipe {
  const found = recipes.find((recipe) => recipe.name === name);
  if (found !== undefined) return found;
  const names = recipes.map((recipe) => recipe.name);
  throw new ConfigError(`unknown recipe "${name}".${didYouMean(name, names)}`, {
    help: `recipes: ${names.join(", ")}`,
  });
}
