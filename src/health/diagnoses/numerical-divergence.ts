/** @file Numerical divergence: numbers that are not finite, or that stand at the end of what a formula can say. */

import { median } from "../../util/averages.ts";
import type { Diagnosis, EvidenceRow } from "../diagnosis.ts";
import { plain, plainRow, suspect } from "../evidence/evidence.ts";
import { finiteSeries } from "../evidence/trends.ts";
import type { History, Point, Reading } from "../history.ts";

/** What must always be finite; throughput and the like may not be. */
const MUST_BE_FINITE = /^(loss|gradient|weight|update|score|spread|penalty|energy|diversity|scale|fid|kid)(?![a-z])/i;

/** Stands in a reading of a step that did not count, as a value was not finite; and in the evidence that such a step gives. */
export const BROKEN_STEP = "step/broken";

/** −ln of the numbers by which logarithms are kept from zero, where a loss then stands: 1e-6, 1e-7, 1e-8, 1e-10, 1e-12; and PyTorch's 100. */
const CLAMPS = [1e-6, 1e-7, 1e-8, 1e-10, 1e-12].map((least) => -Math.log(least)).concat(100);

/**
 * How near, as a share, a loss must be, and for how many ticks it must stand there: the same number each time, to the precision of 32 bits. A loss
 * that merely passes, or is about as large, varies more.
 */
const [NEAR, SAME, TICKS] = [1e-3, 1e-6, 3];

/** Evaluations of a figure in a row: a metric may fail once for reasons of its own. */
const EVALUATIONS = 2;

/** A loss that is so many times what it was, and so large, has run away. */
const [TIMES, LARGE] = [1000, 1000];

/** Ticks before, for what it was. */
const EARLIER = 10;

const LOSSES = ["loss/discriminator", "loss/generator"] as const;

const brokenIn = ({ values }: Reading): [signal: string, value: number] | undefined =>
  Object.entries(values).find(
    ([signal, value]) => signal === BROKEN_STEP || (!Number.isFinite(value) && MUST_BE_FINITE.test(signal)),
  );

interface BrokenStretch {
  readonly first: Reading;
  readonly last: Reading;
  readonly count: number;
}

/** The readings at the end of a series that hold numbers that are not finite. */
function brokenStretch(readings: readonly Reading[]): BrokenStretch | null {
  const count = readings.length - 1 - readings.findLastIndex((reading) => brokenIn(reading) === undefined);
  const [first, last] = [readings.at(-count), readings.at(-1)];
  return count > 0 && first && last ? { first, last, count } : null;
}

/** The same of each signal for itself, the earliest: not every reading has every signal. At least `fewest` readings. */
function brokenSignal(readings: readonly Reading[], fewest: number): BrokenStretch | null {
  const counted = readings.filter(({ values }) => values[BROKEN_STEP] === undefined);
  const names = new Set(
    counted.flatMap(({ values }) =>
      Object.keys(values).filter((name) => !Number.isFinite(values[name]) && MUST_BE_FINITE.test(name)),
    ),
  );
  let earliest: BrokenStretch | null = null;
  for (const signal of names) {
    const stretch = brokenStretch(
      counted.flatMap((reading) => {
        const value = reading.values[signal];
        return value === undefined ? [] : [{ ...reading, values: { [signal]: value } }];
      }),
    );
    if (stretch === null || stretch.count < fewest) continue;
    if (earliest === null || stretch.first.step < earliest.first.step) earliest = stretch;
  }
  return earliest;
}

/** What a reading shows that is not finite: the first such number; of a step that did not count, all of them and that it was so. */
function evidenceIn(reading: Reading): EvidenceRow[] {
  const says = ([signal, value]: [string, number]) => plainRow(signal, value, `${signal} is ${value}`);
  const isStep = reading.values[BROKEN_STEP] !== undefined;
  if (!isStep) return [says(brokenIn(reading) as [string, number])];
  const rows = Object.entries(reading.values).filter(([, value]) => !Number.isFinite(value));
  return [...rows.map(says), plainRow(BROKEN_STEP, 1, "a step gave numbers that are not finite")];
}

/** A stretch of losses at the end that no formula should give. */
interface Runaway {
  /** From its onset on. */
  readonly points: readonly Point[];
  readonly says: string;
  readonly high: number;
}

/** Whether a series still goes on: the last point is no older than what lies between its last two. */
function isCurrent(points: readonly Point[], { scalars }: History): boolean {
  const [before, last] = points.slice(-2) as [Point, Point];
  return (scalars.at(-1)?.step ?? 0) - last.step <= Math.max(last.step - before.step, 0);
}

/** The end of a series of losses where it stands still at a clamp's end. */
function clamped(points: readonly Point[], signal: string): Runaway | null {
  const stands = (points.at(-1) as Point).value;
  const other = points.findLastIndex(({ value }) => !(Math.abs(value - stands) <= SAME * Math.abs(stands)));
  const run = points.slice(other + 1);
  const end = CLAMPS.find((clamp) => Math.abs(Math.abs(stands) - clamp) < NEAR * clamp);
  if (end === undefined || run.length < TICKS) return null;
  return { points: run, says: `${signal} stands at ${plain(end)}, where a logarithm is kept from infinity`, high: end };
}

/** The end of a series of losses that have run away from what they were when it began. */
function runAway(points: readonly Point[], signal: string): Runaway | null {
  const sizes = points.map(({ value }) => Math.abs(value));
  let found: { readonly start: number; readonly high: number } | null = null;
  for (let end = EARLIER + TICKS; end <= sizes.length; end++) {
    // What it was before it ran away stays what it was, however long it goes on.
    if (found !== null && sizes[end - 1]! > found.high) continue;
    found = null;
    const start = end - TICKS;
    const run = sizes.slice(start, end);
    if (run.some((size) => size <= LARGE) || !(run.at(-1)! > run[0]!)) continue;
    const high = Math.max(LARGE, TIMES * median(sizes.slice(0, start)));
    if (run.every((size) => size > high)) found = { start, high };
  }
  if (found === null) return null;
  const says = `${signal} is more than ${TIMES} times what it was, and grows`;
  return { points: points.slice(found.start), says, high: found.high };
}

function runaway(history: History, signal: string): Runaway | null {
  const points = finiteSeries(history.scalars, signal);
  if (points.length < TICKS || !isCurrent(points, history)) return null;
  return clamped(points, signal) ?? runAway(points, signal);
}

export const numericalDivergence: Diagnosis = {
  code: "numerical-divergence",
  title: "Numerical divergence",
  summary: "Numbers are not finite any more.",
  symptom:
    "A loss is NaN or infinite, or stands at the very same large number for ever; samples are black, grey or noise.",
  cause:
    "A step was so large that a number overflowed: a learning rate that is too high, a loss that grows with the square of the scores, a gradient " +
    "penalty on an exploding discriminator, half precision, or a logarithm of zero. From then on every number that depends on it is NaN.",
  toldFrom: [
    { code: "exploding-gradient", by: "numbers grow, but are still finite" },
    { code: "stalled", by: "losses stand still, but not where a formula ends" },
  ],
  signals: ["loss/*", "gradient/*", "weight/*", "score/*", "energy/samples"],
  remedies: ["recommended-game", "slower", "spectral-norm", "r1-r2", "clip-gradients"],
  references: [
    "Loss that stands at 13.82 = −ln 1e-6: POSTECH-CVLab/PyTorch-StudioGAN, issue 112",
    "Huang et al., The GAN is Dead; Long Live the GAN! A Modern Baseline GAN, 2024, on half precision",
  ],
  duringWarmUp: true,
  decide(history) {
    const { scalars, looks, metrics } = history;
    for (const found of [
      brokenStretch(scalars),
      brokenStretch(looks),
      brokenSignal(scalars, 1),
      brokenSignal(metrics, EVALUATIONS),
    ]) {
      if (found === null) continue;
      const stretch = { level: "failing", first: found.first } as const;
      return suspect(history, "numerical-divergence", stretch, evidenceIn(found.last), [1]);
    }
    for (const signal of LOSSES) {
      const found = runaway(history, signal);
      if (found === null) continue;
      const [first, last] = [found.points[0] as Point, found.points.at(-1) as Point];
      return suspect(
        history,
        "numerical-divergence",
        { level: "failing", first: { ...first, values: {} } },
        [plainRow(signal, last.value, found.says, null, found.high)],
        [0.5],
      );
    }
    return null;
  },
};
