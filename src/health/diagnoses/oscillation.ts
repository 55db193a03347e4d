/** @file Oscillation: the players chase each other round and round, and what is drawn changes and comes back. */

import { mean, median } from "../../util/averages.ts";
import type { Confirmation, Diagnosis, EvidenceRow } from "../diagnosis.ts";
import { averageIsGood } from "../evidence/average.ts";
import { confidenceOf, measured, plain, plainRow } from "../evidence/evidence.ts";
import { limit, nullOf } from "../evidence/limits.ts";
import { motionOf, vectorOf } from "../evidence/motion.ts";
import { ENERGY_FLOOR, gainsLately, isStuck } from "../evidence/quality.ts";
import { energies, improves, period } from "../evidence/trends.ts";
import type { History, Reading } from "../history.ts";

/** Looks that are searched for a motion that comes round, and the fewest. */
const [WINDOW, FEWEST] = [40, 12];

/** The share of the training at whose beginning everything moves: that is learning, and no oscillation. */
const YOUTH = 0.1;

/** How alike states must be when they come round, 0..1, and the shortest period in looks. */
const [PEAK, SHORTEST] = [0.5, 3];

/** Bins must move so many times as much as drawing at random moves them. */
const MORE_THAN_CHANCE = 4;

/** A bin is covered from half of its mean count on, and lost below a tenth; it must change so often to count. */
const [COVERED, LOST, CHANGES] = [0.5, 0.1, 3];

/** Share of the fakes in bins that come and go: enough to watch, enough to act on. */
const [SOME, MANY] = [0.1, 0.25];

/** Standard deviations of the null, and share of the way to broken, by which an energy distance must swing. */
const [NULL_SDS, SWING] = [4, 0.1];

/** Samples that are nearer to reals than ever before, by this share, are getting better at this look. */
const NEARER = 0.15;

type Motion = { readonly lag: number; readonly peak: number };

/** The motion of bins: their counts come round, and not by chance. */
function motionOfBins(counts: readonly (readonly number[])[]): Motion | null {
  const found = period(counts);
  if (found === null || found.peak < PEAK || found.lag < SHORTEST) return null;
  const bins = counts[0] as readonly number[];
  const chance = bins.map((_, k) => mean(counts.map((each) => each[k] as number)));
  const total = chance.reduce((sum, count) => sum + count, 0);
  // What counts of as many fakes vary by when nothing changes: n p (1 − p).
  const expected = chance.reduce((sum, count) => sum + count * (1 - count / total), 0);
  const seen = mean(
    counts.map((each) => each.reduce((sum, count, k) => sum + (count - (chance[k] as number)) ** 2, 0)),
  );
  return seen > MORE_THAN_CHANCE * expected ? found : null;
}

/** How often a bin goes from covered to lost or back. */
function changesOf(counts: readonly number[]): number {
  const middle = mean(counts);
  let [state, changes] = [null as boolean | null, 0];
  for (const count of counts) {
    const next = count >= COVERED * middle ? true : count <= LOST * middle ? false : state;
    if (state !== null && next !== state) changes++;
    state = next;
  }
  return changes;
}

/** The share of all fakes that fall into bins which come and go. */
function shareThatComesAndGoes(counts: readonly (readonly number[])[]): number {
  const sums = (counts[0] as readonly number[]).map((_, k) => mean(counts.map((each) => each[k] as number)));
  const total = sums.reduce((sum, count) => sum + count, 0);
  const moving = sums.reduce((sum, share, k) => {
    const own = counts.map((each) => each[k] as number);
    // In a bin of a few fakes chance alone comes and goes.
    return sum + (share >= 4 && changesOf(own) >= CHANGES ? share : 0);
  }, 0);
  return total > 0 ? moving / total : 0;
}

/** The motion of the energy distance: it swings by much, and comes round. */
function motionOfEnergy(history: History, looks: readonly Reading[]): Motion | null {
  const values = looks.flatMap((look) => measured(look, "energy/samples") ?? []);
  if (values.length < FEWEST) return null;
  const found = period(values.map((value) => [value]));
  if (found === null || found.peak < PEAK || found.lag < SHORTEST) return null;
  const centre = mean(values);
  const sd = Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
  const chance = nullOf(history, "energy/samples")?.sd ?? 0;
  const isLarge =
    sd > NULL_SDS * chance && 2 * sd > SWING && median(values) > limit(history, "energy/samples", ENERGY_FLOOR);
  return isLarge ? found : null;
}

/** How much better the moving average must be, as a share of the raw energy distance, to confirm; and to refute. */
const [BETTER, NO_BETTER] = [0.7, 0.95];

function readTrial(history: History): Confirmation {
  const trial = history.trials.findLast(({ of }) => of === "average-weights");
  const look = history.looks.findLast(({ step }) => trial !== undefined && step <= trial.step);
  const raw = look && measured(look, "energy/samples");
  const averaged = trial && measured(trial, "energy/samples");
  if (raw === undefined || averaged === undefined || raw <= 0) return "unclear";
  return averaged < BETTER * raw ? "confirmed" : averaged > NO_BETTER * raw ? "refuted" : "unclear";
}

/** What a player's weights did meanwhile. It explains; what is drawn decides. */
function rowOfWeights(looks: readonly Reading[], player: "generator" | "discriminator"): EvidenceRow | null {
  const motion = motionOf(looks, player);
  if (motion === undefined || motion.far === 0) return null;
  const { way, far, turn, round } = motion;
  const back = round && round.peak >= PEAK && round.lag >= SHORTEST ? `, and come round after ${round.lag} looks` : "";
  const says = `the ${player}'s weights went ${plain(way / far)} times as far as they got, turning by ${plain(turn)}° from look to look${back}`;
  return plainRow(`sketch/${player}`, way / far, says);
}

export const oscillation: Diagnosis = {
  code: "oscillation",
  title: "Oscillation",
  summary: "The players chase each other, and what is drawn comes and goes.",
  symptom:
    "Each grid of samples shows other kinds, colours or places than the one before, and after a while the first ones come back.",
  cause:
    "A game is no descent: where each player's best move depends on the other's, their gradients turn round the solution and not into it. " +
    "Simultaneous moves, momentum and high learning rates drive them outwards; without a penalty nothing pulls them in.",
  toldFrom: [
    { code: "mode-dropping", by: "the same kinds are missing all the time" },
    { code: "mode-collapse", by: "the same few samples stay" },
    { code: "exploding-gradient", by: "what grows does not come back" },
  ],
  signals: ["bins/fake", "energy/samples", "energy/average", "sketch/generator", "sketch/discriminator"],
  enough: [["bins/fake"], ["energy/samples"]],
  remedies: [
    "recommended-game",
    "decay-rates",
    "alternate",
    "lower-momentum",
    "r1-r2",
    "moving-average",
    "optimistic",
    "replay",
  ],
  references: [
    "Mescheder, Geiger and Nowozin, Which Training Methods for GANs do actually Converge?, 2018",
    "Mescheder, Nowozin and Geiger, The Numerics of GANs, 2017",
    "Yazıcı et al., The Unusual Effectiveness of Averaging in GAN Training, 2019",
  ],
  decide(history) {
    // What changes while samples get better is learning.
    const far = energies(history);
    if (improves(far) || gainsLately(far, NEARER, 1)) return null;
    const start = YOUTH * (history.facts.steps ?? 0);
    const looks = history.looks.slice(-WINDOW).filter(({ step }) => step > start);
    const counts = looks.flatMap((look) => {
      const vector = vectorOf(look, "bins/fake");
      return vector === undefined ? [] : [vector];
    });
    const isWhole = counts.length >= FEWEST && counts.every(({ length }) => length === counts[0]?.length);
    const bins = isWhole ? motionOfBins(counts) : null;
    const share = isWhole ? shareThatComesAndGoes(counts) : 0;
    const energy = motionOfEnergy(history, looks);
    const isSeen = share > MANY || (bins !== null && share > SOME) || energy !== null;
    // Kinds that come and go a little in samples that are near reals do no harm.
    if ((!isSeen && bins === null && share <= SOME) || isStuck(history) === false) return null;
    // Two turns must be seen before the motion may be said to last.
    const turn = Math.max(bins?.lag ?? 0, energy?.lag ?? 0, SHORTEST);
    const first = looks[Math.max(0, looks.length - Math.max(2 * turn, FEWEST))] as Reading;
    const average = averageIsGood(history);
    const level = isSeen && average === null ? "failing" : "watch";
    const peak = Math.max(bins?.peak ?? 0, energy?.peak ?? 0);
    const rows = [
      share > SOME
        ? plainRow(
            "bins/fake",
            share,
            `a share of ${plain(share)} of the fakes is in bins that were lost and found again, and again`,
            null,
            SOME,
          )
        : null,
      bins &&
        plainRow(
          "bins/fake",
          bins.peak,
          `what is drawn comes back after ${bins.lag} looks (alike by ${plain(bins.peak)} of 1)`,
          null,
          PEAK,
        ),
      energy &&
        plainRow(
          "energy/samples",
          energy.peak,
          `the distance to reals rises and falls, and comes back after ${energy.lag} looks`,
          null,
          PEAK,
        ),
      average,
      ...(["generator", "discriminator"] as const).map((player) => rowOfWeights(looks, player)),
    ].filter((row) => row !== null);
    const confidence = confidenceOf(level, [Math.max(peak, share)]);
    return {
      code: "oscillation",
      level,
      confidence,
      onset: { step: first.step, images: first.images },
      evidence: rows,
    };
  },
  confirmation: { trial: "average-weights", read: readTrial },
};
