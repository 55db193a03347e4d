/** @file Whether weights move, and what is drawn with them. */

import { mean, median } from "../../util/averages.ts";
import type { History, Point, Reading } from "../history.ts";
import { finiteSeries, period } from "./trends.ts";

type Player = "generator" | "discriminator";

/** The way, beside the length of the weights, that a player would go in the whole training: below this it stands still. */
const STILL = 0.05;
/** The same for one step, where nobody knows how many there will be. */
const STILL_STEP = 1e-7;

/** The way, in lengths of its weights, after which a player has left what it was initialised to: those that had collapsed had gone 0.79 or more. */
const SET_OUT = 0.3;

/** A player that moves so many times as fast as in its first ticks is speeding up, as under a rate that rises. */
const SPEEDING_UP = 1.2;

/** Ticks that are looked at. */
const TICKS = 5;

/** How far a player went in a step, beside the length of its weights, at every tick: what is measured is one move. */
function paces({ scalars, facts }: History, player: Player): Point[] {
  const moves = facts.moves?.[player] ?? 1;
  return finiteSeries(scalars, `update/${player}`).map((point) => ({ ...point, value: moves * point.value }));
}

const medianOf = (points: readonly Point[]): number => median(points.map(({ value }) => value));

/** Median way in a step of the last ticks, beside the length of the weights; undefined where it was not measured. */
export function updateOf(history: History, player: Player): number | undefined {
  const points = paces(history, player).slice(-TICKS);
  return points.length < 3 ? undefined : medianOf(points);
}

/** Whether a player's weights hardly move, and no faster than at first; undefined where that was not measured. */
export function isStill(history: History, player: Player): boolean | undefined {
  const update = updateOf(history, player);
  if (update === undefined) return undefined;
  const { steps } = history.facts;
  return steps === null ? update < STILL_STEP : update * steps < STILL && !isSpeedingUp(history, player);
}

/** Whether a player moves faster than it did at first. */
export function isSpeedingUp(history: History, player: Player): boolean {
  const points = paces(history, player);
  return medianOf(points.slice(-TICKS)) > SPEEDING_UP * medianOf(points.slice(0, TICKS));
}

/**
 * When a player had left, or will have left, what it was initialised to: the step, or infinity when at the present pace it does not before the
 * training ends. A rate that rises slowly leaves it late. Undefined where that was not measured.
 */
export function setsOutAt(history: History, player: Player): number | undefined {
  const points = paces(history, player);
  if (points.length === 0) return undefined;
  let [way, before] = [0, 0];
  for (const { step, value } of points) {
    // Ticks that were forgotten, or were not finite, count as the one after them.
    way += value * (step - before);
    if (way >= SET_OUT) return step;
    before = step;
  }
  const at = before + (SET_OUT - way) / medianOf(points.slice(-TICKS));
  const { steps } = history.facts;
  return steps !== null && at > steps ? Number.POSITIVE_INFINITY : at;
}

/** Whether a player had left by `step` what it was initialised to, as far as that was measured. */
export const hasSetOut = (history: History, player: Player, step: number): boolean =>
  (setsOutAt(history, player) ?? 0) <= step;

/** A list of numbers of a reading, where it was measured and all are finite. */
export function vectorOf({ vectors }: Reading, name: string): readonly number[] | undefined {
  const vector = vectors?.[name];
  return vector?.every(Number.isFinite) && vector.length > 0 ? vector : undefined;
}

const distance = (a: readonly number[], b: readonly number[]): number =>
  Math.sqrt(a.reduce((sum, value, i) => sum + (value - (b[i] ?? 0)) ** 2, 0));

/** How the weights of a player moved over looks. */
export interface Motion {
  /** How long their way was, and how far the last look is from the first. */
  readonly way: number;
  readonly far: number;
  /** The mean angle between a move from look to look and the next, in degrees: about 0 straight on, 90 anyhow, 180 to and fro. */
  readonly turn: number;
  /** After how many looks they come round, and how alike they then are, −1..1; null where they do not. */
  readonly round: { readonly lag: number; readonly peak: number } | null;
}

/** How the weights of a player moved over `looks`, by their sketches; undefined below three. */
export function motionOf(looks: readonly Reading[], player: Player): Motion | undefined {
  const states = looks.map((look) => vectorOf(look, `sketch/${player}`)).filter((vector) => vector !== undefined);
  if (states.length < 3) return undefined;
  const moves = states
    .slice(1)
    .map((state, i) => state.map((value, c) => value - ((states[i] as readonly number[])[c] ?? 0)));
  const lengths = moves.map((move) => Math.hypot(...move));
  const turns = moves.slice(1).flatMap((move, i) => {
    const product = (lengths[i] as number) * (lengths[i + 1] as number);
    const cosine = move.reduce((sum, value, c) => sum + value * ((moves[i] as readonly number[])[c] ?? 0), 0) / product;
    return product > 0 ? [(Math.acos(Math.max(-1, Math.min(1, cosine))) * 180) / Math.PI] : [];
  });
  return {
    way: lengths.reduce((sum, length) => sum + length, 0),
    far: distance(states[0] as readonly number[], states.at(-1) as readonly number[]),
    turn: turns.length > 0 ? mean(turns) : 0,
    round: period(states),
  };
}

/**
 * How much what is drawn changes from one look to the next: the squared change of the counts in bins, over that of two looks at the same generator,
 * 2 n p (1 − p) in each bin; the median over `looks`. About 1 when nothing changes. Undefined below three looks with counts.
 */
export function changeOfKinds(looks: readonly Reading[]): number | undefined {
  const counts = looks.map((look) => vectorOf(look, "bins/fake")).filter((vector) => vector !== undefined);
  if (counts.length < 3) return undefined;
  const ratios = counts.slice(1).map((now, i) => {
    const before = counts[i] as readonly number[];
    const total = now.reduce((sum, count) => sum + count, 0);
    const both = now.map((count, k) => (count + (before[k] ?? 0)) / 2);
    const chance = both.reduce((sum, count) => sum + 2 * count * (1 - count / total), 0);
    return chance > 0 ? distance(now, before) ** 2 / chance : 0;
  });
  return median(ratios);
}
