import { describe, expect, it } from "vitest";
import { training } from "../../../tests/support/histories.ts";
import { coveredByLabels, coveredByPairs, coveredRow, leastOfLabels } from "./covered.ts";

describe("the least cross-entropy of a discriminator", () => {
  it("is that of the best one between reals of K kinds and fakes of k, summed kind by kind", () => {
    const [K, logs] = [8, (x: number) => (x > 0 ? Math.log(x) : 0)];
    for (let k = 1; k <= K; k++) {
      let loss = 0;
      for (let kind = 0; kind < K; kind++) {
        const [real, fake] = [1 / K, kind < k ? 1 / k : 0];
        const best = real / (real + fake);
        loss -= real * Math.log(best) + fake * logs(1 - best);
      }
      expect(leastOfLabels(k / K)).toBeCloseTo(loss, 12);
      expect(coveredByLabels(loss)).toBeCloseTo(k / K, 5);
    }
    // One of two kinds, half of the sum: the plateau at 0.477.
    expect(leastOfLabels(0.5) / 2).toBeCloseTo(0.4774, 4);
    expect([coveredByLabels(0), coveredByLabels(2)]).toEqual([expect.closeTo(0, 5), 1]);
  });

  it("of pairs is ln 2 for the share of the reals that have fakes beside them", () => {
    expect([0, Math.LN2 / 2, Math.LN2, 3].map(coveredByPairs)).toEqual([0, 0.5, 1, 1]);
  });
});

describe("the row of evidence", () => {
  const tried = (objective: string, of: "refit-discriminator" | "step-generator", step: number) => {
    const values = { "cross-entropy/labels": leastOfLabels(0.25), "cross-entropy/pairs": 0.75 * Math.LN2 };
    const history = training({ facts: { objective } });
    return coveredRow({ ...history, trials: [{ of, step, images: 0, values }] }, 2000);
  };

  it("says what share of the reals has fakes beside it, by what the objective's scores mean", () => {
    expect(tried("non-saturating", "refit-discriminator", 2000)).toMatchObject({
      signal: "cross-entropy/labels",
      says: "a discriminator that is trained on alone sees fakes beside 25 % of the reals, or fewer",
    });
    expect(tried("relativistic", "refit-discriminator", 2000)?.says).toContain("beside 75 % of the reals");
  });

  it("is not there where scores are no logits, before such a trial, or after another one", () => {
    expect(tried("wasserstein", "refit-discriminator", 2000)).toBeNull();
    expect(tried("non-saturating", "refit-discriminator", 1950)).toBeNull();
    expect(tried("non-saturating", "step-generator", 2000)).toBeNull();
  });
});
