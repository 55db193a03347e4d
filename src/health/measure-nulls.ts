/** @file Real against real: what each signal is when the fakes are as good as reals. */

import { fillNormal, fillUniform, permutation, streamKey } from "../util/rng.ts";
import type { Baseline } from "./baseline.ts";
import { firstRows, nearestIn } from "./distances.ts";
import type { Null } from "./history.ts";
import type { Look, Rows } from "./look.ts";
import { aucNull, drawnNull, nullFrom, Z } from "./null.ts";
import { median } from "./numbers.ts";
import { bins, compareBins, ofKinds } from "./probes/bins.ts";
import { copiesSought, seesCopies } from "./probes/copying.ts";
import { diversity } from "./probes/diversity.ts";
import { duplicates } from "./probes/duplicates.ts";
import { energy } from "./probes/energy.ts";
import { rank } from "./probes/rank.ts";
import { scale } from "./probes/scale.ts";
import { tells } from "./probes/tells.ts";
import { measureWith } from "./probes.ts";
import { type Reals, rowsOf } from "./reals.ts";
import { describeSignal } from "./signals.ts";

/** Probes that look at samples alone. */
const SAMPLE_PROBES = [diversity, duplicates, scale, bins, rank, energy, tells];

/** Pairs of batches; fewer, down to the second number, where all batches together would hold more than so many numbers. */
const [PAIRS, FEWEST_PAIRS, MOST_NUMBERS] = [40, 16, 1 << 26];

/** Histograms that are drawn for the nulls of bins. */
const HISTOGRAMS = 2000;

/** Sizes of a look. */
export interface LookSize {
  /** Samples in a look. */
  readonly samples: number;
  /** Logits in a look: samples, or packs of samples. Default as many as samples. */
  readonly logits?: number;
  /** Logits of held-out reals in a look, which may be fewer; 0 for none. Default as many as the others. */
  readonly heldOut?: number;
  readonly seed: number;
}

/** A look of samples only, in which nothing else is there to measure. */
function lookOf(real: Rows, fake: Rows): Look {
  const none: Rows = { rows: 0, columns: 0, values: new Float32Array(0) };
  return {
    samples: { real, fake },
    nudged: none,
    nudge: 1,
    logits: { real: none.values, fake: none.values },
    features: { real: none, fake: none },
    inputGradients: { real: none.values, fake: none.values },
    generatorSignal: Number.NaN,
    weights: { generator: [], discriminator: [] },
  };
}

/** Pairs of batches that have no sample in common: neighbours in a shuffled order, and in another where that has no more. */
function* realPairs(reals: Reals, size: number, pairs: number, seed: number): Generator<readonly [Rows, Rows]> {
  let left = pairs;
  for (let epoch = 0; left > 0; epoch++) {
    const order = permutation(streamKey(seed, "health/nulls"), epoch, reals.count);
    let before: Rows | undefined;
    for (let at = 0; at + size <= reals.count && left > 0; at += size) {
      const batch = rowsOf(reals, order.subarray(at, at + size));
      if (before !== undefined) {
        yield [before, batch];
        left--;
      }
      before = batch;
    }
  }
}

/** A null whose limits are values that the signal can have. */
function possible(signal: string, found: Null): Null {
  const [least, most] = describeSignal(signal)?.range ?? [null, null];
  const low = Math.max(found.low, least ?? Number.NEGATIVE_INFINITY);
  return { ...found, low, high: Math.min(found.high, most ?? Number.POSITIVE_INFINITY) };
}

/** Nulls of what is measured of real pairs as of reals and fakes. */
function ofPairs(reals: Reals, baseline: Baseline, samples: number, seed: number): Record<string, Null> {
  // With fewer reals than two looks each batch is half of them: the ranges come out wider than they are.
  const size = Math.min(samples, Math.floor(reals.count / 2));
  if (size < 2) return {};
  const columns = reals.data.length / reals.count;
  const pairs = Math.max(FEWEST_PAIRS, Math.min(PAIRS, Math.floor(MOST_NUMBERS / (size * columns))));
  const found = new Map<string, number[]>();
  for (const [real, fake] of realPairs(reals, size, pairs, seed)) {
    const { values } = measureWith(SAMPLE_PROBES, lookOf(real, fake), baseline);
    for (const [signal, value] of Object.entries(values)) found.set(signal, [...(found.get(signal) ?? []), value]);
  }
  // Of few reals all batches are made of the same.
  const independent = Math.min(pairs, reals.count / size);
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
 */
function ofBins(baseline: Baseline, samples: number, seed: number): Record<string, Null> {
  const { shares } = baseline.bins;
  const [missing, different] = [new Float64Array(HISTOGRAMS), new Float64Array(HISTOGRAMS)];
  const normals = new Float32Array(shares.length);
  const uniform = new Float32Array(samples);
  const sums = new Float64Array(shares.length);
  for (let n = 0; n < HISTOGRAMS; n++) {
    fillNormal(streamKey(seed, "health/shares"), n, normals);
    fillUniform(streamKey(seed, "health/histograms"), n, uniform);
    let total = 0;
    shares.forEach((share, k) => {
      total += Math.max(0, share + Math.sqrt((share * (1 - share)) / baseline.train.rows) * normals[k]!);
      sums[k] = total;
    });
    const counts = new Array<number>(shares.length).fill(0);
    for (const u of uniform) counts[firstAbove(sums, u * total)]!++;
    const found = compareBins(counts, baseline);
    missing[n] = found.missing;
    different[n] = found.different;
  }
  // What a look holds of each kind, as a share: binomial.
  const ofEach = ofKinds(shares, baseline.bins.kinds).map((share, k): [string, Null] => {
    const sd = Math.sqrt((share * (1 - share)) / samples);
    const [low, high] = [Math.max(0, share - Z * sd), Math.min(1, share + Z * sd)];
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

/**
 * The null of copying: training reals, each of which does not count as its own nearest, in the place of `fakes` and of
 * `heldOut` reals.
 */
function ofCopying(baseline: Baseline, fakes: number, heldOut: number, seed: number): Record<string, Null> {
  // Several times as many reals as a look has, so that the pairs differ.
  const some = firstRows(baseline.train, 6 * copiesSought(baseline));
  const [first, second] = [fakes, heldOut].map((n) => Math.min(n, copiesSought(baseline), some.rows >> 1));
  if (!seesCopies(baseline) || !first || !second || some.rows < 4) return {};
  const own = Int32Array.from({ length: some.rows }, (_, i) => i);
  const { distance } = nearestIn(some, baseline.train, own);
  const ratios = Array.from({ length: PAIRS }, (_, pair) => {
    const order = permutation(streamKey(seed, "health/copying"), pair, some.rows);
    const medianOf = (from: number, count: number) =>
      median(Array.from(order.subarray(from, from + count), (i) => distance[i]!));
    return medianOf(0, first) / medianOf(first, second);
  });
  const independent = some.rows / Math.max(first, second);
  return ratios.every(Number.isFinite) ? { "copying/ratio": nullFrom(ratios, { independent }) } : {};
}

/**
 * Nulls of all signals that reals can have in the place of fakes, by signal: of samples, from about 40 pairs of batches
 * of reals, or of histograms drawn by their shares; of scores, from theory, as what a discriminator says of samples
 * that it cannot tell apart.
 */
export function measureNulls(
  reals: Reals,
  baseline: Baseline,
  { samples, logits = samples, heldOut = logits, seed }: LookSize,
): Record<string, Null> {
  const ofSamples = ofPairs(reals, baseline, samples, seed);
  const average = ["diversity", "energy"].flatMap((name) => {
    const same = ofSamples[`${name}/samples`];
    return same === undefined ? [] : [[`${name}/average`, same] as const];
  });
  return {
    ...ofSamples,
    ...Object.fromEntries(average),
    ...ofBins(baseline, samples, seed),
    ...ofCopying(baseline, samples, Math.round((heldOut * samples) / logits), seed),
    "auc/fake": aucNull(logits, logits),
    ...(heldOut > 0 && { "auc/held-out": aucNull(logits, heldOut) }),
  };
}
