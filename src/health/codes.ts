/** @file The names of failures and of the states of a run. Codes are permanent: they stand in logs, in scripts and in links. */

/** What can go wrong with a training, in the order in which they are listed to people. */
export const FAILURE_CODES = [
  "mode-collapse",
  "mode-dropping",
  "vanishing-gradient",
  "exploding-gradient",
  "numerical-divergence",
  "oscillation",
  "discriminator-overfitting",
  "memorization",
  "discriminator-underfitting",
  "stalled",
  "data-fault",
  "quality-regression",
] as const;

/** One of {@link FAILURE_CODES}. */
export type FailureCode = (typeof FAILURE_CODES)[number];

/**
 * How a run is. `warming-up`: too early to say; `watch`: something is outside of what reals give, not yet confirmed;
 * `failing`: confirmed; `recovered`: healthy again after a failure; `failed`: it will not get better by itself, and nothing
 * more is tried.
 */
export const HEALTH_STATES = ["warming-up", "healthy", "watch", "failing", "recovered", "failed"] as const;

/** One of {@link HEALTH_STATES}. */
export type HealthState = (typeof HEALTH_STATES)[number];

/** Experiments on copies of the players that tell causes apart, and what is done; the training itself does not notice. */
export const COUNTERFACTUALS = {
  "refit-discriminator": "the generator stands still while a copy of the discriminator learns on, for a few steps",
  "step-generator": "the discriminator stands still while a copy of the generator learns on, for a few steps",
  "average-weights": "samples are drawn by the moving average of the generator",
} as const;

/** Name of one of {@link COUNTERFACTUALS}. */
export type Counterfactual = keyof typeof COUNTERFACTUALS;

/** Whether a text is a failure code. */
export const isFailureCode = (text: string): text is FailureCode => (FAILURE_CODES as readonly string[]).includes(text);
