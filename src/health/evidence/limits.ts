/**
 * @file How far a signal may be from right before a diagnosis speaks: what chance does not explain, and enough of an effect.
 *
 * Chance: the null of the signal, reals against reals, of which one look in a thousand lies outside. Effect: a share of the way from
 * right to fully broken, the same for all data. Both must be exceeded. A good GAN is never exactly as good as reals, so
 * chance alone would always alarm; and small looks are noisy, so an effect alone would alarm at random.
 */

import type { History, Null } from "../history.ts";
import { aucNull } from "../numerics/null.ts";

/** What a signal is when nothing is wrong, and when everything is. */
const ENDS: Readonly<Record<string, readonly [right: number, broken: number]>> = {
  "diversity/samples": [1, 0],
  "diversity/features": [1, 0],
  "diversity/average": [1, 0],
  "rank/samples": [1, 0],
  "rank/features": [1, 0],
  "scale/samples": [1, 0],
  "duplicates/samples": [0, 1],
  "bins/missing": [0, 1],
  "bins/different": [0.05, 1],
  // A point that is repeated, or a cloud far from all reals, is 1 or more from them.
  "energy/samples": [0, 1],
  "energy/average": [0, 1],
  "copying/ratio": [1, 0],
  "auc/fake": [0.5, 1],
  "auc/held-out": [0.5, 1],
  "overfit/gap": [0, 1],
  "signal/generator": [1, 0],
};

/**
 * The null of `signal`, where it is known. That of the discriminator's two-sample statistics is Mann and Whitney's, for as many logits
 * as a look has samples.
 */
export function nullOf(history: History, signal: string): Null | undefined {
  const known = history.nulls[signal];
  const count = history.facts.lookSamples;
  if (known !== undefined || !signal.startsWith("auc/") || count === null) return known;
  return aucNull(count, count);
}

function endsOf(history: History, signal: string): readonly [right: number, broken: number] {
  const ends = ENDS[signal] ?? (signal.startsWith("tell/") ? ([0.5, 1] as const) : undefined);
  if (ends === undefined) throw new Error(`internal: no limits are known for ${signal}`);
  const right = nullOf(history, signal)?.mean ?? ends[0];
  // Discrete data has true twins: right is what reals are, unless reals themselves are as bad as it gets.
  return right === ends[1] ? ends : [right, ends[1]];
}

/** The value that lies `share` of the way from right to broken, or where chance ends if that is farther. */
export function limit(history: History, signal: string, share: number): number {
  const [right, broken] = endsOf(history, signal);
  const effect = right + share * (broken - right);
  const chance = nullOf(history, signal);
  if (broken > right) return Math.max(effect, chance?.high ?? effect);
  return Math.min(effect, chance?.low ?? effect);
}

/** Whether `value` is past {@link limit}. */
export function beyond(history: History, signal: string, value: number, share: number): boolean {
  const [right, broken] = endsOf(history, signal);
  const edge = limit(history, signal, share);
  return broken > right ? value > edge : value < edge;
}

/** How far `value` is on the way from right to broken, 0..1. */
export function depth(history: History, signal: string, value: number): number {
  const [right, broken] = endsOf(history, signal);
  return Math.max(0, Math.min(1, (value - right) / (broken - right)));
}

/** The range of a signal in which nothing is said, for a row of evidence: open towards what is better than right. */
export function rangeOf(history: History, signal: string, share: number): { low: number | null; high: number | null } {
  const [right, broken] = endsOf(history, signal);
  const edge = limit(history, signal, share);
  return broken > right ? { low: null, high: edge } : { low: edge, high: null };
}
