/** @file A player's weights in few numbers, so that a log shows how they move. */

import type { Weight } from "../../look.ts";
import type { Probe } from "../probe.ts";

/** Numbers of a sketch. */
const SKETCH_SIZE = 64;

/** 32 bits that depend on each bit of `x`, the same for ever: the finaliser of MurmurHash3. */
function mix(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}

/**
 * Count sketch: each weight is added, with a sign that is fixed by its place, to the number that is fixed by its place.
 * It is linear, and products of sketches are those of the weights on average, give or take 1 / √64 of the product of
 * their lengths; so lengths and angles of moves can be read from it. Charikar, Chen and Farach-Colton, "Finding
 * Frequent Items in Data Streams" (2002). Six digits are kept.
 */
export function sketch(weights: readonly Weight[]): number[] {
  const sums = new Float64Array(SKETCH_SIZE);
  let place = 0;
  let bits = 0;
  for (const { data } of weights) {
    for (let i = 0; i < data.length; i++) {
      // Eight of the bits are enough for one weight, so each number is used for four.
      bits = (place & 3) === 0 ? mix(place >>> 2) : bits >>> 8;
      place++;
      // The sign as a factor, because a branch on random bits is mispredicted every other time.
      sums[bits & (SKETCH_SIZE - 1)]! += (1 - ((bits >>> 5) & 2)) * data[i]!;
    }
  }
  return Array.from(sums, (sum) => Number(sum.toPrecision(6)));
}

/** Sketches of both players. */
export const sketches: Probe = {
  name: "sketches",
  level: "standard",
  signals: ["sketch/*"],
  measure({ weights }) {
    const players = Object.entries(weights).filter(([, arrays]) => arrays.length > 0);
    return {
      values: {},
      vectors: Object.fromEntries(players.map(([player, arrays]) => [`sketch/${player}`, sketch(arrays)])),
    };
  },
};
