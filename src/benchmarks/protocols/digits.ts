/** @file Protocols of MNIST and Fashion-MNIST: DCGAN's networks, judged by the features of a small classifier. */

import type { TrainingProtocol } from "../protocol.ts";

const SAMPLES = 10_000;
const adam = { name: "adam", lr: 2e-4, beta1: 0.5 } as const;

const dcgan = (benchmark: "mnist" | "fashion-mnist", lenet: string): TrainingProtocol => ({
  runner: "training",
  benchmark,
  name: "dcgan-350k",
  summary: "DCGAN's networks at 28 pixels with 32 channels, batches of 64, 350,000 images, Adam 2e-4 with β1 0.5.",
  source: {
    paper: "Radford, Metz and Chintala, Unsupervised Representation Learning with DCGANs, 2016",
  },
  trials: 3,
  differences: [
    "no protocol is published under which these figures could be compared: features are those of our own classifier, and its name is part of theirs",
  ],
  columns: [
    { figure: `fid-10k-${lenet}`, title: "Frechet distance", format: "number" },
    { figure: `prdc-10k-${lenet}`, title: "coverage", format: "percent" },
    { figure: `prdc-10k-${lenet}/precision`, title: "precision", format: "percent" },
    { figure: `prdc-10k-${lenet}/recall`, title: "recall", format: "percent" },
    { figure: `classes-10k-${lenet}`, title: "JS of classes", format: "number" },
    { figure: `classes-10k-${lenet}/smallest`, title: "smallest class", format: "percent" },
    { figure: "minutes", title: "minutes", format: "number" },
  ],
  sample: { kind: "images", shape: [1, 28, 28], count: 60_000 },
  config: {
    data: { source: benchmark },
    model: { name: "dcgan", latent: 100, base: 32 },
    optimizer: { generator: adam, discriminator: adam },
    batch: 64,
    // 350,000 images; in steps, so that recipes with several moves of the discriminator have as many of the generator.
    steps: 5469,
  },
  evaluation: { samples: SAMPLES, metrics: ["fid", "prdc", "classes"] },
  cores: "operations",
});

export const digitProtocols: readonly TrainingProtocol[] = [
  dcgan("mnist", "lenet_mnist"),
  dcgan("fashion-mnist", "lenet_fashion_mnist"),
];
