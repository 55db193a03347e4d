/** @file How many threads may be asked for. */

import { ConfigError } from "./errors.ts";

/** More threads than any machine has cores; the runtime would start them all. */
export const MOST_THREADS = 256;

/** @throws ConfigError unless `threads` is a whole number from 1 to {@link MOST_THREADS}, or undefined. */
export function requireThreads(threads: number | undefined): void {
  if (threads === undefined || (Number.isInteger(threads) && threads >= 1 && threads <= MOST_THREADS)) return;
  throw new ConfigError(`threads must be a whole number from 1 to ${MOST_THREADS}, not ${threads}`, {
    help: "leave it out to use the cores that there are",
  });
}
