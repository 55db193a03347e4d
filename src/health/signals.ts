/**
 * @file Every signal by name: what it is, what it says, and what it is when all is well. Signals of probes, and scalars
 * of every step.
 */

import { LOOK_SIGNALS } from "./signals/look.ts";
import type { Signal } from "./signals/signal.ts";
import { STEP_SIGNALS } from "./signals/step.ts";

/** Every signal, in the order in which they are listed to people. */
export const SIGNALS: readonly Signal[] = [...LOOK_SIGNALS, ...STEP_SIGNALS];

const isMeant = (signal: Signal, name: string): boolean =>
  signal.name === name || (signal.name.endsWith("*") && name.startsWith(signal.name.slice(0, -1)));

/** The signal called `name`: its own row, or else the longest pattern that it begins with; undefined where nobody knows it. */
export function describeSignal(name: string): Signal | undefined {
  const known = SIGNALS.filter((signal) => isMeant(signal, name));
  return known.find((signal) => signal.name === name) ?? known.sort((a, b) => b.name.length - a.name.length)[0];
}
