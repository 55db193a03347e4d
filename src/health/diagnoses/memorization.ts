/** @file Memorization: fakes that are copies of samples that were learned from. */

import type { Diagnosis } from "../diagnosis.ts";
import { type Grade, measured, plain, plainRow, row, stretchOf, suspect } from "../evidence/evidence.ts";
import { beyond } from "../evidence/limits.ts";
import type { History, Reading } from "../history.ts";

/** Shares of the way from as far as held-out reals are to no distance at all. Blurred samples are a little nearer than reals. */
const [WATCH, FAILING] = [0.35, 0.5];

/** How one look is. What the discriminator knows of the set is told beside it and decides nothing: with few reals it always knows them. */
function grade(history: History, look: Reading): Grade | null {
  const ratio = measured(look, "copying/ratio");
  if (ratio === undefined) return null;
  if (beyond(history, "copying/ratio", ratio, FAILING)) return "failing";
  return beyond(history, "copying/ratio", ratio, WATCH) ? "watch" : "right";
}

export const memorization: Diagnosis = {
  code: "memorization",
  title: "Memorization",
  summary: "Fakes are copies of training samples.",
  symptom: "Samples look very good, and each has a twin in the training set.",
  cause:
    "The generator is large enough to hold the training set, and a discriminator that knows the set by heart pays it for each sample that it repeats. " +
    "With a few hundred reals and long training this is what an ideal player would do.",
  toldFrom: [
    { code: "discriminator-overfitting", by: "fakes are not nearer to the training set than other reals are" },
    { code: "mode-collapse", by: "fakes are copies of each other" },
  ],
  signals: ["copying/ratio", "auc/held-out"],
  remedies: ["diff-augment", "adaptive-augment", "recommended-game", "smaller-discriminator", "instance-noise"],
  references: [
    "Meehan, Chaudhuri and Dasgupta, A Non-Parametric Test to Detect Data-Copying in Generative Models, 2020",
    "Alaa et al., How Faithful is your Synthetic Data?, 2022",
  ],
  decide(history) {
    const found = stretchOf(history.looks, (look) => grade(history, look));
    if (found === null) return null;
    const ratio = measured(found.last, "copying/ratio") as number;
    const auc = measured(found.last, "auc/held-out");
    return suspect(
      history,
      "memorization",
      found,
      [
        row(
          history,
          "copying/ratio",
          ratio,
          FAILING,
          `fakes are ${plain(ratio)} times as far from the training set as reals that were kept apart`,
        ),
        auc === undefined
          ? null
          : plainRow(
              "auc/held-out",
              auc,
              `the discriminator tells the training set from other reals in ${plain(100 * auc)} % of pairs`,
            ),
      ],
      [1 - Math.min(1, ratio)],
    );
  },
};
