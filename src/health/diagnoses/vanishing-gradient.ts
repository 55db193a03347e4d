/** @file Vanishing gradient: the discriminator is sure, and tells the generator nothing. */

import { median } from "../../util/averages.ts";
import type { Confirmation, Diagnosis } from "../diagnosis.ts";
import { type Grade, measured, plain, plainRow, row, stretchOf, suspect, toldApartRow } from "../evidence/evidence.ts";
import { beyond, depth, nullOf } from "../evidence/limits.ts";
import { ENERGY_FLOOR, isStuck } from "../evidence/quality.ts";
import { finiteSeries } from "../evidence/trends.ts";
import type { History, Reading } from "../history.ts";
import { once } from "../numerics/numbers.ts";

/** The share of the way to perfect at which the discriminator counts as sure. */
const SURE = 0.9;

/** The generator's signal, of 1, and the size of its gradient beside what it was, below which nothing is learned. */
const [FAINT, SHRUNK] = [0.02, 1e-3];

/** Ticks whose median is compared, and the fewest before them. */
const [TICKS, EARLIER] = [3, 10];

/** Without looks, the gradient must have been gone for so many ticks. */
const TICKS_TO_ACT = 10;

/** Size of the generator's gradient at a step. */
interface Share {
  readonly step: number;
  /** Beside the median of all before; of a gradient that is gone, of all before it went, however long ago that is. */
  readonly share: number;
}

const gradientShares = once((scalars: readonly Reading[]): readonly Share[] => {
  const points = finiteSeries(scalars, "gradient/generator");
  const values = points.map(({ value }) => value);
  const shares: Share[] = [];
  let [largest, gone]: [number, number | null] = [0, null];
  for (let end = 1; end <= points.length; end++) {
    largest = Math.max(largest, values[end - 1]!);
    if (end < EARLIER + TICKS) continue;
    const now = median(values.slice(end - TICKS, end));
    // No median is above the largest: most ticks are clear without sorting.
    const before: number = gone ?? (now < SHRUNK * largest ? median(values.slice(0, end - TICKS)) : largest);
    if (!(before > 0)) continue;
    const share = now / before;
    gone = share < SHRUNK ? before : null;
    shares.push({ step: points[end - 1]!.step, share });
  }
  return shares;
});

/** The share at the last tick up to `step`; at least so much where it is no small one; undefined where too little is known. */
function gradientShare({ scalars }: History, step: number): number | undefined {
  return gradientShares(scalars).findLast((one) => one.step <= step)?.share;
}

function grade(history: History, look: Reading): Grade | null {
  const auc = measured(look, "auc/fake");
  if (auc === undefined) return null;
  const signal = measured(look, "signal/generator");
  const share = gradientShare(history, look.step);
  const isGone = (signal !== undefined && signal < FAINT) || (share !== undefined && share < SHRUNK);
  return beyond(history, "auc/fake", auc, SURE) && isGone ? "failing" : "right";
}

function gradeTick(history: History, tick: Reading): Grade | null {
  const share = gradientShare(history, tick.step);
  return share === undefined ? null : share < SHRUNK ? "failing" : "right";
}

/** By how much samples must have moved under the generator's own steps to say that it is alive. */
const MOVED = 0.05;

/** Whether the generator, alone against a discriminator that stands still, gets anywhere. */
function readTrial(history: History): Confirmation {
  const trial = history.trials.findLast(({ of }) => of === "step-generator");
  const before = history.looks.findLast(({ step }) => trial !== undefined && step <= trial.step);
  if (trial === undefined || before === undefined) return "unclear";
  const change = (signal: string) => {
    const [from, to] = [measured(before, signal), measured(trial, signal)];
    if (from === undefined || to === undefined) return undefined;
    return Math.abs(to - from) - 4 * (nullOf(history, signal)?.sd ?? 0);
  };
  const moves = ["auc/fake", "energy/samples", "scale/samples"].flatMap((signal) => change(signal) ?? []);
  if (moves.length === 0) return "unclear";
  return moves.some((move) => move > MOVED) ? "refuted" : "confirmed";
}

export const vanishingGradient: Diagnosis = {
  code: "vanishing-gradient",
  title: "Vanishing gradient",
  summary: "The discriminator is sure of everything, and the generator gets no gradient.",
  symptom:
    "The discriminator tells every fake from every real, its loss is nearly 0, and the samples have stopped changing.",
  cause:
    "A discriminator without a limit on its slope becomes a step between reals and fakes, and a step has no slope where the fakes are. With " +
    "the saturating loss the generator's gradient also has the factor σ(D(fake)), which is then nearly 0. A discriminator that " +
    "learns too fast, or a trivial difference between reals and fakes, gets there first.",
  toldFrom: [
    {
      code: "data-fault",
      by: "a trivial number, such as the smallest of a sample, tells fakes from reals, so the discriminator had nothing to learn",
    },
    { code: "stalled", by: "the generator gets a gradient, and its learning rate is too small to use it" },
    { code: "discriminator-overfitting", by: "held-out reals are taken for fakes, too" },
    {
      code: "quality-regression",
      by: "a discriminator that is always right is no failure while the generator's gradient is alive: good models train so",
    },
  ],
  signals: ["signal/generator", "auc/fake", "gradient/generator", "energy/samples"],
  enough: [["signal/generator", "auc/fake"], ["gradient/generator"]],
  remedies: ["recommended-game", "non-saturating", "r1-r2", "instance-noise", "spectral-norm", "slower-discriminator"],
  references: [
    "Arjovsky and Bottou, Towards Principled Methods for Training Generative Adversarial Networks, 2017",
    "Goodfellow et al., Generative Adversarial Nets, 2014",
    "Miyato et al., Spectral Normalization for Generative Adversarial Networks, 2018",
  ],
  decide(history) {
    const found = history.looks.some(({ values }) => values["auc/fake"] !== undefined)
      ? stretchOf(history.looks, (look) => grade(history, look))
      : stretchOf(history.scalars, (tick) => gradeTick(history, tick), TICKS_TO_ACT);
    // A generator that still gets better, or that is as good as reals, lacks nothing.
    if (found === null || isStuck(history) === false) return null;
    const { last } = found;
    const [signal, energy] = ["signal/generator", "energy/samples"].map((name) => measured(last, name));
    const known = gradientShare(history, last.step);
    const share = known !== undefined && known < SHRUNK ? known : undefined;
    const depths = [...(signal === undefined ? [] : [depth(history, "signal/generator", signal)])];
    return suspect(
      history,
      "vanishing-gradient",
      found,
      [
        signal === undefined
          ? null
          : plainRow(
              "signal/generator",
              signal,
              `the generator's signal is ${plain(signal)} of its full strength`,
              FAINT,
            ),
        share === undefined
          ? null
          : plainRow("gradient/generator", share, `the generator's gradient is ${plain(share)} of what it was`, SHRUNK),
        toldApartRow(history, last, SURE),
        energy === undefined
          ? null
          : row(history, "energy/samples", energy, ENERGY_FLOOR, "fakes are unlike reals and do not get better"),
      ],
      depths.length > 0 ? depths : [share === undefined ? 0 : 1 - Math.min(1, share / SHRUNK)],
    );
  },
  confirmation: { trial: "step-generator", read: readTrial },
};
