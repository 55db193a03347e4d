/** @file What is learned from reals alone before a training begins, and again when it resumes: a function of data and seed. */

import { mean, median } from "../../util/averages.ts";
import { permutation, streamKey } from "../../util/rng.ts";
import type { Rows } from "../look.ts";
import { cellsOf, countCells, findCentres, groupCentres } from "../numerics/cells.ts";
import { firstRows, PAIRED_ROWS, within } from "../numerics/distances.ts";
import type { Baseline } from "./baseline.ts";
import { isFew, type LookSize, measureNulls } from "./measure-nulls.ts";
import { copyingReals, type Learned, nearestLearned, ofShownKinds, seesCopies } from "./probes/copying.ts";
import { type Reals, type ShownReals, shownReals } from "./reals.ts";
import { poolFor, small } from "./small.ts";

/** Reals that are kept, and those of them that the cells are made of. */
const [KEPT, FITTED] = [4096, 2048];

/** Bins: about one for a dozen fakes of a look, within these limits, and none for fewer than eight reals. */
const [FEWEST_BINS, MOST_BINS, FAKES_OF_BIN, REALS_OF_BIN] = [16, 64, 12, 8];

/** How many cells are made for looks of `samples` among `reals` reals. */
export function binCount(samples: number, reals: number): number {
  const wanted = Math.max(FEWEST_BINS, Math.min(MOST_BINS, Math.round(samples / FAKES_OF_BIN)));
  return Math.max(1, Math.min(wanted, Math.floor(reals / REALS_OF_BIN)));
}

/** Cells whose centres are nearer to each other than this share of the mean distance of two reals are one kind. */
const KIND = 0.25;

/**
 * Cells of `reals`, which of them are one kind, and the share of `train` in each.
 *
 * @param reals The very training reals; or held-out ones, where few are learned from.
 */
function makeBins(train: Rows, reals: Rows, samples: number, pair: number, seed: number): Baseline["bins"] {
  const all = findCentres(firstRows(reals, FITTED), binCount(samples, reals.rows), seed);
  const used = countCells(cellsOf(reals, all), all.rows).flatMap((count, k) => (count > 0 ? [k] : []));
  const values = new Float32Array(used.length * all.columns);
  used.forEach((k, to) => {
    values.set(all.values.subarray(k * all.columns, (k + 1) * all.columns), to * all.columns);
  });
  const centres = { rows: used.length, columns: all.columns, values };
  const shares = countCells(cellsOf(train, centres), centres.rows).map((count) => count / train.rows);
  return { centres, shares, kinds: groupCentres(centres, KIND * pair) };
}

/** Distances within batches as large as a look; 0 of a single real. */
function measureDistances({ rows, columns, values }: Rows, samples: number) {
  const size = Math.min(samples, PAIRED_ROWS, rows);
  const pairs: number[] = [];
  const nearest: number[] = [];
  for (let at = 0; at + size <= rows; at += size) {
    const found = within({ rows: size, columns, values: values.subarray(at * columns, (at + size) * columns) });
    if (found === undefined) continue;
    pairs.push(found.pair);
    nearest.push(...found.nearest);
  }
  return pairs.length === 0 ? { pair: 0, nearest: 0 } : { pair: mean(pairs), nearest: median(nearest) };
}

/** Distances of held-out reals to the nearest that is learned from; none where those say nothing. */
function unseenDistances(kept: Rows, learned: Learned & Pick<Baseline, "bins">): Float64Array {
  if (!seesCopies(learned)) return new Float64Array(0);
  return nearestLearned(copyingReals(ofShownKinds(kept, learned), learned), learned);
}

/**
 * Measures the baseline of a training.
 *
 * Where few reals are learned from, cells and distances are those of held-out reals: eight reals make no cells, and are far from
 * each other, where five hundred fakes as good as they are near. The shares of the cells are those of the reals that are
 * learned from, however few: a generator that makes what it was shown lacks nothing. How far the shares of other reals
 * are from them is in the nulls.
 *
 * @param reals What is learned from: uint8 images or float32 points, at least one.
 * @param size The sizes of a look, and the seed of what is drawn.
 * @param heldOut Reals of the same shape that are not learned from. Where few are learned from, nulls are what these are
 *   in the place of fakes; without them they are wide then.
 */
export function measureBaseline(reals: Reals, size: LookSize, heldOut?: Reals): Baseline {
  const { shape, count } = reals;
  const { samples, seed, mirror = false } = size;
  const pool = poolFor(shape);
  const shown = shownReals(reals, { mirror, seed });
  const unseen = heldOut && shownReals(heldOut, { mirror, seed });
  const kept = (set: ShownReals, name: string, turned = false) => {
    const order = permutation(streamKey(seed, `health/${name}`), 0, set.count);
    return small(set.rows(order.subarray(0, KEPT), 0, turned), { shape, pool });
  };
  const train = kept(shown, "train");
  const others = unseen && kept(unseen, "held-out");
  const typical = others && isFew(count, unseen.count, samples) ? others : train;
  const distance = measureDistances(typical, samples);
  const learned = {
    train,
    count,
    ...(mirror && shape.length === 3 && { mirrored: kept(shown, "train", true) }),
    bins: makeBins(train, typical, samples, distance.pair, seed),
  };
  const toLearned = others ? unseenDistances(others, learned) : new Float64Array(0);
  const baseline: Baseline = {
    pool,
    shape,
    ...learned,
    distance: { ...distance, ...(toLearned.length > 0 && { unseen: median(toLearned) }) },
    nulls: {},
  };
  const compared = unseen && others && { shown: unseen, kept: others, toLearned };
  return { ...baseline, nulls: measureNulls(shown, baseline, size, compared) };
}
