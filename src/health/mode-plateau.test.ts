import { describe, expect, it, test } from "vitest";
import { coveredShare, plateauLoss, plateauLossOf } from "./mode-plateau.ts";

describe("the loss of the optimal discriminator against k of K equal modes", () => {
  // Tabulated by numerical integration elsewhere; three digits.
  test.each([
    [8, [1, 2, 3, 4, 5, 6, 7, 8], [0.392, 0.626, 0.806, 0.955, 1.083, 1.195, 1.295, 1.386]],
    [25, [1, 5, 10, 15, 20, 25], [0.17, 0.541, 0.838, 1.059, 1.237, 1.386]],
  ])("of %i modes", (modes, covered, losses) => {
    covered.forEach((k, i) => {
      expect(plateauLoss(k / modes, "non-saturating")).toBeCloseTo(losses[i]!, 3);
    });
  });

  it("of one of two clusters is 0.4774 in the mean convention, and half of ln 2 for the relativistic loss", () => {
    expect(plateauLoss(0.5, "non-saturating") / 2).toBeCloseTo(0.4774, 4);
    expect(plateauLoss(0.5, "relativistic")).toBeCloseTo(0.3466, 4);
  });

  it("is 0 of nothing, and what a coin toss costs of everything", () => {
    expect(plateauLoss(0, "non-saturating")).toBe(0);
    expect(plateauLoss(1, "non-saturating")).toBeCloseTo(2 * Math.LN2, 12);
    expect(plateauLoss(1, "relativistic")).toBeCloseTo(Math.LN2, 12);
  });
});

describe("the share of modes, read from the loss", () => {
  it.each(["non-saturating", "relativistic"] as const)("undoes the %s loss", (loss) => {
    for (const share of [0.01, 0.125, 0.5, 0.875, 1]) {
      expect(coveredShare(plateauLoss(share, loss), loss)).toBeCloseTo(share, 8);
    }
  });

  it("is between 0 and 1 whatever the loss", () => {
    expect(coveredShare(-1, "relativistic")).toBe(0);
    expect(coveredShare(Number.NaN, "relativistic")).toBe(0);
    expect(coveredShare(5, "non-saturating")).toBeCloseTo(1, 8);
  });
});

test("losses without a closed form have none", () => {
  expect(plateauLossOf("hinge")).toBeNull();
  expect(plateauLossOf(null)).toBeNull();
  expect(plateauLossOf("minimax")).toBe("non-saturating");
});
