/** @file The remedy that changes nothing but the random numbers. */

import type { Remedy } from "../remedy.ts";

/** What the config allows. */
const MOST_TRIES = 9;

/** Nothing but other luck. */
export const again: Remedy = {
  name: "again",
  title: "Go on with other random numbers",
  why: "What going back does by itself, with another order of the data and other noise: all else must help more often than this.",
  kind: "hot",
  references: [
    "lucidrains/stylegan2-pytorch reloads its last checkpoint when a number is not finite, and changes nothing",
  ],
  repeats: true,
  apply: (config) => (config.retry < MOST_TRIES ? { ...config, retry: config.retry + 1 } : null),
};
