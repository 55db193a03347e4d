/** @file Overfitting discriminator: it knows the training set by heart, and takes other reals for fakes. */

import { median } from "../../util/averages.ts";
import type { Diagnosis } from "../diagnosis.ts";
import { type Grade, measured, plain, plainRow, row, stretchOf, suspect, when } from "../evidence/evidence.ts";
import { beyond } from "../evidence/limits.ts";
import { ENERGY_FLOOR, energyQuality, isStuck, qualities, type Regression, regression } from "../evidence/quality.ts";
import { energies, finiteSeries } from "../evidence/trends.ts";
import type { History, Reading } from "../history.ts";

/** Shares of the way from no difference to a perfect one between reals that were learned from and others. */
const [WATCH, FAILING] = [0.3, 0.5];

/** Samples have become worse when they are so many times as unlike reals as they were, in so many evaluations. */
const [WORSE, EVALUATIONS] = [1.25, 3];

/**
 * Beside a discriminator that knows its training set by heart, samples that come away from reals again need not be visibly unlike them yet: they are
 * so many times as unlike as they were at best, and half as far as what is visible, at so many looks. Of the zoo's 760
 * calibration runs those on 64 reals came to three times this and more; one other came away beside such a discriminator, to half of it, and was healthy.
 */
const [AWAY, FAR_ENOUGH, LOOKS_AWAY] = [2, ENERGY_FLOOR / 2, 5];

/** Looks whose median is compared with as many before: the gap must not be closing. */
const [LOOKS, CLOSING] = [5, 0.02];

function grade(history: History, look: Reading): Grade | null {
  const auc = measured(look, "auc/held-out");
  if (auc === undefined) return null;
  const gap = measured(look, "overfit/gap") ?? 0;
  const isApart = (share: number) => beyond(history, "auc/held-out", auc, share);
  // The gap is noise when the discriminator can tell nothing, so chance must be ruled out all the same.
  if (isApart(FAILING) || (gap > FAILING && isApart(WATCH))) return "failing";
  return isApart(WATCH) ? "watch" : "right";
}

function isClosing(history: History): boolean {
  const values = finiteSeries(history.looks, "auc/held-out").map(({ value }) => value);
  if (values.length < 2 * LOOKS) return false;
  return median(values.slice(-LOOKS)) < median(values.slice(-2 * LOOKS, -LOOKS)) - CLOSING;
}

/** The samples that come away from reals, or another quality that has become worse, for long enough. */
function worse(history: History): Regression | undefined {
  const energy = energyQuality(history, FAR_ENOUGH);
  const away = energy ? regression(energy, AWAY) : null;
  if (away && away.count >= LOOKS_AWAY) return away;
  const far = qualities(history).flatMap((quality) => regression(quality, WORSE) ?? []);
  return far.find(({ count }) => count >= EVALUATIONS);
}

export const discriminatorOverfitting: Diagnosis = {
  code: "discriminator-overfitting",
  title: "Overfitting discriminator",
  summary: "The discriminator knows the training set by heart.",
  symptom:
    "Samples get better, then worse again. The discriminator is ever surer of the training set, and takes reals that it has not seen for fakes.",
  cause:
    "There are too few reals for the discriminator's size, so that it can tell them one by one. What it then tells the generator is " +
    "to be those very samples, not to be like them.",
  toldFrom: [
    { code: "memorization", by: "the fakes are copies of reals that were learned from" },
    { code: "quality-regression", by: "held-out reals are scored like the others" },
    {
      code: "vanishing-gradient",
      by: "held-out reals are taken for reals. Large, good models know nearly all of their training set, too: it is no failure while samples get better",
    },
  ],
  signals: ["auc/held-out", "overfit/gap", "energy/samples"],
  remedies: [
    "diff-augment",
    "adaptive-augment",
    "recommended-game",
    "lecam",
    "smaller-discriminator",
    "label-smoothing",
    "r1",
  ],
  references: [
    "Karras et al., Training Generative Adversarial Networks with Limited Data, 2020",
    "Zhao et al., Differentiable Augmentation for Data-Efficient GAN Training, 2020",
    "Tseng et al., Regularizing Generative Adversarial Networks under Limited Data, 2021",
    "Mann and Whitney, On a Test of Whether one of Two Random Variables is Stochastically Larger than the Other, 1947",
  ],
  decide(history) {
    const found = stretchOf(history.looks, (look) => grade(history, look));
    if (found === null) return null;
    const regressed = worse(history);
    const stuck = isStuck(history);
    // Samples that get better, or stay as good as they were, need no remedy, however much the discriminator knows.
    if (regressed === undefined && stuck !== true && energies(history).length > 0) return null;
    const isHarm = (regressed !== undefined || stuck === true) && !isClosing(history);
    const auc = measured(found.last, "auc/held-out") as number;
    const gap = measured(found.last, "overfit/gap");
    return suspect(history, "discriminator-overfitting", { ...found, level: isHarm ? found.level : "watch" }, [
      row(
        history,
        "auc/held-out",
        auc,
        FAILING,
        `a real that was learned from is scored above one that was not in ${plain(100 * auc)} % of pairs`,
      ),
      gap === undefined
        ? null
        : row(
            history,
            "overfit/gap",
            gap,
            FAILING,
            `held-out reals stand ${plain(100 * gap)} % of the way from the training set to the fakes`,
          ),
      regressed === undefined
        ? null
        : plainRow(
            regressed.quality.signal,
            regressed.quality.told(regressed.last),
            `samples are ${plain(regressed.last.value / regressed.best.value)} times as far from reals as at ${when(history, regressed.best.step)}`,
          ),
    ]);
  },
};
