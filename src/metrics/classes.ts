/** @file Scores out of a classifier's probabilities. */

import { ShapeError } from "../util/errors.ts";
import { evenly, klDivergence, klFloor, klToUniform, type UniformKl } from "./histogram.ts";

/** Class probabilities f32[N, K], row by row. */
export interface Probabilities {
  readonly data: Float32Array;
  readonly classes: number;
}

const countOf = ({ data, classes }: Probabilities): number => {
  if (data.length === 0 || data.length % classes !== 0) {
    throw new ShapeError(`${data.length} numbers are not rows of ${classes} probabilities`);
  }
  return data.length / classes;
};

/** The mean row: how often each class is expected. */
export function classMean(p: Probabilities): Float64Array {
  const count = countOf(p);
  const mean = new Float64Array(p.classes);
  p.data.forEach((value, i) => {
    mean[i % p.classes]! += value / count;
  });
  return mean;
}

/** The mean over samples of KL(p(y|x) || q). */
function meanKl(p: Probabilities, q: ArrayLike<number>): number {
  const count = countOf(p);
  let sum = 0;
  for (let n = 0; n < count; n++) sum += klDivergence(p.data.subarray(n * p.classes, (n + 1) * p.classes), q);
  return sum / count;
}

/**
 * exp E KL(p(y|x) || p(y)), from 1 to the number of classes: how sure the classifier is, and how even the classes are. With an Inception
 * network it is the Inception score (Salimans et al., 2016), over all samples at once, where the published figures are means of ten tenths and so
 * a little smaller; it does not look at the reals at all.
 */
export const classifierScore = (fakes: Probabilities): number => Math.exp(meanKl(fakes, classMean(fakes)));

/**
 * exp(E KL(p(y|x) || p(y)) - KL(p(y) || p*(y))), p* the class shares of the reals: the classifier score, less where classes have other
 * shares than in the data. Che et al., "Mode Regularized Generative Adversarial Networks" (2017), in the form of Xu et al., "An Empirical
 * Study on Evaluation Metrics of Generative Adversarial Networks" (2018). With p* in both terms, as it is often printed, p* cancels and
 * what is left is the classifier score itself.
 */
export function modeScore(fakes: Probabilities, reals: Probabilities): number {
  const found = classMean(fakes);
  return Math.exp(meanKl(fakes, found) - klDivergence(found, classMean(reals)));
}

/** The most probable class of each sample, and how probable it is on average. */
export function classify(p: Probabilities): { readonly labels: Int32Array; readonly confidence: number } {
  const count = countOf(p);
  const labels = new Int32Array(count);
  let confidence = 0;
  for (let n = 0; n < count; n++) {
    const line = p.data.subarray(n * p.classes, (n + 1) * p.classes);
    line.forEach((value, k) => {
      if (value > line[labels[n]!]!) labels[n] = k;
    });
    confidence += line[labels[n]!]! / count;
  }
  return { labels, confidence };
}

/** How often each of `classes` labels occurs. */
export function classCounts(labels: ArrayLike<number>, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (let i = 0; i < labels.length; i++) counts[labels[i]!]!++;
  return counts;
}

/** Modes of Stacked-MNIST: 1,000 triples of digits. */
export interface StackedReport extends UniformKl {
  /** What the KL is on average for a perfect generator: 999 / (2 N). */
  readonly floor: number;
  /** Mean probability of the digits read. There is no reject class: noise hits modes too, with little confidence. */
  readonly confidence: number;
}

/**
 * The number of triples hit and KL(generated || uniform over 1,000), from the digits read in the three channels.
 * Metz et al. (2017) and Srivastava et al. (2017); their numbers of samples differ (25,600 and 26,000), and with them the floor.
 *
 * @param channels Probabilities of ten digits for each of the three channels, same order of samples.
 */
export function stackedReport(channels: readonly [Probabilities, Probabilities, Probabilities]): StackedReport {
  const read = channels.map(classify);
  const [hundreds, tens, ones] = read.map(({ labels }) => labels) as [Int32Array, Int32Array, Int32Array];
  const triples = hundreds.map((digit, i) => 100 * digit + 10 * tens[i]! + ones[i]!);
  return {
    ...klToUniform(classCounts(triples, 1000)),
    floor: klFloor(evenly(1000), triples.length),
    confidence: read.reduce((sum, { confidence }) => sum + confidence / 3, 0),
  };
}
