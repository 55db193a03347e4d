/** @file Quality regression: samples were better, and have become worse for good. */

import type { Diagnosis } from "../diagnosis.ts";
import { averageIsGood } from "../evidence/average.ts";
import { plain, plainRow, suspect, TO_ACT, TO_WATCH, when } from "../evidence/evidence.ts";
import { limit } from "../evidence/limits.ts";
import { qualities, type Regression, regression } from "../evidence/quality.ts";
import type { History } from "../history.ts";

/** So many times as bad as the best, in {@link TO_ACT} evaluations of a figure in a row. */
export const TIMES = 1.5;

/** Looks are many, and other diagnoses, which name a cause, may need more of them: they are given time. */
const LOOKS_TO_ACT = 12;

/** As bad as it gets, for the confidence. */
const WORST = 10;

/** Energy distances that were never below this share of the way to fully broken were never good: what swings there is no regression. */
const ONCE_GOOD = 0.15;

const wasGood = (history: History, { quality, best }: Regression): boolean =>
  quality.signal !== "energy/samples" || best.value <= limit(history, quality.signal, ONCE_GOOD);

const isLong = ({ quality, count }: Regression): boolean =>
  count >= (quality.signal === "energy/samples" ? LOOKS_TO_ACT : TO_ACT);

export const qualityRegression: Diagnosis = {
  code: "quality-regression",
  title: "Quality regression",
  summary: "Samples were better, and have become worse for good.",
  symptom:
    "A measure such as FID had a best value some time ago and has left it far behind; losses may look as always.",
  cause:
    "Something broke late: a collapse, an overfitting discriminator, or learning rates that are too high for the end of a training. This is said " +
    "when samples are measurably worse and no other diagnosis says why.",
  toldFrom: [
    { code: "mode-collapse", by: "the samples are alike: then the worse figures follow from it" },
    { code: "discriminator-overfitting", by: "held-out reals are taken for fakes" },
    { code: "oscillation", by: "figures get better again by themselves" },
  ],
  signals: ["energy/samples", "energy/average", "fid"],
  byFigures: true,
  remedies: ["recommended-game", "decay-rates", "slower", "r1-r2", "moving-average"],
  references: [
    "Kang, Shin and Park, StudioGAN: A Taxonomy and Benchmark of GANs for Image Synthesis, 2023: its public logs, in which 1.5 times the best " +
      "FID in three evaluations is how a collapse is dated",
    "Heusel et al., GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium, 2017",
  ],
  decide(history) {
    // Looks are of the trained weights; figures of metrics are of what draws.
    const average = averageIsGood(history);
    const isHarmless = ({ quality }: Regression) => quality.signal === "energy/samples" && average !== null;
    const isFailing = (one: Regression) => isLong(one) && !isHarmless(one);
    const found = qualities(history)
      .flatMap((quality) => regression(quality, TIMES) ?? [])
      .filter((one) => one.count >= TO_WATCH && wasGood(history, one))
      .sort((a, b) => Number(isFailing(b)) - Number(isFailing(a)) || b.count - a.count);
    const [longest] = found;
    if (longest === undefined) return null;
    const times = longest.last.value / longest.best.value;
    const rows = found.map(({ quality: { signal, turned, told }, best, last }) => {
      const edge = turned ? 1 / (TIMES * best.value) : TIMES * best.value;
      return plainRow(
        signal,
        told(last),
        `${signal} is ${plain(told(last))}; it was ${plain(told(best))} at ${when(history, best.step)}`,
        turned ? edge : null,
        turned ? null : edge,
      );
    });
    const level = isFailing(longest) ? "failing" : "watch";
    return suspect(
      history,
      "quality-regression",
      { level, first: { ...longest.first, values: {} } },
      [...rows, average],
      [Math.min(1, Math.log(times / TIMES) / Math.log(WORST / TIMES))],
    );
  },
};
