/** @file How players usually learn, and what there is the plain fault of a config: checks before a training name it, remedies mend it. */

import type { Config } from "../config/schema.ts";

/** Options of one player's optimiser. */
export type Optimizer = Config["optimizer"][keyof Config["optimizer"]];

/** Learning rates of Adam and its kin beyond which a rate is a plain fault: published trainings, most of which lie between 5e-5 and 2.5e-3, keep well within. */
export const [LOWEST_RATE, HIGHEST_RATE] = [5e-6, 1e-2];

/** The rate of plain descent, whose moves grow with the gradient, from which no published GAN was trained. */
export const HIGHEST_OF_DESCENT = 0.1;

/** A player that learns more than so many times as fast as the other leaves it behind. */
export const UNEQUAL = 10;

/** Momentum beyond this is that of other tasks. DCGAN's 0.5 trains well. */
const MOST_MOMENTUM = 0.5;

const isOutOfRange = ({ name, lr }: Optimizer): boolean =>
  name === "sgd" ? lr >= HIGHEST_OF_DESCENT : lr < LOWEST_RATE || lr > HIGHEST_RATE;

/** Whether a rate is out of range, or the players' rates are far apart: doubling or halving one of them mends neither. */
export function ratesAreOff({ generator, discriminator }: Config["optimizer"]): boolean {
  const ratio = generator.lr / discriminator.lr;
  const areUnequal = generator.name === discriminator.name && (ratio > UNEQUAL || ratio < 1 / UNEQUAL);
  return areUnequal || isOutOfRange(generator) || isOutOfRange(discriminator);
}

/** Whether the discriminator learns so much more slowly that it lags behind. */
export const lagsBehind = ({ generator, discriminator }: Config["optimizer"]): boolean =>
  discriminator.lr < generator.lr / 2;

/** The first momentum that is too much, by the name of its key; undefined where there is none. */
export function highMomentum(
  own: Optimizer,
): { readonly key: "beta1" | "momentum"; readonly value: number } | undefined {
  const all = (["beta1", "momentum"] as const).map((key) => ({ key, value: Number(own[key] ?? 0) }));
  return all.find(({ value }) => value > MOST_MOMENTUM);
}

/** How many times its base a rate comes to at most. */
export const riseOf = ({ schedule: { kind, final = 0 } }: Optimizer): number =>
  kind === "constant" ? 1 : Math.max(1, final);
