/** @file The birthday paradox as a bound on how many different things a generator makes. */

import { DataError } from "../util/errors.ts";
import { permutation, streamKey } from "../util/rng.ts";
import { eachBlock, SCREEN, squaredDistance } from "./distances.ts";
import { type Features, pick, row } from "./features.ts";
import type { Products } from "./products.ts";

/** What {@link birthdayTest} finds. */
export interface BirthdayTest {
  /** About the smallest batch of which half of the trials hold a duplicate, to a tenth; null when none does. */
  readonly batch: number | null;
  /** batch^2 / (2 ln 2): an estimate of the support, and the largest that could have been seen where `batch` is null. */
  readonly support: number;
  /** True where `support` is only a lower bound. */
  readonly atLeast: boolean;
  /** Share of trials with a duplicate, for each batch tried. */
  readonly tried: readonly { readonly batch: number; readonly share: number }[];
}

/** The support for which a batch holds a duplicate with probability ½: batch^2 / (2 ln 2). */
export const supportOf = (batch: number): number => batch ** 2 / (2 * Math.log(2));

/** Options of {@link birthdayTest}. */
export interface BirthdayOptions {
  /** Batches of each size. Default 20. */
  readonly trials?: number;
  readonly seed?: number;
}

/**
 * Arora, Risteski and Zhang, "Do GANs Learn the Distribution? Some Theory and Empirics" (2018): a batch of s that holds a duplicate in half of the
 * draws means a support of about s^2 / (2 ln 2). They let people look for duplicates; here two samples count as one when they are nearer than `near`.
 *
 * @param near Distance below which two samples are duplicates; a good choice is a small share of the median distance between neighbouring reals.
 */
export async function birthdayTest(
  fakes: Features,
  near: number,
  products: Products,
  { trials = 20, seed = 0 }: BirthdayOptions = {},
): Promise<BirthdayTest> {
  const largest = 2 ** Math.floor(Math.log2(fakes.count / 2));
  if (largest < 16)
    throw new DataError(`${fakes.count} samples are too few for a birthday test`, { help: "use 32 or more" });
  const tried: { batch: number; share: number }[] = [];
  const hasDuplicates = async (batch: number): Promise<boolean> => {
    let found = 0;
    for (let trial = 0; trial < trials; trial++) {
      const order = permutation(streamKey(seed, `metrics/birthday/${batch}`), trial, fakes.count);
      if (await hasPair(pick(fakes, order.subarray(0, batch)), near, products)) found++;
    }
    tried.push({ batch, share: found / trials });
    return found / trials >= 0.5;
  };
  // Twice as many each time; then halves of what lies between, until the batch is known to a tenth.
  let [without, batch] = [1, 2];
  while (!(await hasDuplicates(batch))) {
    if (batch >= largest) return { batch: null, support: supportOf(batch), atLeast: true, tried };
    [without, batch] = [batch, 2 * batch];
  }
  while (batch > without + 1 && batch > 1.1 * without) {
    const between = Math.round(Math.sqrt(without * batch));
    const middle = Math.min(batch - 1, Math.max(without + 1, between));
    if (await hasDuplicates(middle)) batch = middle;
    else without = middle;
  }
  return { batch, support: supportOf(batch), atLeast: false, tried };
}

/** Whether two rows are nearer to each other than `near`. */
async function hasPair(set: Features, near: number, products: Products): Promise<boolean> {
  let found = false;
  await eachBlock(set, set, products, ({ query, base, queries, bases, squared, queryNorms, baseNorms }) => {
    for (let p = 0; p < queries && !found; p++) {
      for (let q = Math.max(0, query + p + 1 - base); q < bases && !found; q++) {
        // The screen only says which pairs are worth a look.
        if (squared[p * bases + q]! > near * near + SCREEN * (queryNorms[p]! + baseNorms[q]!)) continue;
        found = Math.sqrt(squaredDistance(row(set, query + p), row(set, base + q))) < near;
      }
    }
  });
  return found;
}
