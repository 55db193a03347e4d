/** @file Protocols of ring, grid and spiral: points in the plane. */

import { COVERAGE_STEP, type Column, type Source, type TrainingProtocol } from "../protocol.ts";

/** Drawn by the rule of VEEGAN and PacGAN. */
const SAMPLES = 2500;

/** The three figures of PacGAN's table 1, and ours that coverage alone hides. */
export const modeColumns = (modes: number, samples: number): readonly Column[] => [
  { figure: `modes-${samples}`, title: `modes of ${modes}`, format: "number" },
  { figure: `modes-${samples}/high-quality`, title: "high quality", format: "percent" },
  { figure: `modes-${samples}/reverse-kl`, title: "reverse KL", format: "number" },
  { figure: `modes-${samples}/kl-with-rest`, title: "KL with rest", format: "number" },
  { figure: `modes-${samples}/spread`, title: "spread", format: "number" },
  { figure: COVERAGE_STEP, title: "all modes by step (median)", format: "number", statistic: "median" },
  { figure: "minutes", title: "minutes", format: "number" },
];

const CURVE_COLUMNS: readonly Column[] = [
  { figure: `sliced-wasserstein-${SAMPLES}-points`, title: "sliced Wasserstein", format: "number" },
  { figure: `prdc-${SAMPLES}-points`, title: "coverage", format: "percent" },
  { figure: `prdc-${SAMPLES}-points/precision`, title: "precision", format: "percent" },
  { figure: `prdc-${SAMPLES}-points/recall`, title: "recall", format: "percent" },
  { figure: "minutes", title: "minutes", format: "number" },
];

interface PointSet {
  readonly benchmark: "ring" | "grid" | "spiral";
  readonly metrics: readonly string[];
  readonly watched?: "modes";
  readonly columns: readonly Column[];
  readonly published?: string;
}

const MODES = { metrics: ["modes"], watched: "modes" } as const;
const RING: PointSet = { benchmark: "ring", ...MODES, columns: modeColumns(8, SAMPLES), published: "ring" };
const GRID: PointSet = { benchmark: "grid", ...MODES, columns: modeColumns(25, SAMPLES), published: "grid" };
const SPIRAL: PointSet = { benchmark: "spiral", metrics: ["sliced-wasserstein", "prdc"], columns: CURVE_COLUMNS };

const PACGAN: Source = {
  paper: "Lin, Khetan, Fanti and Oh, PacGAN: The Power of Two Samples in Generative Adversarial Networks, 2018",
  code: "fjxmlzn/PacGAN, synthetic_data_experiments/",
};
const WGAN_GP: Source = {
  paper: "Gulrajani et al., Improved Training of Wasserstein GANs, 2017",
  code: "igul222/improved_wgan_training, gan_toy.py",
};

/** What the protocols of a set have in common. */
function common({ benchmark, metrics, watched, ...rest }: PointSet) {
  return {
    runner: "training",
    benchmark,
    ...rest,
    trials: 10,
    sample: { kind: "points", shape: [2], count: 100_000 },
    evaluation: { samples: SAMPLES, metrics, ...(watched && { watched }) },
    cores: "trials",
  } as const;
}

const both = <T>(optimizer: T) => ({ generator: optimizer, discriminator: optimizer });

/** Minutes on one core instead of days: the networks and the length of Gantry's recommendation for points. */
const short = (set: PointSet, source: Source, published: string): TrainingProtocol => ({
  ...common(set),
  name: "gantry-12k",
  summary:
    "Perceptrons 3x128, batches of 256, 12,000 steps, Adam 0.002 with β1 0 falling along a cosine to a twentieth.",
  source,
  differences: [
    `networks, batch, optimiser and length are ours: ${published}, which takes half a day to days for each training on a processor`,
  ],
  config: {
    data: { source: set.benchmark },
    model: { name: "mlp", latent: 2, width: 128, depth: 3 },
    optimizer: both({
      name: "adam",
      lr: 2e-3,
      beta1: 0,
      beta2: { from: 0.9, to: 0.99, kind: "cosine" },
      schedule: { kind: "cosine", final: 0.05 },
    }),
    batch: 256,
    steps: 12_000,
  },
});

/** PacGAN's sizes and length, as far as our perceptrons can say them. */
const pacganLike = (set: PointSet): TrainingProtocol => ({
  ...common(set),
  name: "pacgan-like",
  summary: "PacGAN's numbers: width 400, four hidden layers, batches of 100, 400,000 steps, Adam 1e-4 with β1 0.8.",
  source: PACGAN,
  differences: [
    "the discriminator is a perceptron with leaky ReLU and four layers of 400; PacGAN's has three maxout layers of 200 units and 5 pieces",
    "no batch normalisation in the generator; PyTorch's initialisation instead of N(0, 0.02)",
  ],
  config: {
    data: { source: set.benchmark },
    model: { name: "mlp", latent: 2, width: 400, depth: 4 },
    optimizer: both({ name: "adam", lr: 1e-4, beta1: 0.8 }),
    batch: 100,
    steps: 400_000,
  },
});

/** WGAN-GP's toy. */
const wganGpLike: TrainingProtocol = {
  ...common(SPIRAL),
  name: "wgan-gp-like",
  summary: "WGAN-GP's numbers: width 512, three hidden layers, batches of 256, 100,000 steps, Adam 1e-4 with β1 0.5.",
  source: WGAN_GP,
  differences: [
    "100,000 fixed points instead of new ones for every batch; leaky ReLU instead of ReLU in the discriminator",
    "judged by distances to reals: the paper shows pictures only",
  ],
  config: {
    data: { source: "spiral" },
    model: { name: "mlp", latent: 2, width: 512, depth: 3 },
    optimizer: both({ name: "adam", lr: 1e-4, beta1: 0.5, beta2: 0.9 }),
    batch: 256,
    steps: 100_000,
  },
};

const PACGAN_NUMBERS = "PacGAN trains 4x400 against maxout for 400,000 steps";
const WGAN_GP_NUMBERS = "WGAN-GP trains 3x512 for 100,000 steps";

/** The first of a benchmark is the one that is run where none is named. */
export const pointProtocols: readonly TrainingProtocol[] = [
  short(RING, PACGAN, PACGAN_NUMBERS),
  pacganLike(RING),
  short(GRID, PACGAN, PACGAN_NUMBERS),
  pacganLike(GRID),
  short(SPIRAL, WGAN_GP, WGAN_GP_NUMBERS),
  wganGpLike,
];
