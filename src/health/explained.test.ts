/** @file What follows from what, whatever is found: there is always a cause to begin with. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { training } from "../../tests/support/histories.ts";
import type { FailureCode } from "./codes.ts";
import { DIAGNOSES, findFailures } from "./diagnoses.ts";

const history = training();

/** What is explained by what, where these failures are found, each failing since its step. */
function explained(onsets: Readonly<Partial<Record<FailureCode, number>>>): Map<FailureCode, FailureCode | null> {
  const diagnoses = DIAGNOSES.flatMap((diagnosis) => {
    const step = onsets[diagnosis.code];
    if (step === undefined) return [];
    const onset = { step, images: step };
    const decide = () => ({ code: diagnosis.code, level: "failing" as const, confidence: 0.9, onset, evidence: [] });
    return [{ ...diagnosis, decide }];
  });
  return new Map(findFailures(history, { warm: true, diagnoses }).map(({ code, explainedBy }) => [code, explainedBy]));
}

it("three failures of which each seems to follow from the next have the earliest for a cause", () => {
  // A look is 50 steps, and three of them are the slack of a beginning.
  const found = explained({ stalled: 1000, "mode-collapse": 1100, "vanishing-gradient": 1225 });
  expect(Object.fromEntries(found)).toEqual({
    stalled: null,
    "mode-collapse": "vanishing-gradient",
    "vanishing-gradient": "stalled",
  });
});

it("whatever is found, every failure goes back to one that follows from none", () => {
  const onset = fc.integer({ min: 20, max: 60 }).map((look) => 25 * look);
  const entries = fc.uniqueArray(fc.tuple(fc.constantFrom(...DIAGNOSES.map(({ code }) => code)), onset), {
    selector: ([code]) => code,
    minLength: 1,
  });
  fc.assert(
    fc.property(entries, (onsets) => {
      const causes = explained(Object.fromEntries(onsets));
      for (const [code] of onsets) {
        const way = [code];
        for (let cause = causes.get(code); cause; cause = causes.get(cause)) {
          expect(way).not.toContain(cause);
          way.push(cause);
        }
      }
    }),
    { numRuns: 500, seed: 4 },
  );
});
