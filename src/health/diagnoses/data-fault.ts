/** @file Fault of the data: a trivial number tells every fake from every real, all the time; or points are of another size than networks make. */

import type { Diagnosis, Suspicion } from "../diagnosis.ts";
import { type Grade, measured, plain, plainRow, row, stretchOf, suspect, toldApartRow } from "../evidence/evidence.ts";
import { beyond, depth, rangeOf } from "../evidence/limits.ts";
import { ENERGY_FLOOR, isStuck } from "../evidence/quality.ts";
import type { History, Reading } from "../history.ts";

/** Numbers of a sample that say nothing of what it shows. The mean is not among them: bad samples have another, too. */
const TELLS: Readonly<Record<string, string>> = {
  "tell/minimum": "the smallest number in a sample",
  "tell/maximum": "the largest number in a sample",
  "tell/extremes": "the share of pixels at the ends of the range",
  "tell/border": "the border",
  "tell/levels": "how many different values a sample has",
  "tell/whole": "the share of whole numbers",
};

/**
 * Those that a good training has as well, on digits and on flat colours: no network gives the ends of its range exactly, as black borders are, nor
 * so few values. They are watched, and fail nothing by themselves. A bright band that all images share is warned of before the training.
 */
const HARMLESS: readonly string[] = ["tell/extremes", "tell/levels", "tell/border"];

/** Shares of the way from telling nothing to telling all: of the tell, and of the discriminator that lives on it. */
const [PERFECT, SURE] = [0.98, 0.9];

/** Standard deviations of points that a freshly initialised network is near to. */
export const USUAL_SCALE = [0.02, 20] as const;

/** Looks, from the first on, in which it must have told all. */
const LOOKS = 10;

function grade(history: History, look: Reading, signal: string): Grade | null {
  const value = measured(look, signal);
  if (value === undefined) return null;
  if (!beyond(history, signal, value, PERFECT)) return "right";
  const auc = measured(look, "auc/fake");
  return auc === undefined || beyond(history, "auc/fake", auc, SURE) ? "failing" : "watch";
}

/**
 * The tell that has told all at every look, and tells most now; a harmless one only where there is no other; null for none. One and the same: bad
 * samples have tells that come and go with them; those of the data are there from the first look on.
 */
function lastingTell(history: History) {
  const lasting = Object.keys(TELLS).flatMap((signal) => {
    const found = stretchOf(history.looks, (look) => grade(history, look, signal));
    const isLasting = found !== null && history.looks.every((look) => grade(history, look, signal) !== "right");
    return isLasting ? [{ signal, found, value: measured(found.last, signal) as number }] : [];
  });
  const rank = ({ signal }: { signal: string }) => Number(HARMLESS.includes(signal));
  return lasting.sort((a, b) => rank(a) - rank(b) || b.value - a.value)[0] ?? null;
}

export const dataFault: Diagnosis = {
  code: "data-fault",
  title: "Fault of the data",
  summary: "A trivial number tells every fake from every real, or reals are far too large or small to be learned.",
  symptom:
    "The discriminator wins from the first steps on and never loses, whatever is changed; samples keep a wrong brightness, range or border.",
  cause:
    "Reals and fakes were not made alike: pixels of 0 to 1 against a generator that gives −1 to 1, padding or a frame that only reals have, " +
    "values that were rounded, or an extreme value that no fake can reach. The discriminator needs to learn nothing else. Most such faults are warned of before the first step, by checks of the data (`gantry preflight`); this looks for what only samples show. (A border, few values and the " +
    "ends of the range tell samples of a good training from digits or flat colours, too: of these by themselves there is only a warning.) " +
    "Or points are hundreds or hundredths in size, where a fresh generator gives numbers of the order of 1 and moves them by its small rate.",
  toldFrom: [
    {
      code: "vanishing-gradient",
      by: "no trivial number tells fakes from reals but a border, few values or the ends of the range; or it did not from the beginning",
    },
    { code: "stalled", by: "the samples are noise, which any number tells from reals" },
  ],
  signals: [
    "tell/minimum",
    "tell/maximum",
    "tell/extremes",
    "tell/border",
    "tell/levels",
    "tell/whole",
    "auc/fake",
    "energy/samples",
  ],
  enough: [["tell/minimum"], ["tell/maximum"], ["tell/extremes"], ["tell/border"], ["tell/levels"], ["tell/whole"]],
  remedies: ["instance-noise"],
  references: [
    "Zero padding that lets the discriminator win: BadourAlBahar/pose-with-style, issue 23",
    "Roth et al., Stabilizing Training of Generative Adversarial Networks through Regularization, 2017",
  ],
  decide(history) {
    return outOfScale(history) ?? told(history);
  },
};

/** Reals of a size that the generator does not come to. */
function outOfScale(history: History): Suspicion | null {
  const { realScale } = history.facts;
  if (realScale === null || (realScale >= USUAL_SCALE[0] && realScale <= USUAL_SCALE[1])) return null;
  const found = stretchOf(history.looks, (look) => {
    const energy = measured(look, "energy/samples");
    return energy === undefined ? null : beyond(history, "energy/samples", energy, ENERGY_FLOOR) ? "failing" : "right";
  });
  if (found === null) return null;
  const energy = measured(found.last, "energy/samples") as number;
  // A generator that is on its way will get there.
  const level = isStuck(history) === true ? found.level : "watch";
  return suspect(
    history,
    "data-fault",
    { ...found, level },
    [
      plainRow(
        "scale/reals",
        realScale,
        `reals have a standard deviation of ${plain(realScale)}, and a fresh generator gives numbers of the order of 1: subtract the mean and divide by the standard deviation before training`,
        ...USUAL_SCALE,
      ),
      row(history, "energy/samples", energy, ENERGY_FLOOR, `fakes are unlike reals by ${plain(energy)}, of 1 at most`),
    ],
    [depth(history, "energy/samples", energy)],
  );
}

/** Something that tells all fakes from all reals, from the first look on. */
function told(history: History): Suspicion | null {
  const tell = lastingTell(history);
  // Where samples get better, or are good, a tell does no harm: no fake of a tanh has as many exact zeros as a digit of MNIST.
  if (tell === null || tell.found.count < LOOKS || isStuck(history) === false) return null;
  const { signal, found, value } = tell;
  // Noise is told from reals by any number: only where samples have come nearer is it a fault of the data.
  const isFault = hasComeNearer(history) && !HARMLESS.includes(signal);
  return suspect(history, "data-fault", { ...found, level: isFault ? found.level : "watch" }, [
    {
      signal,
      value,
      ...rangeOf(history, signal, PERFECT),
      says: `${TELLS[signal]} alone tells fakes from reals in ${plain(100 * value)} % of pairs, from the first look on`,
    },
    toldApartRow(history, found.last, SURE),
  ]);
}

/** Samples have come nearer when they were once half as unlike reals as at the first look, and no more than this on the way to fully broken. */
const NEAR = 0.35;

function hasComeNearer({ looks }: History): boolean {
  const values = looks.flatMap((look) => measured(look, "energy/samples") ?? []);
  const [first] = values;
  return first === undefined || values.some((value) => value <= Math.min(first / 2, NEAR));
}
