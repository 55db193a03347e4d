import { expect, test } from "vitest";
import { EVERY, training } from "../../../tests/support/histories.ts";
import type { FailureCode } from "../codes.ts";
import { diagnosisOf } from "../diagnoses.ts";
import type { Suspicion } from "../diagnosis.ts";

const suspicion = (code: FailureCode, missing: number): Suspicion => ({
  code,
  level: "failing",
  confidence: 0.7,
  onset: { step: EVERY, images: 64 * EVERY },
  evidence: [{ signal: "bins/missing", value: missing, low: null, high: null, says: "some are missing" }],
});

/** What a discriminator that was trained on says, when it ranks a real above a fake in a share `auc` of pairs; fakes are as they were. */
function refit(code: FailureCode, auc: number, missing = 0.4) {
  const known = training();
  const look = known.looks.at(-1)!;
  const values = { ...look.values, "bins/missing": missing, "energy/samples": 0.4, "auc/fake": auc };
  const trials = [{ ...look, values, of: "refit-discriminator" as const }];
  return diagnosisOf(code).confirmation!.read({ ...known, trials }, suspicion(code, missing));
}

test("a discriminator that, trained on, sees what is missing speaks for dropped modes; one that guesses, against", () => {
  expect(refit("mode-dropping", 0.9)).toBe("confirmed");
  expect(refit("mode-dropping", 0.5)).toBe("refuted");
  expect(refit("mode-dropping", 0.59)).toBe("unclear");
  // Of few missing reals even the best discriminator is hardly better than guessing.
  expect(refit("mode-dropping", 0.53, 0.1)).toBe("unclear");
});

test("a discriminator that, trained on, can tell was underfitting; one that still cannot may be slow, small or held down", () => {
  expect(refit("discriminator-underfitting", 0.9)).toBe("confirmed");
  expect(refit("discriminator-underfitting", 0.5)).toBe("unclear");
});
