// What is compared: each recipe is the recommended one for its data with some keys changed, so that everything else is equal.
import { presetConfig } from "../../dist/index.js";

const POINTS = presetConfig("recommended", { kind: "points", shape: [2], count: 100_000 });
const DIGITS = presetConfig("recommended", { kind: "images", shape: [1, 28, 28], count: 60_000 });

const NON_SATURATING = ["objective.name=non-saturating"];
const gamma = (factor) =>
  ["r1", "r2"].flatMap((name) => {
    const { from, to } = POINTS.penalties.find((penalty) => penalty.name === name).gamma;
    return [`penalties.${name}.gamma.from=${from * factor}`, `penalties.${name}.gamma.to=${to * factor}`];
  });
const every = (steps) => ["r1", "r2"].map((name) => `penalties.${name}.every=${steps}`);
const both = (assignment) => ["generator", "discriminator"].map((player) => `optimizer.${player}.${assignment}`);

/** By name: what it is, and what it sets over the recommended recipe. */
export const pointRecipes = {
  gan: { title: "non-saturating GAN", sets: [...NON_SATURATING, "penalties=[]"] },
  r1: {
    title: "non-saturating GAN + R1",
    sets: [...NON_SATURATING, `penalties=${JSON.stringify([POINTS.penalties[0]])}`],
  },
  recommended: { title: "recommended: relativistic + R1 + R2", sets: [] },
  "non-saturating-r1-r2": { title: "non-saturating GAN + R1 + R2", sets: NON_SATURATING },
  relativistic: { title: "relativistic, no penalty", sets: ["penalties=[]"] },
  "beta1-0.5": { title: "beta1 0.5", sets: both("beta1=0.5") },
  "gamma-0.1": { title: "gamma a tenth", sets: gamma(0.1) },
  "gamma-10": { title: "gamma ten times", sets: gamma(10) },
  "lazy-4": { title: "R1 and R2 every 4 steps", sets: every(4) },
  "lazy-16": { title: "R1 and R2 every 16 steps", sets: every(16) },
  "constant-lr": { title: "constant learning rate", sets: both("schedule.kind=constant") },
  "latent-16": { title: "latent 16", sets: ["model.latent=16"] },
};

export const pointBase = POINTS;

/** The same for the digits, where the presets are compared. */
export const digitRecipes = {
  dcgan: { title: "preset dcgan", base: presetConfig("dcgan"), sets: [] },
  recommended: { title: "preset recommended", base: DIGITS, sets: [] },
  r3gan: {
    title: "recommended with a small r3gan",
    base: DIGITS,
    sets: ['model={"name":"r3gan","base":8,"width":32,"blocks":1}'],
  },
};
