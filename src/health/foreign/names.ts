/** @file What other trainers call what Gantry measures, and which way a metric is good. */

import { describeSignal } from "../signals.ts";
import type { Track } from "./series.ts";

/** Whether small or large values of a metric are good. */
export type Direction = "small" | "large";

/** Names of columns and tags, in lower case, letters and digits only, and the signals that they are. */
const SIGNALS: Readonly<Record<string, string>> = {
  ...names(
    "loss/generator",
    "lossgloss gloss lossg genloss generatorloss lossgenerator gentotal errg trainlossg traingloss",
  ),
  ...names(
    "loss/discriminator",
    "lossdloss dloss lossd disloss discloss discriminatorloss lossdiscriminator criticloss losscritic errd trainlossd traindloss",
  ),
  ...names("score/real", "lossscoresreal scoresreal scorereal drealscore realscore dlogitsreal"),
  ...names("score/fake", "lossscoresfake scoresfake scorefake dfakescore fakescore dlogitsfake"),
  ...names("sign/real", "losssignsreal signsreal signreal"),
  ...names("sign/fake", "losssignsfake signsfake signfake"),
  ...names("accuracy/real", "accuracyreal accreal realacc daccreal"),
  ...names("accuracy/fake", "accuracyfake accfake fakeacc daccfake"),
  ...names("gradient/generator", "gradientgenerator gradnormg ggradnorm gradg"),
  ...names("gradient/discriminator", "gradientdiscriminator gradnormd dgradnorm gradd"),
  ...names("penalty/r1", "lossr1penalty r1penalty"),
  ...names("penalty/r2", "lossr2penalty r2penalty"),
};

function names(signal: string, others: string): Record<string, string> {
  return Object.fromEntries(others.split(" ").map((other) => [other, signal]));
}

/** The signal that a column or a tag is by its name, or undefined. A name of Gantry's own is itself. */
export function signalOf(name: string): string | undefined {
  const signal = SIGNALS[name.toLowerCase().replace(/[^a-z0-9]/g, "")];
  return signal ?? (trackOf(name) === undefined ? undefined : name);
}

/** Where a signal stands in a history by its name, such as `loss/generator`; undefined for a name that is none. */
export function trackOf(name: string): Exclude<Track, "metrics"> | undefined {
  const signal = describeSignal(name);
  if (signal === undefined || signal.form === "list") return undefined;
  return signal.measured === "step" ? "scalars" : "looks";
}

/** A metric under one name, whoever wrote it, and which way it is good. */
export interface MetricName {
  readonly name: string;
  readonly better: Direction;
}

/** Words by which metrics are known, and which way they are good. */
const METRICS: readonly (readonly [word: RegExp, better: Direction])[] = [
  [/i?fid|frechet|kid|kernel[-_]inception|ppl|swd|sliced[-_]wasserstein|mmd|ndb/, "small"],
  [/inception[-_ ]score|classifier[-_]score|mode[-_]score|precision|recall|density|coverage|eqt|eqr|f8|f1-8/, "large"],
];

/**
 * The metric that a column or a tag is by its name: Frechet and kernel distances and path lengths are small for good
 * samples; inception score, precision, recall, density, coverage and signal-to-noise are large. What stands before the word is
 * left out: `Metrics/FID50k_full` is `fid50k_full`.
 *
 * @returns Null where nobody knows; standard deviations and times are no metrics.
 */
export function metricOf(text: string): MetricName | null {
  const plain = text.toLowerCase().trim();
  if (/(^|[^a-z])(std|sd|err|time|sec|seconds|loss)$/.test(plain)) return null;
  const pair = /^pr(\w+?)_(precision|recall)$/.exec(plain);
  if (pair !== null) return { name: `${pair[2]}-${pair[1]}`, better: "large" };
  const score = /(?:^|[^a-z])(?:is|inception)(?:[-_ ]score)?[-_ ]?(\d+k)?(?:[-_ ](?:mean|score))?$/.exec(plain);
  if (score !== null)
    return { name: `inception-score${score[1] === undefined ? "" : `-${score[1]}`}`, better: "large" };
  for (const [word, better] of METRICS) {
    const match = new RegExp(`(?<![a-z])(?:${word.source})(?![a-z])`).exec(plain);
    if (match !== null) return { name: plain.slice(match.index), better };
  }
  return null;
}

/** Which way a metric is good, by its name; null where nobody knows. */
export const directionOf = (metric: string): Direction | null => metricOf(metric)?.better ?? null;
