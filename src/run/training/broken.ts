/** @file What is recorded of a step whose values are not finite, where nothing watches over the training. */

import { BROKEN_STEP } from "../../health/diagnoses/numerical-divergence.ts";
import { plainRow } from "../../health/evidence/evidence.ts";
import type { EventBody, FindingEvent } from "../store/events.ts";
import type { Progress } from "./rollback/restore.ts";

/** The finding for what was measured in the step after `progress.step`. */
export function brokenFinding(
  broken: readonly (readonly [string, number])[],
  { step, images }: Pick<Progress, "step" | "images">,
): Extract<EventBody, Pick<FindingEvent, "type">> {
  const shown = broken.map(([signal, value]) => plainRow(signal, value, `${signal} is ${value}`));
  return {
    type: "finding",
    code: "numerical-divergence",
    severity: "error",
    confidence: 1,
    onset: { step, images },
    message: `at step ${step + 1}: ${shown.map(({ says }) => says).join(", ")}`,
    evidence: [...shown, plainRow(BROKEN_STEP, 1, "a step gave numbers that are not finite")],
    next: null,
  };
}
