/** @file Protocols of RS-GAN's two smallest tests: few enough computations to be repeated as published. */

import type { Source, TrainingProtocol, TwoClusterProtocol } from "../protocol.ts";
import { modeColumns } from "./points.ts";

const source = (file: string): Source => ({
  paper: "Sun, Fang and Schwing, Towards a Better Global Loss Landscape of GANs, 2020",
  code: `AilsaF/RS-GAN, ${file}`,
});

const SAMPLES = 2500;
const adam = { name: "adam", lr: 1e-4, beta1: 0, beta2: 0.9 } as const;

/** Five Gaussians, at full length. */
export const fiveGaussians: TrainingProtocol = {
  runner: "training",
  benchmark: "five-gaussians",
  name: "rs-gan-20k",
  summary:
    "RS-GAN's numbers: perceptrons 2x128, 10,000 points, batches of 128, 20,000 steps, Adam 1e-4 with β1 0 and β2 0.9.",
  source: source("5gaussian.py"),
  trials: 10,
  differences: [
    "the generator's update draws latents of its own, where the original uses those of the discriminator's",
    "the discriminator's last layer has a bias, and its weights are not brought to length 1 under `relativistic`",
    "judged by the rule of VEEGAN and PacGAN: the paper shows pictures only",
  ],
  columns: modeColumns(5, SAMPLES),
  sample: { kind: "points", shape: [2], count: 10_000 },
  config: {
    data: { source: "five-gaussians" },
    model: { name: "mlp", latent: 2, width: 128, depth: 2 },
    optimizer: { generator: adam, discriminator: adam },
    batch: 128,
    steps: 20_000,
  },
  evaluation: { samples: SAMPLES, metrics: ["modes"], watched: "modes" },
  cores: "trials",
};

/** Two clusters on a line. The networks and everything else are in ../two-clusters/. */
export const twoClusters: TwoClusterProtocol = {
  runner: "two-clusters",
  benchmark: "two-clusters",
  name: "rs-gan",
  summary:
    "RS-GAN's game: generator 1-5-5-1 with tanh, discriminator 1-10-10-1 with sigmoid, 100 numbers in one batch, SGD 0.01 with momentum 0.9, 5,000 epochs of ten moves each.",
  source: source("GAN2_2Cluster.py"),
  trials: 16,
  differences: [],
  published: "two-clusters",
  columns: [
    { figure: "both-early", title: "both clusters after 600 epochs, new latents", format: "count" },
    { figure: "both-end", title: "both clusters at the end, the training's latents", format: "count" },
    { figure: "since", title: "for good since epoch (median)", format: "number", statistic: "median" },
    { figure: "plateau", title: "D loss on a plateau (median)", format: "number", statistic: "median" },
    { figure: "plateau/predicted", title: "predicted", format: "number", statistic: "median" },
    { figure: "minutes", title: "minutes", format: "number" },
  ],
  epochs: 5000,
  objectives: { gan: "non-saturating", relativistic: "relativistic" },
};
