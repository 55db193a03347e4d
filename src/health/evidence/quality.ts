/** @file How good samples are, in one number with a known good side: the energy distance of looks, and figures of metrics. */

import type { Better } from "../../metrics/metric.ts";
import { median } from "../../util/averages.ts";
import type { History, Point, Reading } from "../history.ts";
import { ONE_IN_A_THOUSAND } from "../numerics/null.ts";
import { limit, nullOf } from "./limits.ts";
import { directionOf } from "./metric-names.ts";
import { drawnEnergies, energies, finiteSeries, improves, smoothed } from "./trends.ts";

/** A series of which small is good. */
export interface Quality {
  /** Name of the signal or figure. */
  readonly signal: string;
  /** Small is good: a figure of which large is good has been turned over. */
  readonly points: readonly Point[];
  /** Whether the figure was turned over, 1 ÷ value; one that is good near a number stands as its distance to it. */
  readonly turned: boolean;
  /** What was measured at a point's step, as it was: not turned over. */
  readonly told: (point: Point) => number;
  /** Below this, differences mean nothing. */
  readonly floor: number;
}

/** The share of the way to fully broken that an energy distance must be for a difference to mean something. */
export const ENERGY_FLOOR = 0.08;

/** A kernel distance is 0 on average for perfect samples, so multiples of its best mean nothing: a share of what it once was does. */
const KERNEL_FLOOR = 0.05;

/** A figure of which large is good is told to be so many times as bad as at its best, at most. */
const WORST_TOLD = 1000;

/** Estimates without bias, which are around 0, and by chance below it, for perfect samples. */
const UNBIASED = /^(kid|fid-infinity)(?![a-z])/i;

/** Differences of fewer points say nothing of noise. */
const FEWEST_FOR_NOISE = 6;

/**
 * What chance adds to figures of perfect samples, from the series itself: one in a thousand of normal noise whose size is that of the second
 * differences, because a steady trend has none and must not count as noise; and twice as far above 0 as any figure lies below, because
 * what cannot truly be below 0 is there by chance, and chance is as large above.
 */
function noiseFloor(values: readonly number[]): number {
  const below = 2 * Math.max(0, ...values.map((value) => -value));
  if (values.length < FEWEST_FOR_NOISE) return below;
  const bends = values
    .slice(2)
    .map((value, i) => Math.abs(value - 2 * (values[i + 1] as number) + (values[i] as number)));
  // Half of |x| lie below 0.6745 sd; a second difference of independent values has a variance of 1 + 4 + 1.
  const sd = median(bends) / (0.6745 * Math.sqrt(6));
  return Math.max(below, ONE_IN_A_THOUSAND * sd);
}

/**
 * Figures of metrics of which it is known which values are good.
 *
 * @param sideOf Which those are, by the figure's name; null where nobody knows.
 */
export function figureQualities(
  metrics: readonly Reading[],
  sideOf: (figure: string) => Better | null = directionOf,
): Quality[] {
  const names = new Set(metrics.flatMap(({ values }) => Object.keys(values)));
  return [...names].flatMap((signal) => {
    const side = sideOf(signal);
    if (side === null) return [];
    const turned = side === "large";
    const measured = finiteSeries(metrics, signal);
    const found =
      typeof side === "object"
        ? measured.map((point) => ({ ...point, value: Math.abs(point.value - side.near) }))
        : measured;
    const best = Math.max(0, ...found.map(({ value }) => value));
    if (turned && best === 0) return [];
    // What is 0 or less, where large is good, is as bad as can be told.
    const points = turned
      ? found.map((point) => ({ ...point, value: 1 / Math.max(point.value, best / WORST_TOLD) }))
      : found;
    const worst = Math.max(0, ...points.map(({ value }) => value));
    const kernelFloor = /^kid/i.test(signal) ? KERNEL_FLOOR * worst : 0;
    const chance = UNBIASED.test(signal) ? noiseFloor(points.map(({ value }) => value)) : 0;
    const told = ({ step, value }: Point) => measured.find((point) => point.step === step)?.value ?? value;
    return [{ signal, points, turned, told, floor: Math.max(kernelFloor, chance) }];
  });
}

/**
 * How unlike reals samples are, look by look, in medians of three; null where that was not measured.
 *
 * @param share How much of it means something, as a share of the way to fully broken. Default {@link ENERGY_FLOOR}.
 */
export function energyQuality(history: History, share = ENERGY_FLOOR): Quality | null {
  const points = smoothed(energies(history));
  const floor = limit(history, "energy/samples", share);
  return points.length === 0
    ? null
    : { signal: "energy/samples", points, turned: false, told: ({ value }) => value, floor };
}

/**
 * How far from reals what draws is: the last energy distance or the median of the last three, whichever is larger, of the moving average where one is
 * kept, and never nearer than reals themselves usually are by chance, a standard deviation above their mean; undefined before three looks.
 */
export function distanceOfDrawn(history: History): number | undefined {
  const latest = drawnEnergies(history).slice(-3);
  const [middle, last] = [smoothed(latest).at(-1), latest.at(-1)];
  if (middle === undefined || last === undefined) return undefined;
  const { mean, sd } = nullOf(history, "energy/samples") ?? { mean: 0, sd: 0 };
  return Math.max(middle.value, last.value, mean + sd);
}

/** All that is known of how good samples are: figures of metrics, then the energy distance of looks. */
export function qualities(history: History): Quality[] {
  const energy = energyQuality(history);
  return [...figureQualities(history.metrics), ...(energy ? [energy] : [])];
}

/** How far a quality has come from its best, as of its last points. */
export interface Regression {
  readonly quality: Quality;
  /** The best before the stretch. */
  readonly best: Point;
  /** The first and the last point of those at the end that are all worse. */
  readonly first: Point;
  readonly last: Point;
  readonly count: number;
}

/** The points at the end that are all more than `factor` times as bad as the best before them, and above the floor; null for none. */
export function regression(quality: Quality, factor: number): Regression | null {
  const { points, floor } = quality;
  let best: Point | undefined;
  let [first, count]: [Point | undefined, number] = [undefined, 0];
  for (const point of points) {
    if (best !== undefined && best.value > 0 && point.value > factor * best.value && point.value > floor) {
      first ??= point;
      count++;
    } else {
      [first, count] = [undefined, 0];
      // An energy distance without bias may be 0 or less for perfect samples: the floor stands for what chance allows.
      const value = Math.max(point.value, floor / factor);
      if (best === undefined || value < best.value) best = { ...point, value };
    }
  }
  const last = points.at(-1);
  return best && first && last ? { quality, best, first, last, count } : null;
}

/** The last point that was better than all before by the share `gain`; undefined of none. */
export function lastGain(points: readonly Point[], gain: number): Point | undefined {
  let [best, at]: [number, Point | undefined] = [Number.POSITIVE_INFINITY, undefined];
  for (const point of points) {
    if (at !== undefined && point.value >= best - gain * Math.abs(best)) continue;
    best = point.value;
    at = point;
  }
  return at;
}

/** Whether one of the last `count` points was better by the share `gain` than the last that was, and so than all before. */
export function gainsLately(points: readonly Point[], gain: number, count: number): boolean {
  const last = lastGain(points, gain);
  return last !== undefined && points.slice(-count).includes(last);
}

/** Looks before which nobody can say that samples do not get better. */
const FEWEST = 8;

/** Whether samples are visibly unlike reals and do not get better; null where too little is known of that. */
export function isStuck(history: History, share = ENERGY_FLOOR): boolean | null {
  const points = energies(history);
  if (points.length < FEWEST) return null;
  const last = smoothed(points).at(-1) as Point;
  return last.value > limit(history, "energy/samples", share) && !improves(points);
}
