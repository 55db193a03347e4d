/** @file What is recorded of a step whose values are not finite, where nothing watches over the training. */

import type { EventBody, FindingEvent } from "../store/events.ts";
import type { Progress } from "./restore.ts";

/** The finding for what was measured in the step after `progress.step`. */
export function brokenFinding(
  broken: readonly (readonly [string, number])[],
  { step, images }: Pick<Progress, "step" | "images">,
): Extract<EventBody, Pick<FindingEvent, "type">> {
  const evidence = broken.map(([signal, value]) => {
    const says = `${signal} is ${value}`;
    return { signal, value, low: null, high: null, says };
  });
  return {
    type: "finding",
    code: "numerical-divergence",
    severity: "error",
    confidence: 1,
    onset: { step, images },
    message: `at step ${step + 1}: ${evidence.map(({ says }) => says).join(", ")}`,
    evidence,
    next: null,
  };
}
