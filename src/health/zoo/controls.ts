/**
 * @file Controls: what looks as if a training failed, by a rule that people go by, and does not make it fail. Each is for the programs that
 * stay healthy with it and show what its summary says; docs/zoo.md has the figures.
 */

import type { Config } from "../../config/config.ts";
import type { RawConfig } from "../../config/layers.ts";
import type { ZooCause } from "./program.ts";
import { ALL, named, POINTS, rate, rates } from "./rates.ts";

/** The program's penalties, which are R1 and R2, with other weights. */
const reweighted = ({ penalties }: Config, change: (gamma: number) => unknown): readonly RawConfig[] =>
  penalties.map((penalty) => ({ ...penalty, gamma: change(Number(penalty.gamma)) }));

/** At first D learns from a G that hardly moves, and the penalty, too, comes late; both rise over 60 % of the training. */
const lateGenerator = (config: Config, longer: number): RawConfig => ({
  steps: Math.ceil(longer * config.steps!),
  optimizer: {
    generator: { ...rate(config, "generator", 1 / 200), schedule: { kind: "exponential", final: 100, until: 0.6 } },
    // A rate that falls would leave D too slow for so late a G.
    discriminator: { schedule: { kind: "constant" } },
  },
  penalties: reweighted(config, (gamma) => ({ from: 1e-6, to: gamma, kind: "exponential", until: 0.6 })),
});

/** All controls. */
export const zooControls: readonly ZooCause[] = [
  {
    name: "slow-start",
    plants: null,
    summary: "a third of the rates, three times as long",
    programs: ALL,
    layer: (config) => ({ ...rates(1 / 3, 1 / 3)(config), steps: config.steps! * 3 }),
  },
  {
    name: "tiny-batch",
    plants: null,
    summary: "a quarter of the batch, twice as long",
    programs: POINTS,
    layer: (config) => ({ batch: config.batch / 4, steps: config.steps! * 2 }),
  },
  {
    name: "skewed",
    plants: null,
    summary: "half of the modes have a third of their samples",
    programs: named(({ config }) => config.data.source !== "spiral"),
    layer: () => ({}),
    data: "skewed",
  },
  {
    name: "strong-discriminator",
    plants: null,
    summary: "four moves of D for each of G, the penalty as it is",
    programs: ALL,
    layer: () => ({ updates: { discriminatorSteps: 4 } }),
  },
  {
    name: "confident-discriminator",
    plants: null,
    summary:
      "five moves of D for each of G, at twice its rate: D's loss stays near 0, and samples get good all the same",
    programs: ["mnist-non-saturating", "fashion-relativistic"],
    layer: (config) => ({ ...rates(1, 2)(config), updates: { discriminatorSteps: 5 } }),
  },
  {
    name: "late-generator",
    plants: null,
    summary:
      "the non-saturating loss, twice as long, G's rate and the penalty rise from next to nothing over 60 % of it: D's loss is near 0 for about a fifth of it",
    programs: ["five-non-saturating", "five-hinge"],
    layer: (config) => ({ ...lateGenerator(config, 2), objective: { name: "non-saturating" } }),
  },
  {
    name: "satisfied-hinge",
    plants: null,
    summary:
      "as `late-generator`, half as long again, with the hinge loss, of which nothing is left beyond the margins",
    programs: ["five-hinge", "five-non-saturating"],
    layer: (config) => ({ ...lateGenerator(config, 1.5), objective: { name: "hinge" } }),
  },
  {
    name: "stiff-critic",
    plants: null,
    summary:
      "Wasserstein's losses with 1,000 for the weight of WGAN-GP, four moves of D, no norm, twice as long: gradients longer than 100",
    programs: ["mnist-non-saturating", "fashion-relativistic"],
    layer: ({ model, steps }) => ({
      objective: { name: "wasserstein" },
      penalties: [{ name: "wgan-gp", lambda: 1000 }],
      model: { ...model, norm: "none" },
      optimizer: { generator: { beta1: 0, beta2: 0.9 }, discriminator: { beta1: 0, beta2: 0.9 } },
      updates: { discriminatorSteps: 4 },
      steps: steps! * 2,
    }),
  },
  {
    name: "flipped-labels",
    plants: null,
    summary: "a tenth of the labels is wrong: D's loss stays high, on points where guessing is",
    programs: ["ring-non-saturating", "mnist-non-saturating", "five-non-saturating", "spiral-least-squares"],
    layer: ({ objective }) => ({ objective: { ...objective, flip: 0.1 } }),
  },
  {
    name: "heavy-penalty",
    plants: null,
    summary: "five times the penalty: half of D's losses are above 98 % of that of guessing",
    programs: ["ring-non-saturating", "five-hinge", "five-non-saturating", "ring-relativistic", "spiral-least-squares"],
    layer: (config) => ({ penalties: reweighted(config, (gamma) => 5 * gamma) }),
  },
  {
    name: "narrow",
    plants: null,
    summary: "networks half as wide, twice as long",
    programs: ["ring-non-saturating", "five-non-saturating", "ring-relativistic"],
    layer: ({ model, steps }) => ({ model: { ...model, width: Number(model.width) / 2 }, steps: steps! * 2 }),
  },
  {
    name: "few-looks",
    plants: null,
    summary: "six looks in all, each at as few samples as can be",
    programs: ["five-hinge", "shapes-hinge", "five-non-saturating", "shapes-wasserstein"],
    layer: ({ steps }) => ({ health: { every: Math.ceil(steps! / 7), samples: 32 } }),
  },
];
