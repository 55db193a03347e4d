/** @file Underfitting discriminator: it cannot tell fakes that are plainly unlike reals. */

import type { Confirmation, Diagnosis } from "../diagnosis.ts";
import { type Grade, measured, plain, plainRow, row, stretchOf, suspect } from "../evidence/evidence.ts";
import { beyond, nullOf } from "../evidence/limits.ts";
import { isStuck } from "../evidence/quality.ts";
import type { History, Reading } from "../history.ts";

/** The discriminator is no better than guessing up to here: a fake is ranked above a real in four pairs of ten. */
const GUESSING = 0.6;

/** Shares of the way to fully broken that fakes must be from reals. */
const [WATCH, FAILING] = [0.1, 0.15];

/** Looks in a row. For as long a discriminator may lag behind in any game, and a collapse or a swing may be what it lags behind. */
const LOOKS_TO_ACT = 5;

/** The most that one reaches that guesses. */
const mostOfGuessing = (history: History): number => Math.max(GUESSING, nullOf(history, "auc/fake")?.high ?? 0);

function grade(history: History, look: Reading): Grade | null {
  const [auc, energy] = [measured(look, "auc/fake"), measured(look, "energy/samples")];
  if (auc === undefined || energy === undefined) return null;
  if (auc > mostOfGuessing(history)) return "right";
  const isFar = (share: number) => beyond(history, "energy/samples", energy, share);
  return isFar(FAILING) ? "failing" : isFar(WATCH) ? "watch" : "right";
}

const refitOf = (history: History) => history.trials.findLast(({ of }) => of === "refit-discriminator");

/**
 * One that tells fakes, once it is trained on alone, was merely behind: confirmed. That it still guesses speaks neither for this nor against
 * it: so does one whose rate is far too low, one that is too small, and one that penalties hold down.
 */
function readTrial(history: History): Confirmation {
  const refit = refitOf(history);
  const auc = refit && measured(refit, "auc/fake");
  return auc !== undefined && auc > mostOfGuessing(history) ? "confirmed" : "unclear";
}

export const discriminatorUnderfitting: Diagnosis = {
  code: "discriminator-underfitting",
  title: "Underfitting discriminator",
  summary: "The discriminator cannot tell fakes that are plainly unlike reals.",
  symptom: "The losses look perfectly balanced, at the values of a coin toss, and the samples are bad and stay bad.",
  cause:
    "The discriminator learns too slowly, is too small, or is held down too hard by penalties or noise. What it cannot see, " +
    "the generator is not told.",
  toldFrom: [
    { code: "stalled", by: "the discriminator can tell the fakes, and they do not get better all the same" },
    { code: "mode-dropping", by: "the fakes are right as far as they go" },
  ],
  signals: ["auc/fake", "energy/samples"],
  enough: [["auc/fake", "energy/samples"]],
  remedies: [
    "recommended-game",
    "faster-discriminator",
    "more-discriminator-steps",
    "wider-discriminator",
    "fewer-penalties",
    "two-time-scales",
  ],
  references: [
    "Heusel et al., GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium, 2017",
    "Metz et al., Unrolled Generative Adversarial Networks, 2017",
  ],
  decide(history) {
    const found = stretchOf(history.looks, (look) => grade(history, look), LOOKS_TO_ACT);
    if (found === null || isStuck(history) !== true) return null;
    const { last } = found;
    const [auc, energy] = [measured(last, "auc/fake") as number, measured(last, "energy/samples") as number];
    const refit = refitOf(history);
    const after = refit && refit.step >= found.first.step ? measured(refit, "auc/fake") : undefined;
    return suspect(
      history,
      "discriminator-underfitting",
      found,
      [
        row(
          history,
          "energy/samples",
          energy,
          FAILING,
          `fakes are ${plain(energy)} as unlike reals as one repeated sample would be`,
        ),
        plainRow(
          "auc/fake",
          auc,
          `and yet the discriminator ranks a real above a fake in only ${plain(100 * auc)} % of pairs`,
          GUESSING,
        ),
        after === undefined
          ? null
          : plainRow(
              "auc/fake",
              after,
              after > mostOfGuessing(history)
                ? `trained on alone it does in ${plain(100 * after)} %: it needs more steps, or a higher rate`
                : `trained on alone it does in ${plain(100 * after)} %: it needs a much higher rate, more capacity or fewer penalties`,
              GUESSING,
            ),
      ],
      [Math.min(1, energy)],
    );
  },
  confirmation: { trial: "refit-discriminator", read: readTrial },
};
