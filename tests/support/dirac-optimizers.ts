/** @file What theory says of each optimiser on the Dirac game, both players moving at once. By hand, as dirac-theory.ts. */

import { type Complex, modulus, plus, power, real, scaled, solutions } from "./complex.ts";
import {
  handAdam,
  handClip,
  handLookahead,
  handOptimistic,
  handRmsprop,
  handSgd,
  type Settling,
  type Stepper,
} from "./dirac-play.ts";

/** An optimiser on the Dirac game. */
export interface OptimizerTheory {
  /** The config's choice, without the name and the learning rate. */
  readonly options: object;
  readonly stepper: () => Stepper;
  readonly settling?: () => Settling;
  /** The modulus of the largest eigenvalue that belongs to an eigenvalue μ of M; absent where the map has no derivative. */
  readonly radius?: (mu: Complex, h: number) => number;
  /** Slots that the map near the equilibrium depends on. */
  readonly slots?: readonly string[];
  /** Slots that have come to rest at other numbers than their first. */
  readonly held?: Readonly<Record<string, number>>;
  /** Steps that make a period. Default 1. */
  readonly steps?: number;
}

/** The larger solution of λ² − b λ + c = 0. */
const quadratic = (b: Complex, c: Complex) => Math.max(...solutions(b, c).map(modulus));

const late = { correction1: 1, correction2: 1 };

/**
 * x' = x − h v', v' = β v + g with g = μ x: h v = x₋ − x gives x' = (1 + β − hμ) x − β x₋.
 * With Nesterov's look x' = x − h(g + β v'): λ² − (1 + β)(1 − hμ) λ + β(1 − hμ) = 0.
 */
const momentum = (beta: number, nesterov: boolean): OptimizerTheory => ({
  options: { momentum: beta, nesterov },
  stepper: () => handSgd(beta, nesterov),
  slots: ["velocity"],
  radius: (mu, h) =>
    nesterov
      ? quadratic(scaled(plus(real(1), scaled(mu, -h)), 1 + beta), scaled(plus(real(1), scaled(mu, -h)), beta))
      : quadratic(plus(real(1 + beta), scaled(mu, -h)), real(beta)),
});

/**
 * Adam with an epsilon that the gradients near the equilibrium are small against: v is of second order, both corrections are
 * 1 after a while, and what is left is x' = x − (h/ε) m' − h w x, m' = β m + (1 − β) g:
 * λ² − (1 − hw + β − (h/ε)(1 − β) μ) λ + β(1 − hw) = 0.
 */
const smoothAdam = (beta: number, epsilon: number, decay?: number): OptimizerTheory => ({
  options: { beta1: beta, beta2: 0.875, epsilon, ...(decay !== undefined && { decay }) },
  stepper: () => handAdam(beta, 0.875, epsilon, decay),
  slots: beta > 0 ? ["m"] : [],
  held: late,
  radius(mu, h) {
    const kept = 1 - h * (decay ?? 0);
    return quadratic(plus(real(kept + beta), scaled(mu, (-h * (1 - beta)) / epsilon)), real(beta * kept));
  },
});

/** Slow weights after k steps of 1 − hμ: 1 − share + share (1 − hμ)^k over the whole period. */
const lookahead = (steps: number, share: number): OptimizerTheory => ({
  options: { lookahead: { steps, share } },
  stepper: () => handSgd(),
  settling: () => handLookahead(steps, share),
  steps,
  radius: (mu, h) => modulus(plus(real(1 - share), scaled(power(plus(real(1), scaled(mu, -h)), steps), share))),
});

const descent = (mu: Complex, h: number) => modulus(plus(real(1), scaled(mu, -h)));

/** Limits on the gradient are not felt at the equilibrium. */
const clipped = (clip: { readonly norm: number } | { readonly value: number }): OptimizerTheory => ({
  options: { clip },
  stepper: () => handClip(handSgd(), 0.25),
  radius: descent,
});

/** Every optimiser of the registry, at several choices of its options. */
export const optimizerTheory: Readonly<Record<string, readonly OptimizerTheory[]>> = {
  sgd: [
    { options: {}, stepper: () => handSgd(), radius: descent },
    momentum(0.5, false),
    momentum(0.5, true),
    clipped({ norm: 0.25 }),
    clipped({ value: 0.25 }),
    lookahead(5, 0.5),
    lookahead(4, 0.25),
    {
      options: { momentum: 0.5, optimistic: true },
      stepper: () => handOptimistic(handSgd(0.5)),
    },
  ],
  adam: [
    smoothAdam(0.5, 1),
    smoothAdam(0, 2),
    // With an epsilon as it is used, the update has the size of the learning rate however small the gradient: no derivative.
    { options: { beta1: 0.5, beta2: 0.99, epsilon: 1e-8 }, stepper: () => handAdam(0.5, 0.99, 1e-8) },
    {
      options: { beta1: 0, beta2: 0.9, epsilon: 1e-8, optimistic: true },
      stepper: () => handOptimistic(handAdam(0, 0.9, 1e-8)),
    },
  ],
  adamw: [
    smoothAdam(0.5, 1, 0.25),
    {
      options: { beta1: 0.5, beta2: 0.99, epsilon: 1e-8, decay: 0.1 },
      stepper: () => handAdam(0.5, 0.99, 1e-8, 0.1),
    },
  ],
  rmsprop: [
    {
      options: { decay: 0.875, epsilon: 0.5 },
      stepper: () => handRmsprop(0.875, 0.5),
      radius: (mu, h) => descent(mu, h / 0.5),
    },
    { options: { decay: 0.9, epsilon: 1e-8 }, stepper: () => handRmsprop(0.9, 1e-8) },
  ],
};
