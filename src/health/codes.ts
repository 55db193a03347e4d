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

/** Experiments on copies of the players that tell causes apart; the training itself does not notice. */
export const COUNTERFACTUALS = ["refit-discriminator", "step-generator", "average-weights"] as const;

/**
 * One of {@link COUNTERFACTUALS}: the generator is frozen and the discriminator learns on; the discriminator is frozen and the
 * generator learns on; samples are drawn by the moving average.
 */
export type Counterfactual = (typeof COUNTERFACTUALS)[number];

/** Whether a text is a failure code. */
export const isFailureCode = (text: string): text is FailureCode => (FAILURE_CODES as readonly string[]).includes(text);
