/** @file What a history keeps of what happens, so that it stays small however long a training is. */

import { BROKEN_STEP } from "../diagnoses/numerical-divergence.ts";
import type { History } from "../history.ts";
import type { Occurrence } from "./protocol.ts";

/** Readings of one series that are kept; and of these, the first and the latest that always are. Between them, the past gets coarser. */
const [MOST, FIRST, LATEST] = [600, 30, 300];

/** Counterfactuals that are kept. */
const MOST_TRIALS = 20;

/** Appends a reading. Of too many, that one goes which leaves the smallest gap in steps: what is kept spans the whole training evenly. */
function append<T extends { readonly step: number }>(list: readonly T[], reading: T): readonly T[] {
  const longer = [...list, reading];
  if (longer.length <= MOST) return longer;
  const gapWithout = (i: number) => (longer[i + 1] as T).step - (longer[i - 1] as T).step;
  let least = FIRST;
  for (let i = FIRST; i < longer.length - LATEST; i++) if (gapWithout(i) < gapWithout(least)) least = i;
  return longer.toSpliced(least, 1);
}

/** As many readings of a series as are kept of one that comes reading by reading: the first, the latest, and evenly many between. */
export function thinned<T>(list: readonly T[]): readonly T[] {
  if (list.length <= MOST) return list;
  const [between, to] = [MOST - FIRST - LATEST, list.length - LATEST];
  const kept = Array.from({ length: between }, (_, i) => list[FIRST + Math.floor((i * (to - FIRST)) / between)] as T);
  return [...list.slice(0, FIRST), ...kept, ...list.slice(to)];
}

/** The history with what has happened in it. A function of both alone. */
export function remember(history: History, occurrence: Occurrence): History {
  switch (occurrence.kind) {
    case "baseline":
      return { ...history, facts: occurrence.facts, nulls: occurrence.nulls };
    case "scalars":
      return { ...history, scalars: append(history.scalars, occurrence.reading) };
    case "metric":
      return { ...history, metrics: append(history.metrics, occurrence.reading) };
    case "look":
      return { ...history, looks: append(history.looks, occurrence.reading) };
    case "trial": {
      const trials = [...history.trials, { ...occurrence.reading, of: occurrence.of }];
      return { ...history, trials: trials.slice(-MOST_TRIALS) };
    }
    case "broken": {
      const { reading } = occurrence;
      const values = { ...reading.values, [BROKEN_STEP]: 1 };
      return { ...history, scalars: append(history.scalars, { ...reading, values }) };
    }
    case "remedy":
      return forget(history, occurrence.backTo);
  }
}

/**
 * What still counts after a remedy has taken a training back to `step`: what samples were like until then. What steps measured does not:
 * another objective or penalty has other losses and gradients.
 */
function forget(history: History, step: number): History {
  const until = <T extends { readonly step: number }>(readings: readonly T[]) =>
    step === 0 ? [] : readings.filter((reading) => reading.step <= step);
  return { ...history, scalars: [], looks: until(history.looks), metrics: until(history.metrics), trials: [] };
}
