/**
 * @file How much of the reals the fakes cover, by the loss of a discriminator that has learned on while the generator stood still.
 *
 * With K equal kinds of which k are drawn, and drawn well, the best discriminator's cross-entropy is known: Sun, Fang and Schwing,
 * "Towards a Better Global Loss Landscape of GANs" (2020). It explains what other signals have found; one that is not at its best reads as more kinds.
 */

import type { EvidenceRow } from "../diagnosis.ts";
import type { History } from "../history.ts";
import { measured, plain, plainRow } from "./evidence.ts";

/** −(q ln (q / (q + 1)) + ln (1 / (q + 1))): the least cross-entropy of labels, where a share q of the kinds is drawn. */
export const leastOfLabels = (q: number): number => (q > 0 ? q * Math.log1p(1 / q) : 0) + Math.log1p(q);

/** The share q, 0..1, at which the least cross-entropy of labels is `loss`: it grows with q. */
export function coveredByLabels(loss: number): number {
  let [low, high] = [0, 1];
  if (loss >= leastOfLabels(high)) return high;
  while (high - low > 1e-6) {
    const middle = (low + high) / 2;
    if (leastOfLabels(middle) < loss) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The same of pairs: of a real whose kind is not drawn it is known that it is the real; of others nothing. */
export const coveredByPairs = (loss: number): number => Math.max(0, Math.min(1, loss / Math.LN2));

/** What counts kinds under an objective whose scores are logits; of the others the level says nothing. */
const COUNTS: Readonly<Record<string, readonly [signal: string, covered: (loss: number) => number]>> = {
  minimax: ["cross-entropy/labels", coveredByLabels],
  "non-saturating": ["cross-entropy/labels", coveredByLabels],
  relativistic: ["cross-entropy/pairs", coveredByPairs],
};

/** A row about it, where a discriminator has been trained on alone since `step`; else null. */
export function coveredRow({ facts, trials }: History, step: number): EvidenceRow | null {
  const counts = COUNTS[facts.objective ?? ""];
  const refit = trials.findLast(({ of }) => of === "refit-discriminator");
  if (counts === undefined || refit === undefined || refit.step < step) return null;
  const [signal, covered] = counts;
  const loss = measured(refit, signal);
  if (loss === undefined) return null;
  const share = plain(100 * covered(loss));
  return plainRow(
    signal,
    loss,
    `a discriminator that is trained on alone sees fakes beside ${share} % of the reals, or fewer`,
  );
}
