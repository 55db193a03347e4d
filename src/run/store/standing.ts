/** @file Which events of a log still count: a remedy or a resume takes back what was measured of later steps. */

import type { RunEvent } from "./events.ts";

/** What is taken back. The rest is history: that a failure was found and a remedy applied stays true. */
const MEASURED: readonly RunEvent["type"][] = ["scalars", "sample", "checkpoint", "metric", "probe"];

/** The step that an event takes training back to, or null. */
export function goesBackTo(event: RunEvent): number | null {
  if (event.type === "remedy") return event.backTo;
  return event.type === "resume" ? event.step : null;
}

/**
 * The events that still count, in order: without what was measured of steps that a later remedy or resume took back. Measured
 * steps rise from each event to the next.
 *
 * @param events In the order of the log, or as they were followed: the file of a log has lost what a resume takes back, a follower
 *   has seen it.
 */
export function standing(events: Iterable<RunEvent>): RunEvent[] {
  let kept: RunEvent[] = [];
  for (const event of events) {
    const step = goesBackTo(event);
    if (step !== null) kept = kept.filter((before) => before.step <= step || !MEASURED.includes(before.type));
    kept.push(event);
  }
  return kept;
}
