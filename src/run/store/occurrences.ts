/**
 * @file What an event of a log is to the supervisor: the same while a training goes on, when it resumes, and when a log
 * is diagnosed.
 */

import { isFailureCode } from "../../health/codes.ts";
import { BROKEN_STEP } from "../../health/diagnoses/numerical-divergence.ts";
import { type Reading, UNKNOWN_FACTS } from "../../health/history.ts";
import type { Occurrence } from "../../health/supervisor/protocol.ts";
import { figuresOf } from "../evaluation/evaluation.ts";
import type { RunEvent, ScalarValues } from "./events.ts";

/** What depends on the machine, and so may decide nothing. */
const OF_THE_CLOCK: ReadonlySet<string> = new Set(["images/second"]);

/** The numbers that were measured; null means not this time. */
function measured(values: ScalarValues): Record<string, number> {
  const pairs = Object.entries(values).filter(
    (pair): pair is [string, number] => pair[1] !== null && !OF_THE_CLOCK.has(pair[0]),
  );
  return Object.fromEntries(pairs);
}

const readingAt = ({ step, images }: RunEvent, values: Reading["values"], vectors?: Reading["vectors"]): Reading => ({
  step,
  images,
  values,
  ...(vectors && Object.keys(vectors).length > 0 && { vectors }),
});

/** The occurrence that `event` is; null for what the supervisor need not know, or said itself. */
export function occurrencesOf(event: RunEvent): Occurrence | null {
  switch (event.type) {
    case "baseline":
      return { kind: "baseline", facts: { ...UNKNOWN_FACTS, ...event.facts }, nulls: event.nulls };
    case "scalars":
      return { kind: "scalars", reading: readingAt(event, measured(event.values)) };
    case "metric":
      return { kind: "metric", reading: readingAt(event, figuresOf(event)) };
    case "probe": {
      const reading = readingAt(event, measured(event.values), event.vectors);
      return event.of === "look" ? { kind: "look", reading } : { kind: "trial", of: event.of, reading };
    }
    case "remedy":
      if (!isFailureCode(event.finding)) return null;
      return { kind: "remedy", name: event.name, finding: event.finding, backTo: event.backTo };
    case "finding": {
      // A step that was broken is recorded by the finding alone; what else is not finite stands in events of its own.
      if (event.evidence.every(({ signal }) => signal !== BROKEN_STEP)) return null;
      const broken = event.evidence.filter(({ signal }) => signal !== BROKEN_STEP);
      const values = Object.fromEntries(broken.map(({ signal, value }) => [signal, value]));
      return { kind: "broken", reading: readingAt(event, values) };
    }
    default:
      return null;
  }
}
