/** @file Real against real: what each signal is when the fakes are as good as reals. */

import { median } from "../../util/averages.ts";
import { fillNormal, fillUniform, permutation, streamKey } from "../../util/rng.ts";
import type { Null } from "../history.ts";
import type { Look, Rows } from "../look.ts";
import { cellsOf, countCells } from "../numerics/cells.ts";
import { aucNull, drawnNull, nullFrom, ONE_IN_A_THOUSAND } from "../numerics/null.ts";
import { describeSignal } from "../signals.ts";
import type { Baseline } from "./baseline.ts";
import { compareBins, ofKinds } from "./probes/bins.ts";
import { copiesSought, copyingReals, nearestLearned } from "./probes/copying.ts";
import { measureWith, PROBES } from "./probes.ts";
import type { ShownReals } from "./reals.ts";

/** Probes that look at samples alone. */
const SAMPLE_PROBES = PROBES.filter(({ ofSamples }) => ofSamples);

/** Pairs of batches; fewer, down to the second number, where all batches together would hold more than so many numbers. */
const [PAIRS, FEWEST_PAIRS, MOST_NUMBERS] = [40, 16, 1 << 26];

/** Histograms that are drawn for the nulls of bins. */
const HISTOGRAMS = 2000;

/** Sizes of a look, and what is drawn for it. */
export interface LookSize {
  /** Fakes in a look; and reals, unless there are fewer. */
  readonly samples: number;
  /** Logits of fakes in a look: samples, or packs of samples. Default as many as samples. */
  readonly logits?: number;
  /** Logits of held-out reals in a look, which may be fewer; 0 for none. Default as many as the others. */
  readonly heldOut?: number;
  /** Whether half of the images are mirrored. Default false. */
  readonly mirror?: boolean;
  readonly seed: number;
}

/** Reals that are not learned from: all of them, and those that are compared with, made small. */
export interface Unseen {
  readonly shown: ShownReals;
  readonly kept: Rows;
  /** Distances of the first of them to the nearest real that is learned from; empty where that says nothing. */
  readonly toLearned: Float64Array;
}

/**
 * Whether so few reals are learned from that what is right is better known from held-out reals: fewer than two looks, so that no
 * two batches of them have nothing in common, and fewer than are held out.
 */
export const isFew = (count: number, heldOut: number, samples: number): boolean =>
  count < 2 * samples && count < heldOut;

/** A look of samples only, in which nothing else is there to measure. */
function lookOf(real: Rows, fake: Rows): Look {
  const none: Rows = { rows: 0, columns: 0, values: new Float32Array(0) };
  return {
    samples: { real, fake },
    logits: { real: none.values, fake: none.values },
    features: { real: none, fake: none },
    generatorSignal: Number.NaN,
    weights: { generator: [], discriminator: [] },
  };
}

/** Pairs of batches to compare, and how many there would be without using a real twice. */
interface Pairs {
  readonly pairs: Iterable<readonly [real: Rows, fake: Rows]>;
  readonly count: number;
  readonly independent: number;
  /** Samples in a batch that stands in the place of fakes. */
  readonly size: number;
}

/** Batches of `size`, those of one round without a sample in common. */
function* batches({ count, rows }: ShownReals, size: number, seed: number, name: string): Generator<Rows> {
  for (let round = 0, draw = 0; ; round++) {
    const order = permutation(streamKey(seed, name), round, count);
    for (let at = 0; at + size <= count; at += size) yield rows(order.subarray(at, at + size), draw++);
  }
}

/** As many pairs as their size allows. */
const pairCount = (size: number, columns: number) =>
  Math.max(FEWEST_PAIRS, Math.min(PAIRS, Math.floor(MOST_NUMBERS / (size * columns))));

/** Pairs of batches that have no sample in common: neighbours in a shuffled order, and in another where that has no more. */
function* realPairs(reals: ShownReals, size: number, pairs: number, seed: number): Generator<readonly [Rows, Rows]> {
  const perRound = Math.floor(reals.count / size);
  let before: Rows | undefined;
  let [left, at] = [pairs, 0];
  for (const batch of batches(reals, size, seed, "health/nulls")) {
    if (before !== undefined && at % perRound !== 0) {
      yield [before, batch];
      if (--left === 0) return;
    }
    before = batch;
    at++;
  }
}

/** Held-out reals in the place of fakes, beside those that are learned from, as a look shows them. */
function* unseenPairs(
  reals: ShownReals,
  unseen: ShownReals,
  samples: number,
  given: Omit<Pairs, "pairs">,
  seed: number,
) {
  const shown = batches(reals, Math.min(samples, reals.count), seed, "health/nulls");
  let left = given.count;
  for (const fake of batches(unseen, given.size, seed, "health/nulls/held-out")) {
    yield [shown.next().value as Rows, fake] as const;
    if (--left === 0) return;
  }
}

/** What is compared for the nulls of samples; undefined of too few reals. */
function pairsFor(reals: ShownReals, unseen: ShownReals | undefined, samples: number, seed: number): Pairs | undefined {
  const few = unseen !== undefined && isFew(reals.count, unseen.count, samples);
  const { count, columns } = few ? unseen : reals;
  // Of fewer than two looks each batch is half: the ranges come out wider than they are.
  const size = Math.min(samples, Math.floor(count / 2));
  if (size < 2) return undefined;
  const pairs = pairCount(size, columns);
  // Of few reals all batches are made of the same.
  const sizes = { count: pairs, size, independent: Math.min(pairs, count / size) };
  return {
    ...sizes,
    pairs: few ? unseenPairs(reals, unseen, samples, sizes, seed) : realPairs(reals, size, pairs, seed),
  };
}

/** A null whose limits are values that the signal can have. */
function possible(signal: string, found: Null): Null {
  const [least, most] = describeSignal(signal)?.range ?? [null, null];
  const low = Math.max(found.low, least ?? Number.NEGATIVE_INFINITY);
  return { ...found, low, high: Math.min(found.high, most ?? Number.POSITIVE_INFINITY) };
}

/** Nulls of what is measured of pairs of real batches as of reals and fakes. */
function ofPairs(compared: Pairs | undefined, baseline: Baseline): Record<string, Null> {
  if (compared === undefined) return {};
  const { size, independent } = compared;
  const found = new Map<string, number[]>();
  for (const [real, fake] of compared.pairs) {
    const { values } = measureWith(SAMPLE_PROBES, lookOf(real, fake), baseline);
    for (const [signal, value] of Object.entries(values)) found.set(signal, [...(found.get(signal) ?? []), value]);
  }
  // Twins come in pairs, and two pairs may be chance where none was seen.
  const grain = (signal: string) => (signal === "duplicates/samples" ? 4 / size : 0);
  return Object.fromEntries(
    [...found].map(([signal, values]) => [
      signal,
      possible(signal, nullFrom(values, { independent, grain: grain(signal) })),
    ]),
  );
}

/**
 * Nulls of the bins, from histograms drawn by the reals' shares: a rare event needs more of them than there are reals.
 * The shares are themselves counted from so many reals, so each histogram is drawn by shares that are as far from them
 * as they may be from the truth.
 *
 * @param unseen Held-out reals, where their shares are nearer to the truth than those of the reals that are learned from.
 */
function ofBins(baseline: Baseline, samples: number, seed: number, unseen?: Rows): Record<string, Null> {
  const { centres, kinds } = baseline.bins;
  const { rows } = unseen ?? baseline.train;
  const shares = unseen
    ? countCells(cellsOf(unseen, centres), centres.rows).map((n) => n / rows)
    : baseline.bins.shares;
  const [missing, different] = [new Float64Array(HISTOGRAMS), new Float64Array(HISTOGRAMS)];
  const normals = new Float32Array(shares.length);
  const uniform = new Float32Array(samples);
  const sums = new Float64Array(shares.length);
  for (let n = 0; n < HISTOGRAMS; n++) {
    fillNormal(streamKey(seed, "health/shares"), n, normals);
    fillUniform(streamKey(seed, "health/histograms"), n, uniform);
    let total = 0;
    shares.forEach((share, k) => {
      total += Math.max(0, share + Math.sqrt((share * (1 - share)) / rows) * normals[k]!);
      sums[k] = total;
    });
    const counts = new Array<number>(shares.length).fill(0);
    for (const u of uniform) counts[firstAbove(sums, u * total)]!++;
    const found = compareBins(counts, baseline);
    missing[n] = found.missing;
    different[n] = found.different;
  }
  // What a look holds of each kind, as a share: binomial, around what few reals say.
  const ofEach = ofKinds(baseline.bins.shares, kinds).map((share, k): [string, Null] => {
    const sd = Math.sqrt(share * (1 - share) * (1 / samples + 1 / baseline.train.rows));
    const [low, high] = [Math.max(0, share - ONE_IN_A_THOUSAND * sd), Math.min(1, share + ONE_IN_A_THOUSAND * sd)];
    return [`bins/fake/${k}`, { mean: share, sd, low, high, pairs: 0 }];
  });
  return {
    "bins/missing": drawnNull(missing),
    "bins/different": drawnNull(different),
    ...Object.fromEntries(ofEach),
  };
}

/** The first place at which rising `sums` are above `value`; the last place where none is. */
function firstAbove(sums: Float64Array, value: number): number {
  let [low, high] = [0, sums.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sums[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Distances to the nearest real that is learned from, of held-out reals; of those themselves where fewer are held out. */
function distancesToLearned(baseline: Baseline, { toLearned }: Unseen): Float64Array {
  const some = copyingReals(baseline.train, baseline);
  if (toLearned.length >= some.rows) return toLearned;
  const own = Int32Array.from({ length: some.rows }, (_, i) => i);
  return nearestLearned(some, baseline, own);
}

/**
 * The null of copying: held-out reals in the place of as many fakes as are looked at, and others in the place of those that
 * are compared with; or training reals, each of which does not count as its own nearest.
 */
function ofCopying(baseline: Baseline, samples: number, unseen: Unseen, seed: number): Record<string, Null> {
  if (unseen.toLearned.length === 0) return {};
  const distance = distancesToLearned(baseline, unseen);
  const { length } = distance;
  if (length < 4) return {};
  const first = Math.min(samples, copiesSought(baseline), length >> 1);
  const second = Math.min(unseen.toLearned.length, length - first);
  const ratios = Array.from({ length: PAIRS }, (_, pair) => {
    const order = permutation(streamKey(seed, "health/copying"), pair, length);
    const near = (from: number, count: number) =>
      median(Array.from(order.subarray(from, from + count), (i) => distance[i]!));
    return near(0, first) / near(first, second);
  });
  if (!ratios.every(Number.isFinite)) return {};
  return { "copying/ratio": ratioNull(ratios, length / first) };
}

/** The null of ratios, which are as often half as twice as large: that of their logarithms, unless one is 0. */
function ratioNull(ratios: readonly number[], independent: number): Null {
  if (ratios.some((ratio) => ratio === 0)) return possible("copying/ratio", nullFrom(ratios, { independent }));
  const { mean, sd, low, high, pairs } = nullFrom(ratios.map(Math.log), { independent });
  // Of the logarithm, the deviation is a share of the ratio.
  return { mean: Math.exp(mean), sd: sd * Math.exp(mean), low: Math.exp(low), high: Math.exp(high), pairs };
}

/**
 * Nulls of all signals that reals can have in the place of fakes, by signal: of samples, from about 40 pairs of batches
 * of reals, of held-out ones where few are learned from, or of histograms drawn by their shares; of scores, from theory, as what a discriminator says of samples
 * that it cannot tell apart.
 */
export function measureNulls(
  reals: ShownReals,
  baseline: Baseline,
  { samples, logits = samples, heldOut = logits, seed }: LookSize,
  unseen?: Unseen,
): Record<string, Null> {
  const few = unseen && isFew(reals.count, unseen.shown.count, samples) ? unseen.kept : undefined;
  const ofSamples = ofPairs(pairsFor(reals, unseen?.shown, samples, seed), baseline);
  const average = ["diversity", "energy"].flatMap((name) => {
    const same = ofSamples[`${name}/samples`];
    return same === undefined ? [] : [[`${name}/average`, same] as const];
  });
  // Packs of reals, of which there may be fewer than of fakes.
  const realLogits = Math.floor((Math.min(samples, reals.count) * logits) / samples);
  return {
    ...ofSamples,
    ...Object.fromEntries(average),
    ...ofBins(baseline, samples, seed, few),
    ...(unseen && ofCopying(baseline, samples, unseen, seed)),
    ...(realLogits > 0 && { "auc/fake": aucNull(realLogits, logits) }),
    ...(realLogits > 0 && heldOut > 0 && { "auc/held-out": aucNull(realLogits, heldOut) }),
  };
}
