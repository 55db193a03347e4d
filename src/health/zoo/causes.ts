/** @file What spoils the programs of the zoo, for every code; what only looks as if it did is in controls.ts. */

import type { RawConfig } from "../../config/layers.ts";
import { zooControls } from "./controls.ts";
import type { ZooCause } from "./program.ts";
import { ALL, IMAGES, named, POINTS, type Rates, rates, risingRates, unfalling } from "./rates.ts";

/** Plain gradient descent for both. */
const descent = (lr: number): Rates => ({
  generator: { name: "sgd", lr },
  discriminator: { name: "sgd", lr },
});

const momentum = (beta1: number): RawConfig => ({
  optimizer: { generator: { beta1 }, discriminator: { beta1 } },
});

/** All causes, by the order of the codes; controls last. */
export const zooCauses: readonly ZooCause[] = [
  {
    name: "generator-much-faster",
    plants: "mode-collapse",
    summary: "G learns 30 times as fast as the program's, D a tenth as fast",
    programs: ALL,
    layer: rates(30, 0.1),
  },
  {
    name: "generator-runs-ahead",
    plants: "mode-collapse",
    summary: "five moves of G for each of D, at 4 times its rate, D at 0.3 times; no penalty",
    programs: ALL,
    layer: (config) => ({
      ...rates(4, 0.3)(config),
      penalties: [],
      updates: { generatorSteps: 5, discriminatorSteps: 1 },
    }),
  },
  {
    name: "plain-momentum",
    plants: "mode-dropping",
    summary: "the non-saturating loss without penalties, Adam with beta1 0.9",
    programs: ALL,
    layer: () => ({ objective: { name: "non-saturating" }, penalties: [], ...momentum(0.9) }),
  },
  {
    name: "saturating-slow-generator",
    plants: "vanishing-gradient",
    summary:
      "the saturating loss of minimax, no penalty, a D that learns three times as fast, and a G that learns a five-hundredth as fast",
    programs: ALL,
    layer: (config) => ({
      objective: { name: "minimax" },
      penalties: [],
      optimizer: unfalling(rates(0.002, 3)(config)),
      updates: { discriminatorSteps: 1 },
    }),
  },
  {
    name: "critic-without-limit",
    plants: "exploding-gradient",
    summary: "Wasserstein's losses without any Lipschitz penalty, at rates that rise to 300 times the program's",
    programs: ALL,
    layer: (config) => ({
      objective: { name: "wasserstein" },
      penalties: [],
      optimizer: risingRates(rates(1, 1)(config), 300),
      updates: { discriminatorSteps: 1 },
    }),
  },
  {
    name: "huge-rate",
    plants: "numerical-divergence",
    summary: "plain gradient descent on least squares at a rate of 1",
    programs: ALL,
    layer: () => ({ objective: { name: "least-squares" }, penalties: [], optimizer: descent(1) }),
  },
  {
    name: "descending-critic",
    plants: "numerical-divergence",
    summary: "plain gradient descent on Wasserstein's losses, which nothing bounds, at a rate of 0.3",
    programs: ALL,
    layer: () => ({ objective: { name: "wasserstein" }, penalties: [], optimizer: descent(0.3) }),
  },
  {
    name: "simultaneous-momentum",
    plants: "oscillation",
    summary: "both players move at once with beta1 0.9, at twice the rates, without penalties",
    programs: ALL,
    layer: (config) => ({
      objective: { name: "non-saturating" },
      penalties: [],
      updates: { mode: "simultaneous", discriminatorSteps: 1 },
      optimizer: unfalling(rates(2, 2)(config), { beta1: 0.9 }),
    }),
  },
  {
    name: "critic-with-momentum",
    plants: "oscillation",
    summary: "Wasserstein's losses without a penalty, both at once, beta1 0.9",
    programs: ALL,
    layer: (config) => ({
      objective: { name: "wasserstein" },
      penalties: [],
      updates: { mode: "simultaneous", discriminatorSteps: 1 },
      optimizer: unfalling(rates(1, 1)(config), { beta1: 0.9 }),
    }),
  },
  {
    name: "few-reals",
    plants: "discriminator-overfitting",
    summary: "24 reals, the non-saturating loss without penalties, three times D's rate, two moves of D",
    programs: ALL,
    layer: (config) => ({
      data: { limit: 24 },
      batch: 24,
      objective: { name: "non-saturating" },
      penalties: [],
      updates: { discriminatorSteps: 2 },
      optimizer: unfalling(rates(0.5, 3)(config), { beta1: 0.5 }),
    }),
  },
  {
    name: "strong-discriminator-on-few-reals",
    plants: "discriminator-overfitting",
    summary: "16 reals, twice D's rate, penalties as they are",
    programs: named(({ config }) => config.data.source === "spiral" || config.data.source === "shapes"),
    layer: (config) => ({ data: { limit: 16 }, batch: 16, ...rates(1, 2)(config) }),
  },
  {
    name: "sixty-four-reals",
    plants: "discriminator-overfitting",
    summary:
      "64 reals, eight times as long at rates that stay, D's four times and G's twice the program's, four moves of D; the non-saturating loss without penalties or norm",
    programs: named(({ kind }) => kind === "grey"),
    layer: (config) => ({
      data: { limit: 64 },
      objective: { name: "non-saturating" },
      penalties: [],
      model: { ...config.model, norm: "none" },
      updates: { discriminatorSteps: 4 },
      optimizer: unfalling(rates(2, 4)(config), { beta1: 0.5 }),
      steps: 8 * config.steps!,
    }),
  },
  {
    name: "handful-of-reals",
    plants: "memorization",
    summary: "12 reals, half as long again",
    programs: ALL,
    layer: (config) => ({ data: { limit: 12 }, batch: 12, steps: Math.ceil(1.5 * config.steps!) }),
  },
  {
    name: "eight-reals",
    plants: "memorization",
    summary: "8 reals, twice as long",
    programs: ALL,
    layer: (config) => ({ data: { limit: 8 }, batch: 8, steps: 2 * config.steps! }),
  },
  {
    name: "sleeping-discriminator",
    plants: "discriminator-underfitting",
    summary: "D learns a thousandth as fast",
    programs: ALL,
    layer: rates(1, 1e-3),
  },
  {
    name: "no-rate",
    plants: "stalled",
    summary: "both learn a thousandth as fast",
    programs: ALL,
    layer: rates(1e-3, 1e-3),
  },
  {
    name: "half-range",
    plants: "data-fault",
    summary: "values of 0 to 1 read as of -1 to 1",
    programs: IMAGES,
    layer: () => ({}),
    data: "half-range",
  },
  {
    name: "frame",
    plants: "data-fault",
    summary: "a bright frame around every real",
    programs: IMAGES,
    layer: () => ({}),
    data: "frame",
  },
  {
    name: "scaled",
    plants: "data-fault",
    summary: "coordinates a hundred times as large",
    programs: POINTS,
    layer: () => ({}),
    data: "scaled",
  },
  {
    name: "coarse",
    plants: "data-fault",
    summary: "coordinates rounded to quarters of their range",
    // Those of a grid lie there anyway.
    programs: named(({ kind, config }) => kind === "points" && config.data.source !== "grid"),
    layer: () => ({}),
    data: "coarse",
  },
  {
    name: "sprinkled",
    plants: "data-fault",
    summary: "a third of the points lie anywhere",
    programs: POINTS,
    layer: () => ({}),
    data: "sprinkled",
  },
  {
    name: "rising-rate",
    plants: "quality-regression",
    summary: "twice as long, at rates that rise from half of the program's to a hundred times that",
    programs: ALL,
    layer: (config) => ({
      optimizer: risingRates(rates(0.5, 0.5)(config), 200),
      steps: config.steps! * 2,
    }),
  },
  {
    name: "slowly-rising-rate",
    plants: "quality-regression",
    summary: "three times as long, at rates that rise from 0.3 of the program's to 2,000 times that",
    programs: POINTS,
    layer: (config) => ({
      optimizer: risingRates(rates(0.3, 0.3)(config), 2000),
      steps: config.steps! * 3,
    }),
  },
  ...zooControls,
];
