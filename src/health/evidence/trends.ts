/** @file What a series does: where its middle is, whether it gets better, whether it comes round again. */

import { mean, median } from "../../util/averages.ts";
import type { History, Point, Reading } from "../history.ts";
import { series } from "../history.ts";

/** The finite points of a signal. */
export const finiteSeries = (readings: readonly Reading[], signal: string): Point[] =>
  series(readings, signal).filter(({ value }) => Number.isFinite(value));

/** Points that are compared with as many before them. */
const COMPARED = 5;

/** The share by which a small-is-good series must fall, from one five points to the next, to be improving. */
const IMPROVEMENT = 0.1;

/** Points that lie between those that are compared when what gets better does so slowly. */
const BETWEEN = 3;

/** Whether the last points are better than as many, `apart` points before them. */
function improvesOver(points: readonly Point[], apart: number): boolean {
  const size = Math.min(COMPARED, (points.length - apart) >> 1);
  if (size < 2) return false;
  const values = points.map(({ value }) => value);
  const before = median(values.slice(-2 * size - apart, -size - apart));
  const now = median(values.slice(-size));
  return now < before - IMPROVEMENT * Math.abs(before);
}

/** Whether `points`, of which small is good, get better at their end; false where there are too few to say. */
export const improves = (points: readonly Point[]): boolean => improvesOver(points, 0);

/** Whether they do, or do so over more points: what is noisy and gets better slowly does not show it in ten. */
export const improvesSlowly = (points: readonly Point[]): boolean => improves(points) || improvesOver(points, BETWEEN);

/** How unlike reals the fakes have been, of which small is good: the energy distance at every look. */
export const energies = (history: History): Point[] => finiteSeries(history.looks, "energy/samples");

/** The same of what draws: of the moving average, where one is kept. */
export function drawnEnergies(history: History): Point[] {
  const average = finiteSeries(history.looks, "energy/average");
  return average.length > 0 ? average : energies(history);
}

/** Medians of each three points in a row: one outlier alone changes nothing. Fewer than three points give none. */
export function smoothed(points: readonly Point[]): Point[] {
  return points.slice(2).map((point, i) => {
    const value = median(points.slice(i, i + 3).map((each) => each.value));
    return { ...point, value };
  });
}

/**
 * Autocorrelation of vectors in time at lags 1, 2, …, up to half of the length: how alike states are that are so many readings
 * apart, after the mean has been taken away. About 0 for noise.
 */
export function autocorrelation(states: readonly (readonly number[])[]): number[] {
  const size = states[0]?.length ?? 0;
  const centre = Array.from({ length: size }, (_, c) => mean(states.map((state) => state[c] as number)));
  const moved = states.map((state) => state.map((value, c) => value - (centre[c] as number)));
  const dot = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, value, c) => sum + value * (b[c] as number), 0);
  const power = moved.reduce((sum, state) => sum + dot(state, state), 0) / moved.length;
  return Array.from({ length: states.length >> 1 }, (_, i) => {
    const lag = i + 1;
    const products = moved.slice(lag).map((state, t) => dot(state, moved[t] as readonly number[]));
    return power > 0 ? mean(products) / power : 0;
  });
}

/**
 * The lag after which a motion comes round, and how alike the states then are: the highest autocorrelation that follows a negative
 * one. Null where none follows: noise, and anything that only drifts.
 */
export function period(states: readonly (readonly number[])[]): { readonly lag: number; readonly peak: number } | null {
  const found = autocorrelation(states);
  const trough = found.findIndex((value) => value < -0.1);
  if (trough < 0) return null;
  let best: { lag: number; peak: number } | null = null;
  for (let i = trough + 1; i < found.length; i++) {
    const peak = found[i] as number;
    if (best === null || peak > best.peak) best = { lag: i + 1, peak };
  }
  return best;
}
