/** @file Mode dropping: whole kinds of reals that are never drawn, while what is drawn varies. */

import { mean } from "../../util/averages.ts";
import type { Confirmation, Diagnosis, EvidenceRow, Suspicion } from "../diagnosis.ts";
import { coveredRow } from "../evidence/covered.ts";
import { type Grade, measured, plain, plainRow, row, stretchOf, suspect } from "../evidence/evidence.ts";
import { beyond, nullOf } from "../evidence/limits.ts";
import { hasSetOut, vectorOf } from "../evidence/motion.ts";
import { ENERGY_FLOOR } from "../evidence/quality.ts";
import { energies, finiteSeries, improves, improvesSlowly } from "../evidence/trends.ts";
import type { History, Reading } from "../history.ts";
import { ONE_IN_A_THOUSAND } from "../numerics/null.ts";

/** Shares of the reals in bins that fakes miss. In one look a bin is missed by chance more often than in several together: those are watched sooner. */
const [WATCH, FAILING, WATCH_TOGETHER, FAILING_TOGETHER] = [0.08, 0.15, 0.05, 0.15];

/** Looks that are added up, at least and at most: together they must have so many fakes for a bin, on average. */
const [FAKES_OF_BIN, FEWEST, MOST] = [20, 3, 20];

/** Looks in a row: in fewer, kinds that come and go would pass for kinds that are gone. */
const LOOKS_TO_ACT = 6;

/** A bin is missed when it holds less than this share of the fakes that it should. */
const MISSED = 0.1;

/** Alike enough, as a correlation, to be the same bins from look to look: else it is which bins are covered that changes. */
const SAME = 0.5;

/** How far a discriminator that was trained on must be from guessing for what it sees to speak for missing reals. */
const TELLS = 0.2;

/** Share of the reals in each bin, from the nulls of the bins' counts; undefined where they are not known. */
export function sharesOf(history: History, bins: number): readonly number[] | undefined {
  const means = Array.from({ length: bins }, (_, k) => history.nulls[`bins/fake/${k}`]?.mean);
  const sum = means.reduce((total: number, share) => total + (share ?? Number.NaN), 0);
  return sum > 0 ? means.map((share) => (share as number) / sum) : undefined;
}

/** Counts of the latest looks, added up; the looks themselves, oldest first. Undefined where there are too few. */
export function accumulate(looks: readonly Reading[]): { sums: number[]; each: (readonly number[])[] } | undefined {
  const each: (readonly number[])[] = [];
  let total = 0;
  for (let i = looks.length - 1; i >= 0 && each.length < MOST; i--) {
    const counts = vectorOf(looks[i] as Reading, "bins/fake");
    if (counts === undefined) continue;
    if (each[0] !== undefined && counts.length !== each[0].length) break;
    each.unshift(counts);
    total += counts.reduce((sum, count) => sum + count, 0);
  }
  const size = each[0]?.length ?? 0;
  if (each.length < FEWEST || total < FAKES_OF_BIN * size) return undefined;
  return {
    sums: Array.from({ length: size }, (_, k) => each.reduce((sum, counts) => sum + (counts[k] ?? 0), 0)),
    each,
  };
}

/** Whether samples are plainly unlike reals, and less so than they were. Near reals it is noise that falls and rises. */
function comesNearerFromAfar(history: History): boolean {
  const points = energies(history);
  const last = points.at(-1);
  return last !== undefined && beyond(history, "energy/samples", last.value, ENERGY_FLOOR) && improves(points);
}

/** The share of the reals in bins that hold far fewer fakes than they should, and significantly so. */
function missingShare(sums: readonly number[], shares: readonly number[]): number {
  const fakes = sums.reduce((sum, count) => sum + count, 0);
  return shares.reduce((missing, share, k) => {
    const count = sums[k] as number;
    const z = (count - fakes * share) / Math.sqrt(fakes * share * (1 - share));
    return missing + (count < MISSED * share * fakes && z < -ONE_IN_A_THOUSAND ? share : 0);
  }, 0);
}

/** Correlation of the counts of the older half of looks with those of the newer. */
function sameness(each: readonly (readonly number[])[]): number {
  const half = each.length >> 1;
  const [older, newer] = [each.slice(0, half), each.slice(-half)].map((looks) => {
    const sums = (each[0] as readonly number[]).map((_, k) => mean(looks.map((counts) => counts[k] as number)));
    const middle = mean(sums);
    return sums.map((sum) => sum - middle);
  }) as [number[], number[]];
  const dot = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, value, k) => sum + value * (b[k] as number), 0);
  const power = Math.sqrt(dot(older, older) * dot(newer, newer));
  return power > 0 ? dot(older, newer) / power : 0;
}

/** Fakes that are farther than this from reals, as a share of the way to fully broken, are not some kinds of reals but none. */
const NOWHERE = 0.35;

function grade(history: History, look: Reading): Grade | null {
  const [missing, energy] = [measured(look, "bins/missing"), measured(look, "energy/samples")];
  if (missing === undefined) return null;
  if (energy !== undefined && beyond(history, "energy/samples", energy, NOWHERE)) return "right";
  // With the shares known, looks together show what a single one cannot.
  return beyond(history, "bins/missing", missing, WATCH) ? "failing" : "right";
}

/**
 * The discriminator, trained on against the same generator, must be able to tell that something is missing. One that ranks the reals that have no
 * fakes beside them above the fakes, and guesses at the rest, is right in ½ + missing ÷ 2 of pairs. One that does no better than guessing, and
 * plainly worse than that, does not see what is missing: then the discriminator is the weak part, and not what the generator makes of it.
 */
function readTrial(history: History, { evidence }: Suspicion): Confirmation {
  const refit = history.trials.findLast(({ of }) => of === "refit-discriminator");
  const auc = refit && measured(refit, "auc/fake");
  if (auc === undefined) return "unclear";
  if (beyond(history, "auc/fake", auc, TELLS)) return "confirmed";
  const chance = (nullOf(history, "auc/fake")?.high ?? 0.5) - 0.5;
  const missing = evidence.find(({ signal }) => signal === "bins/missing")?.value ?? 0;
  return auc <= 0.5 + chance && auc < 0.5 + missing / 2 - chance ? "refuted" : "unclear";
}

/** The reals without fakes beside them: of many looks together, whose chance is not that of one, or else of the last. */
function missingRow(history: History, together: number | undefined, inLook: number): EvidenceRow {
  const says = (share: number) => `fakes are missing where a share of ${plain(share)} of the reals is`;
  return together === undefined
    ? row(history, "bins/missing", inLook, FAILING, says(inLook))
    : plainRow("bins/missing", together, says(together), null, WATCH_TOGETHER);
}

export const modeDropping: Diagnosis = {
  code: "mode-dropping",
  title: "Mode dropping",
  summary: "Whole kinds of reals are never drawn.",
  symptom: "Samples look good and differ from each other, but some kinds are not among them: no sevens, no red cars.",
  cause:
    "A generator is hardly punished for what it does not draw: the discriminator sees single samples, and a kind of reals that has no fakes " +
    "beside it gives the generator no gradient. Small batches, rare kinds, a weak discriminator and the non-saturating loss make it worse.",
  toldFrom: [
    { code: "mode-collapse", by: "the fakes are alike, too" },
    { code: "oscillation", by: "other kinds are missing at every look" },
    { code: "discriminator-underfitting", by: "the discriminator cannot tell fakes from reals at all" },
  ],
  signals: ["bins/missing", "bins/fake", "bins/different", "energy/samples", "update/generator"],
  remedies: [
    "recommended-game",
    "relativistic-r1-r2",
    "packing",
    "larger-batch",
    "minibatch-stddev",
    "wider-discriminator",
  ],
  references: [
    "Richardson and Weiss, On GANs and GMMs, 2018",
    "Lin et al., PacGAN: The Power of Two Samples in Generative Adversarial Networks, 2018",
    "Srivastava et al., VEEGAN: Reducing Mode Collapse in GANs using Implicit Variational Learning, 2017",
  ],
  decide(history) {
    const found = stretchOf(history.looks, (look) => grade(history, look), LOOKS_TO_ACT);
    // What has not left its beginning has not dropped anything. What has, and stands still now, has.
    if (found === null || !hasSetOut(history, "generator", found.last.step)) return null;
    const { last, first, count } = found;
    const inLook = measured(last, "bins/missing") as number;
    const together = accumulate(history.looks.slice(-count));
    const shares = together && sharesOf(history, together.sums.length);
    const missing = together && shares ? missingShare(together.sums, shares) : undefined;
    const isSame = together === undefined || sameness(together.each) > SAME;
    const isMuch =
      missing === undefined ? beyond(history, "bins/missing", inLook, FAILING) : missing > FAILING_TOGETHER;
    if (missing !== undefined && missing < WATCH_TOGETHER) return null;
    // Kinds that are found one by one, or samples plainly unlike reals that come nearer all the while, need no remedy yet.
    const better = improvesSlowly(finiteSeries(history.looks, "bins/missing")) || comesNearerFromAfar(history);
    const isFailing = found.level === "failing" && isMuch && isSame && !better;
    const share = missing ?? inLook;
    const different = measured(last, "bins/different");
    return suspect(
      history,
      "mode-dropping",
      { level: isFailing ? "failing" : "watch", first },
      [
        missingRow(history, missing, inLook),
        different === undefined
          ? null
          : row(
              history,
              "bins/different",
              different,
              0.5,
              `a share of ${plain(different)} of the bins holds too many or too few fakes`,
            ),
        coveredRow(history, first.step),
      ],
      [share],
    );
  },
  confirmation: { trial: "refit-discriminator", read: readTrial },
};
