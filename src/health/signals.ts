/**
 * @file Every signal by name: what it is, what it says, and what it is when all is well. Signals of probes, and scalars
 * of every step.
 */

import { LOOK_SIGNALS } from "./signals/look.ts";
import { STEP_SIGNALS } from "./signals/step.ts";

/** What a signal is. */
export interface Signal {
  /** Its name; one that ends in `*` stands for all that begin so. */
  readonly name: string;
  /** Whether it is measured at every step, or when probes look. */
  readonly measured: "step" | "look";
  /** Whether it is one number, or a list of them. */
  readonly form: "number" | "list";
  /** What it is counted in: "share", "ratio", "score" … */
  readonly unit: string;
  /** The values it can have at all; null where it is open. */
  readonly range: readonly [low: number | null, high: number | null];
  /** What it says, in plain words. */
  readonly says: string;
  /** What it is when all is well, in words. */
  readonly well: string;
  /** Which way is bad; `neither` where only its course says something. */
  readonly bad: "low" | "high" | "both" | "neither";
}

/** Every signal, in the order in which they are listed to people. */
export const SIGNALS: readonly Signal[] = [...LOOK_SIGNALS, ...STEP_SIGNALS];

const isMeant = (signal: Signal, name: string): boolean =>
  signal.name === name || (signal.name.endsWith("*") && name.startsWith(signal.name.slice(0, -1)));

/** The signal called `name`: its own row, or else the longest pattern that it begins with; undefined where nobody knows it. */
export function describeSignal(name: string): Signal | undefined {
  const known = SIGNALS.filter((signal) => isMeant(signal, name));
  return known.find((signal) => signal.name === name) ?? known.sort((a, b) => b.name.length - a.name.length)[0];
}
