/** @file Checks of what the training will cost: memory and time. */

import { type Check, found, ok, short } from "./check.ts";

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;

/** `3 min`, `2.5 h`, `4 d`. */
function long(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${short(seconds / 3600)} h` : `${short(seconds / 86_400)} d`;
}

/** A training that takes longer, in seconds, is worth a word: a day. */
const LONG = 86_400;

/** Whether the training fits into memory. */
export const memory: Check = {
  name: "memory",
  title: "There is memory enough",
  looksAt: "data, weights, and what a step keeps for its gradients, beside the memory that is free",
  run: ({ cost }) => {
    if (cost === undefined) return [];
    const { memory: need, free } = cost;
    const numbers = `about ${megabytes(need)}${free === undefined ? "" : ` of ${megabytes(free)} free`}`;
    if (free === undefined || need <= free) return [ok(numbers)];
    return [
      found(
        "warning",
        `${numbers}: the system may end the training`,
        "set a smaller batch (with updates.accumulate for the same moves), data.size or model",
      ),
    ];
  },
};

/** How long it will take. */
export const time: Check = {
  name: "time",
  title: "The training ends in time",
  looksAt: "the operations of a step, or the time of some, times the number of steps",
  run: ({ cost, steps }) => {
    if (cost === undefined) return [];
    const { gflop, timed } = cost;
    if (timed === undefined) {
      return [
        ok(`${short(gflop)} GFLOP a step, ${short((gflop * steps) / 1000)} TFLOP in all; --measure times some steps`),
      ];
    }
    const total = timed.seconds * steps;
    const numbers = `${short(timed.seconds * 1000)} ms a step over ${timed.steps} steps (${short(gflop / timed.seconds)} GFLOP a second): ${long(total)} for ${steps} steps, without samples, looks and metrics`;
    if (total < LONG) return [ok(numbers)];
    return [found("info", numbers, "a smaller model or data.size shows within minutes whether the recipe works")];
  },
};
