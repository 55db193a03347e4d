/** @file Whether weights move. */

import type { History, Reading } from "../history.ts";
import { median } from "../numerics/numbers.ts";
import { finiteSeries } from "./trends.ts";

/** The way, beside the length of the weights, that a player would go in the whole training: below this it stands still. */
const STILL = 0.05;
/** The same for one step, where nobody knows how many there will be. */
const STILL_STEP = 1e-7;

/** The way, in lengths of its weights, after which a player has left what it was initialised to: a collapse takes several times that. */
const SET_OUT = 0.3;

/** Ticks that are looked at. */
const TICKS = 5;

/** Median update of the last ticks, beside the length of the weights; undefined where it was not measured. */
export function updateOf(history: History, player: "generator" | "discriminator"): number | undefined {
  const points = finiteSeries(history.scalars, `update/${player}`).slice(-TICKS);
  return points.length < 3 ? undefined : median(points.map(({ value }) => value));
}

/** Whether a player's weights hardly move; undefined where that was not measured. */
export function isStill(history: History, player: "generator" | "discriminator"): boolean | undefined {
  const update = updateOf(history, player);
  if (update === undefined) return undefined;
  const { steps } = history.facts;
  return steps === null ? update < STILL_STEP : update * steps < STILL;
}

/**
 * When a player had left, or will have left, what it was initialised to: the step, or infinity when at the present pace it does not before the
 * training ends. A rate that rises slowly leaves it late. Undefined where that was not measured.
 */
export function setsOutAt(history: History, player: "generator" | "discriminator"): number | undefined {
  const points = finiteSeries(history.scalars, `update/${player}`);
  let [way, before] = [0, 0];
  for (const { step, value } of points) {
    // Ticks that were forgotten, or were not finite, count as the one after them.
    way += value * (step - before);
    if (way >= SET_OUT) return step;
    before = step;
  }
  const [update, { steps }] = [updateOf(history, player), history.facts];
  if (update === undefined) return undefined;
  const at = before + (SET_OUT - way) / update;
  return steps !== null && at > steps ? Number.POSITIVE_INFINITY : at;
}

/** A list of numbers of a reading, where it was measured and all are finite. */
export function vectorOf({ vectors }: Reading, name: string): readonly number[] | undefined {
  const vector = vectors?.[name];
  return vector?.every(Number.isFinite) && vector.length > 0 ? vector : undefined;
}

const distance = (a: readonly number[], b: readonly number[]): number =>
  Math.sqrt(a.reduce((sum, value, i) => sum + (value - (b[i] ?? 0)) ** 2, 0));

/** How long the way of a player's weights was over `looks`, and how far from the first to the last; undefined below three. */
export function travel(
  looks: readonly Reading[],
  player: "generator" | "discriminator",
): { readonly way: number; readonly far: number } | undefined {
  const states = looks.flatMap((look) => {
    const vector = vectorOf(look, `sketch/${player}`);
    return vector === undefined ? [] : [vector];
  });
  if (states.length < 3) return undefined;
  const way = states.slice(1).reduce((sum, state, i) => sum + distance(state, states[i] as readonly number[]), 0);
  return { way, far: distance(states[0] as readonly number[], states.at(-1) as readonly number[]) };
}
