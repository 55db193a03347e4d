/** @file Checks of the data options that need no data. */

import { ConfigError } from "../util/errors.ts";
import type { DataOptions } from "./dataset.ts";

const LARGEST_SIZE = 1024;

/** @throws ConfigError when a number among the options is not a sensible whole number. */
export function checkOptions(options: DataOptions): void {
  check("size", options.size, 1, LARGEST_SIZE);
  check("limit", options.limit, 1, Number.MAX_SAFE_INTEGER);
  check("count", options.count, 1, 2 ** 31);
  check("seed", options.seed, 0, Number.MAX_SAFE_INTEGER);
  if (options.channels !== undefined && options.channels !== 1 && options.channels !== 3) {
    throw new ConfigError(`data: channels must be 1 (grey) or 3 (colour), not ${String(options.channels)}.`);
  }
}

/** `options.limit` applied to a number of samples. */
export function limited(count: number, options: DataOptions): number {
  return options.limit === undefined ? count : Math.min(count, options.limit);
}

function check(name: string, value: number | undefined, low: number, high: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= low && value <= high)) return;
  throw new ConfigError(`data: ${name} must be a whole number from ${low} to ${high}, not ${value}.`);
}
