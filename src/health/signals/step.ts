/**
 * @file Scalars that every step measures, averaged over a tick. A look measures `score/real` and `score/fake` again, on
 * its own samples.
 */

import type { Signal } from "./signal.ts";

type Row = Omit<Signal, "measured" | "form">;

const SHARE = [0, 1] as const;
const POSITIVE = [0, null] as const;
const OPEN = [null, null] as const;

const rows: readonly Row[] = [
  {
    name: "loss/generator",
    unit: "loss",
    range: OPEN,
    says: "the generator's loss without penalties, against an opponent that changes; it cannot say whether samples are good or varied",
    well: "steady or rising slowly",
    bad: "neither",
  },
  {
    name: "loss/discriminator",
    unit: "loss",
    range: OPEN,
    says: "the discriminator's loss without penalties; near 0 it tells all samples apart, which good runs survive, too",
    well: "below guessing, above 0",
    bad: "neither",
  },
  {
    name: "penalty/*",
    unit: "loss",
    range: OPEN,
    says: "a penalty's term, its weight included",
    well: "well below the loss it is added to",
    bad: "high",
  },
  {
    name: "score/real",
    unit: "score",
    range: OPEN,
    says: "mean score of reals",
    well: "above that of fakes, by one to a few units",
    bad: "neither",
  },
  {
    name: "score/fake",
    unit: "score",
    range: OPEN,
    says: "mean score of fakes",
    well: "below that of reals, by one to a few units",
    bad: "neither",
  },
  {
    name: "spread/*",
    unit: "score",
    range: POSITIVE,
    says: "standard deviation of the scores of a set in a batch; next to 0 the discriminator sees all samples as one",
    well: "of the order of the gap between reals and fakes",
    bad: "low",
  },
  {
    name: "accuracy/*",
    unit: "share",
    range: SHARE,
    says: "reals scored above 0, or fakes below; means nothing with objectives of differences of scores",
    well: "0.6 to 0.95; ½ is guessing",
    bad: "both",
  },
  {
    name: "gradient/generator",
    unit: "norm",
    range: POSITIVE,
    says: "length of the generator's gradient, penalties included, before clipping",
    well: "steady within a factor of a few",
    bad: "both",
  },
  {
    name: "gradient/discriminator",
    unit: "norm",
    range: POSITIVE,
    says: "length of the discriminator's gradient, penalties included, before clipping",
    well: "steady within a factor of a few",
    bad: "both",
  },
  {
    name: "weight/*",
    unit: "norm",
    range: POSITIVE,
    says: "length of all learned numbers of a player together",
    well: "grows slowly",
    bad: "high",
  },
  {
    name: "update/*",
    unit: "ratio",
    range: POSITIVE,
    says: "length of a player's move over the length of its weights",
    well: "1e-4 to 1e-2",
    bad: "both",
  },
  {
    name: "augment/p",
    unit: "probability",
    range: SHARE,
    says: "how often an augmentation acts",
    well: "below its limit",
    bad: "high",
  },
  {
    name: "augment/rt",
    unit: "mean sign",
    range: [-1, 1],
    says: "what steers the augmentation: the mean sign of the scores of reals, or of their differences to fakes",
    well: "at most near its target, 0.6",
    bad: "high",
  },
  {
    name: "classes/*",
    unit: "share",
    range: SHARE,
    says: "samples of a set whose class the class head names rightly",
    well: "towards 1",
    bad: "low",
  },
  {
    name: "code/category",
    unit: "share",
    range: SHARE,
    says: "fakes whose code's category is found again",
    well: "towards 1",
    bad: "low",
  },
  {
    name: "images/second",
    unit: "images per second",
    range: POSITIVE,
    says: "real images shown per second, pictures and checkpoints included",
    well: "steady",
    bad: "low",
  },
];

/** Scalars of every step. */
export const STEP_SIGNALS: readonly Signal[] = rows.map((row) => ({ ...row, measured: "step", form: "number" }));
