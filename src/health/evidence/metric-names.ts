/** @file Figures of metrics by their names, whoever wrote them: what each is, and which way it is good. */

/** Whether small or large values of a metric are good. */
export type Direction = "small" | "large";

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

/** What stands beside figures and is none: how sure they are, what they took, what they were fitted with. */
const NO_FIGURE = /(^|[^a-z])(std|sd|err|time|sec|seconds|loss|slope)$/;

/** Inception scores by their short names. One word may stand before it; more is another metric, and the extractor of its features. */
const SCORE = /^(?:.*\/)?(?:([a-z]+)[-_ ])?(?:is|inception)(?:[-_ ]score)?[-_ ]?(\d+k)?(?:[-_ ](?:mean|score))?$/;

/**
 * The metric that a column, a tag or a figure is by its name: Frechet and kernel distances and path lengths are small for good
 * samples; inception score, precision, recall, density, coverage and signal-to-noise are large. What stands before the word is
 * left out: `Metrics/FID50k_full` is `fid50k_full`.
 *
 * @returns Null where nobody knows; standard deviations and times are no metrics.
 */
export function metricOf(text: string): MetricName | null {
  const plain = text.toLowerCase().trim();
  if (NO_FIGURE.test(plain)) return null;
  const pair = /^pr(\w+?)_(precision|recall)$/.exec(plain);
  if (pair !== null) return { name: `${pair[2]}-${pair[1]}`, better: "large" };
  const score = SCORE.exec(plain);
  if (score !== null && wordIn(score[1] ?? "") === null)
    return { name: `inception-score${score[2] === undefined ? "" : `-${score[2]}`}`, better: "large" };
  // What stands after a slash says what it is, as long as it says anything: density in `prdc-10k-fid_net/density`.
  return wordIn(plain.slice(plain.lastIndexOf("/") + 1)) ?? wordIn(plain);
}

/** The first word of {@link METRICS} in a text, with what follows it. */
function wordIn(plain: string): MetricName | null {
  for (const [word, better] of METRICS) {
    const match = new RegExp(`(?<![a-z])(?:${word.source})(?![a-z])`).exec(plain);
    if (match !== null) return { name: plain.slice(match.index), better };
  }
  return null;
}

/** Which way a metric is good, by its name; null where nobody knows. */
export const directionOf = (metric: string): Direction | null => metricOf(metric)?.better ?? null;
