/** @file Stalled: nothing is learned, and the samples are as bad as they were. */

import type { Diagnosis } from "../diagnosis.ts";
import { measured, plain, plainRow, row, suspect, when } from "../evidence/evidence.ts";
import { beyond } from "../evidence/limits.ts";
import { changeOfKinds, isSpeedingUp, isStill, setsOutAt, updateOf } from "../evidence/motion.ts";
import { lastGain } from "../evidence/quality.ts";
import { energies, smoothed } from "../evidence/trends.ts";
import type { History, Point, Reading } from "../history.ts";

/** Fakes must be so far on the way to fully broken, and never have come below this share of where they began. */
const [FAR, NEVER_BELOW] = [0.15, 0.5];

/** The share of the training in which nothing improved, the fewest looks in it, and what counts as improvement. */
const [SHARE, LOOKS, IMPROVEMENT] = [0.15, 8, 0.05];

/** Samples that go from kind to kind so much more than chance does have not stalled, even if they get no better: they wander. */
const MORE_THAN_CHANCE = 4;

/** Looks after which weights that stand still are called so. */
const STILL_LOOKS = 5;

/** Ticks in which neither loss changes by a bit. */
const TICKS = 10;

/** Both losses, exactly constant at the end, for {@link TICKS} ticks or more: the first tick of it. */
function frozenLosses({ scalars }: History): Reading | undefined {
  const losses = (["loss/generator", "loss/discriminator"] as const).map((signal) => {
    const end = scalars.at(-1)?.values[signal];
    const isOther = ({ values }: Reading) => values[signal] !== end;
    return end !== undefined && Number.isFinite(end) ? scalars.findLastIndex(isOther) + 1 : scalars.length;
  });
  const first = Math.max(...losses);
  return scalars.length - first >= TICKS ? scalars[first] : undefined;
}

/** Share of the training that a generator is given to leave its beginning, at most. */
const TO_SET_OUT = 0.6;

/** The step until which a generator has time: when it leaves its beginning, or will. One that never will, and gets no faster, has none. */
function timeToSetOut(history: History): number {
  const setsOut = setsOutAt(history, "generator") ?? 0;
  if (setsOut === Number.POSITIVE_INFINITY && !isSpeedingUp(history, "generator")) return 0;
  return Math.min(setsOut, TO_SET_OUT * (history.facts.steps ?? Number.POSITIVE_INFINITY));
}

export const stalled: Diagnosis = {
  code: "stalled",
  title: "Stalled",
  summary: "Nothing is learned, and the samples are as bad as they were.",
  symptom: "Samples are noise, grey or blobs, as at the beginning, and every measure is a flat line.",
  cause:
    "Learning rates that are too small by orders of magnitude, a player whose weights are not trained, or a game in which both players' " +
    "gradients are lost, such as under far too strong penalties.",
  toldFrom: [
    { code: "vanishing-gradient", by: "the discriminator is sure of everything, and the generator's gradient is gone" },
    { code: "discriminator-underfitting", by: "the weights move, and the discriminator cannot tell fakes from reals" },
    { code: "mode-collapse", by: "the samples were further once, or look like a real" },
    { code: "oscillation", by: "the samples change from look to look, and get no better by it" },
  ],
  signals: [
    "energy/samples",
    "update/generator",
    "update/discriminator",
    "loss/generator",
    "loss/discriminator",
    "bins/fake",
  ],
  enough: [["energy/samples"], ["loss/generator", "loss/discriminator"]],
  remedies: ["recommended-game", "fewer-penalties", "relativistic-r1-r2", "faster-discriminator", "larger-batch"],
  references: [
    "Mescheder, Nowozin and Geiger, The Numerics of GANs, 2017",
    "Constant losses of 0 and 0.5: HyperGAN/HyperGAN, issue 177",
  ],
  decide(history) {
    const frozen = frozenLosses(history);
    const points = smoothed(energies(history));
    const last = history.looks.at(-1);
    if (last === undefined || points.length === 0) {
      if (frozen === undefined) return null;
      const value = measured(frozen, "loss/generator") as number;
      const says = `both losses have been exactly the same for ${TICKS} ticks`;
      return suspect(
        history,
        "stalled",
        { level: "failing", first: frozen },
        [plainRow("loss/generator", value, says)],
        [0.5],
      );
    }
    const now = (points.at(-1) as Point).value;
    if (!beyond(history, "energy/samples", now, FAR)) return null;
    const [still, blind] = [isStill(history, "generator"), isStill(history, "discriminator")];
    const since = lastGain(points, IMPROVEMENT) as Point;
    const after = points.filter(({ step }) => step > since.step);
    const { steps } = history.facts;
    const begins = Math.max(since.step, timeToSetOut(history));
    const isLong = steps === null || last.step - begins >= SHARE * steps;
    const hasNeverRisen = points.every(({ value }) => value >= NEVER_BELOW * (points[0] as Point).value);
    const wanders = (changeOfKinds(history.looks.slice(-LOOKS)) ?? 0) > MORE_THAN_CHANCE;
    const isFlat = after.length >= LOOKS && isLong && hasNeverRisen && !wanders;
    const isFrozen = (still === true || frozen !== undefined) && history.looks.length >= STILL_LOOKS;
    if (!isFlat && !isFrozen) return null;
    const update = updateOf(history, "generator");
    const both = blind ? "both players' weights" : "the generator's weights";
    const first = isFlat || frozen === undefined ? since : frozen;
    return suspect(
      history,
      "stalled",
      { level: "failing", first: { ...first, values: {} } },
      [
        row(
          history,
          "energy/samples",
          now,
          FAR,
          `fakes are ${plain(now)} as unlike reals as one repeated sample would be`,
        ),
        isFlat
          ? plainRow(
              "energy/samples",
              since.value,
              `at ${when(history, since.step)} it was ${plain(since.value)}, and it has not improved since`,
            )
          : null,
        still && update !== undefined
          ? plainRow("update/generator", update, `${both} move by ${plain(update)} of their size in a step`)
          : null,
        frozen
          ? plainRow("loss/generator", measured(frozen, "loss/generator") as number, "both losses are exactly constant")
          : null,
      ],
      [Math.min(1, now)],
    );
  },
};
