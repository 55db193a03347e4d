/** @file Mode collapse: fakes that are nearly all alike. */

import type { Diagnosis } from "../diagnosis.ts";
import { coveredRow } from "../evidence/covered.ts";
import { type Grade, measured, plain, row, stretchOf, suspect } from "../evidence/evidence.ts";
import { beyond } from "../evidence/limits.ts";
import { hasSetOut } from "../evidence/motion.ts";
import { gainsLately } from "../evidence/quality.ts";
import { energies, finiteSeries, improves, smoothed } from "../evidence/trends.ts";
import { hasRisen, risenAt } from "../evidence/warm-up.ts";
import type { History, Reading } from "../history.ts";

/** Shares of the way from as different as reals to all the same. */
const [WATCH, FAILING] = [0.35, 0.5];

/** Share of fakes with a twin, beyond those of reals, that is a collapse whatever the distances say. */
const MANY_TWINS = 0.5;

/**
 * What must agree with the distances between samples, where it is measured: any one of these, by so much. One is enough,
 * because each is blind to some collapse: noise around one point has the rank of reals, and no twins.
 */
const WITNESSES = {
  "diversity/features": 0.5,
  "bins/missing": 0.5,
  "duplicates/samples": 0.05,
  "rank/samples": 0.5,
  "rank/features": 0.5,
} as const;

function agrees(history: History, look: Reading): boolean {
  const known = Object.entries(WITNESSES).flatMap(([signal, share]) => {
    const value = measured(look, signal);
    return value === undefined ? [] : [beyond(history, signal, value, share)];
  });
  return known.length === 0 || known.some(Boolean);
}

function grade(history: History, look: Reading): Grade | null {
  const diversity = measured(look, "diversity/samples");
  const twins = measured(look, "duplicates/samples") ?? 0;
  if (diversity === undefined) return null;
  const isLow = (share: number) => beyond(history, "diversity/samples", diversity, share);
  if ((isLow(FAILING) && agrees(history, look)) || beyond(history, "duplicates/samples", twins, MANY_TWINS))
    return "failing";
  return isLow(WATCH) ? "watch" : "right";
}

/** The share by which samples must be nearer to reals than ever before, and the looks within which they must have been. */
const [NEARER, LATELY] = [0.05, 5];

/** Fakes that become more different are on their way out of it; ones that never varied but come nearer to reals are young. */
function isRising(history: History): boolean {
  const alike = finiteSeries(history.looks, "diversity/samples").map((point) => ({ ...point, value: 1 - point.value }));
  return improves(alike) || leaps(history) || (!hasRisen(history) && comesNearerThanEver(history));
}

/** Looks in a row that are each more different than the one before, and nearer to reals; together so many times, and by so much. */
const [LOOKS_OF_LEAP, LEAP, RISE] = [3, 1.5, 0.05];

/** Whether fakes have just begun to become more different, by more than noise: five looks hardly show it yet. */
function leaps({ looks }: History): boolean {
  const last = looks.slice(-LOOKS_OF_LEAP).map((look) => ({
    different: measured(look, "diversity/samples") ?? Number.NaN,
    far: measured(look, "energy/samples") ?? Number.NaN,
  }));
  const [first, now] = [last[0], last.at(-1)];
  if (first === undefined || now === undefined || last.length < LOOKS_OF_LEAP) return false;
  const isOnTheWay = last.slice(1).every(({ different, far }, i) => {
    const before = last[i] as typeof first;
    return different > before.different && far < before.far;
  });
  return isOnTheWay && now.different > Math.max(LEAP * first.different, first.different + RISE);
}

/** One sample that is drawn again and again, and changes, comes nearer and goes away again: only nearer than ever before counts. */
function comesNearerThanEver(history: History): boolean {
  const points = energies(history);
  return improves(points) && gainsLately(smoothed(points), NEARER, LATELY);
}

export const modeCollapse: Diagnosis = {
  code: "mode-collapse",
  title: "Mode collapse",
  summary: "Fakes are nearly all alike.",
  symptom:
    "Whatever the latent, the generator draws the same few samples. They may look good one by one, and the losses may look as always.",
  cause:
    "The generator is paid for each sample alone, so the best it can do against the discriminator of the moment is the one sample that this " +
    "takes for most real. It happens when the generator moves much faster than the discriminator can answer, when the " +
    "discriminator is too small, or too steep where the fakes are.",
  toldFrom: [
    {
      code: "mode-dropping",
      by: "some kinds of samples are missing, but those that are drawn differ as much as reals",
    },
    { code: "vanishing-gradient", by: "the generator gets no gradient, and that came before the fakes became alike" },
    { code: "stalled", by: "the fakes are alike because nothing has been learned yet, and the weights do not move" },
    { code: "oscillation", by: "the few samples change from look to look, and come back" },
  ],
  signals: [
    "diversity/samples",
    "diversity/features",
    "bins/missing",
    "duplicates/samples",
    "rank/samples",
    "rank/features",
    "energy/samples",
    "scale/samples",
    "update/generator",
  ],
  remedies: ["recommended-game", "relativistic-r1-r2", "packing", "minibatch-stddev", "unroll", "wider-discriminator"],
  references: [
    "Lin et al., PacGAN: The Power of Two Samples in Generative Adversarial Networks, 2018",
    "Metz et al., Unrolled Generative Adversarial Networks, 2017",
    "Sun, Fang and Schwing, Towards a Better Global Loss Landscape of GANs, 2020",
    "Huang et al., The GAN is Dead; Long Live the GAN! A Modern Baseline GAN, 2024",
  ],
  decide(history) {
    const risen = risenAt(history);
    const looks = risen === undefined ? history.looks : history.looks.filter(({ step }) => step >= risen);
    const found = stretchOf(looks, (look) => grade(history, look));
    // Samples are alike at initialisation, too.
    if (found === null || !hasSetOut(history, "generator", found.last.step)) return null;
    const { first, last } = found;
    const rising = isRising(history);
    if (rising && found.level === "watch") return null;
    // On their way out of it they need no remedy; but as long as they are nearly all alike they are not healthy either.
    const level = rising ? "watch" : found.level;
    const say = (signal: string, share: number, words: (value: number) => string) => {
      const value = measured(last, signal);
      return value === undefined ? null : row(history, signal, value, share, words(value));
    };
    const rows = [
      say("diversity/samples", FAILING, (v) => `fakes are ${plain(v)} times as far from each other as reals are`),
      say("diversity/features", 0.5, (v) => `to the discriminator they are ${plain(v)} times as far apart as reals`),
      say("duplicates/samples", MANY_TWINS, (v) => `a share of ${plain(v)} of the fakes has a twin`),
      say("bins/missing", 0.5, (v) => `fakes are missing where a share of ${plain(v)} of the reals is`),
      say("rank/samples", 0.5, (v) => `fakes vary in ${plain(v)} times as many directions as reals do`),
      coveredRow(history, first.step),
    ];
    // What speaks for it stands in front, whatever is measured.
    const speaking = rows.filter((each) => each && isOutside(each));
    const evidence = [...speaking, ...rows.filter((each) => !speaking.includes(each))];
    return suspect(history, "mode-collapse", { level, first }, evidence);
  },
};

const isOutside = ({ value, low, high }: { value: number; low: number | null; high: number | null }): boolean =>
  (low !== null && value < low) || (high !== null && value > high);
