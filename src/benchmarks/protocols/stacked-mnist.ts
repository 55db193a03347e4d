/** @file Protocols of Stacked MNIST. The two published ones differ in everything, and their figures may not be mixed. */

import type { Column, TrainingProtocol } from "../protocol.ts";

const columns = (samples: string): readonly Column[] => [
  { figure: `stacked-modes-${samples}-lenet_mnist_stacked`, title: "modes of 1,000", format: "number" },
  { figure: `stacked-modes-${samples}-lenet_mnist_stacked/kl`, title: "KL", format: "number" },
  { figure: `stacked-modes-${samples}-lenet_mnist_stacked/kl/missing`, title: "of it missing modes", format: "number" },
  { figure: `stacked-modes-${samples}-lenet_mnist_stacked/kl/imbalance`, title: "of it imbalance", format: "number" },
  { figure: `stacked-modes-${samples}-lenet_mnist_stacked/confidence`, title: "confidence", format: "percent" },
  { figure: "minutes", title: "minutes", format: "number" },
];

const common = {
  runner: "training",
  benchmark: "stacked-mnist",
  trials: 10,
} as const;

const OTHER_CLASSIFIER = "digits are read by our own classifier";

/** Metz et al.'s narrow networks. @param share The discriminator's width as a share of the generator's. */
const unrolled = (word: string, share: number, length: "20k" | "500k"): TrainingProtocol => ({
  ...common,
  name: length === "20k" ? `unrolled-${word}-20k` : `unrolled-${word}-500k`,
  summary: `Unrolled GAN's networks with a discriminator ${share === 1 ? "as wide as the generator" : `of ${share} of the generator's width`}, batches of 128, ${length === "20k" ? "20,000" : "500,000"} steps, Adam with β1 0.5, 2e-4 for the discriminator and 1e-4 for the generator.`,
  source: {
    paper: "Metz, Poole, Pfau and Sohl-Dickstein, Unrolled Generative Adversarial Networks, 2017",
    code: "fjxmlzn/PacGAN, stacked_MNIST_experiments/unrolled_GAN_experiment/",
  },
  differences: [
    ...(length === "20k" ? ["20,000 steps instead of up to 500,000: hours instead of days"] : []),
    "128,000 fixed triples of the training digits instead of new ones for every batch",
    `${OTHER_CLASSIFIER}; ten trials instead of 50`,
    ...(share === 1 ? ["a discriminator of this width was not published"] : []),
  ],
  ...(share < 1 && { published: `stacked-mnist/unrolled-${word}` }),
  columns: columns("25600"),
  sample: { kind: "images", shape: [3, 28, 28], count: 128_000 },
  config: {
    data: { source: "stacked-mnist", count: 128_000 },
    model: { name: "metz", latent: 256, discriminator: share },
    optimizer: {
      generator: { name: "adam", lr: 1e-4, beta1: 0.5 },
      discriminator: { name: "adam", lr: 2e-4, beta1: 0.5 },
    },
    batch: 128,
    steps: length === "20k" ? 20_000 : 500_000,
  },
  evaluation: { samples: 25_600, metrics: ["stacked-modes"] },
  // Networks this narrow gain next to nothing from a second thread.
  cores: "trials",
});

const adam = { name: "adam", lr: 2e-4, beta1: 0.5 } as const;

/** VEEGAN's protocol as PacGAN's code has it, shorter and with our own DCGAN. */
const veeganLike: TrainingProtocol = {
  ...common,
  name: "veegan-like-10k",
  summary:
    "DCGAN with 64 channels, batches of 64, 10,000 steps of one move of the discriminator and two of the generator, Adam 2e-4 with β1 0.5.",
  source: {
    paper: "Srivastava et al., VEEGAN: Reducing Mode Collapse in GANs using Implicit Variational Learning, 2017",
    code: "fjxmlzn/PacGAN, stacked_MNIST_experiments/VEEGAN_experiment",
  },
  differences: [
    "10,000 steps instead of 100,000, which take days on a processor",
    "our DCGAN at 28 pixels has two levels and 4x4 filters, the original four and 5x5; normal latents instead of uniform ones",
    `128,000 fixed triples of the 60,000 training digits instead of all 70,000, scaled to -1..1; ${OTHER_CLASSIFIER}`,
  ],
  published: "stacked-mnist/veegan",
  columns: columns("26k"),
  sample: { kind: "images", shape: [3, 28, 28], count: 128_000 },
  config: {
    data: { source: "stacked-mnist", count: 128_000 },
    model: { name: "dcgan", latent: 100, base: 64 },
    optimizer: { generator: adam, discriminator: adam },
    updates: { generatorSteps: 2 },
    batch: 64,
    steps: 10_000,
  },
  evaluation: { samples: 26_000, metrics: ["stacked-modes"] },
  cores: "operations",
};

export const stackedProtocols: readonly TrainingProtocol[] = [
  unrolled("quarter", 0.25, "20k"),
  unrolled("half", 0.5, "20k"),
  unrolled("full", 1, "20k"),
  unrolled("quarter", 0.25, "500k"),
  unrolled("half", 0.5, "500k"),
  veeganLike,
];
