import { describe, expect, it } from "vitest";
import { evaluate } from "../../backend/reference/reference.ts";
import { buildGraph } from "../../graph/graph.ts";
import * as t from "../../graph/tensor.ts";
import { meanOfBest } from "./top-k.ts";

/** The mean of `losses` over the best by `logits`. */
function meanOf(logits: readonly number[], losses: readonly number[], share: number): number {
  const [l, x] = [t.input("logits", [logits.length, 1]), t.input("losses", [logits.length, 1])];
  const out = meanOfBest(l, t.input("share", []))(x);
  return evaluate(buildGraph({ out }), { logits, losses, share: [share] }).out![0]!;
}

describe("meanOfBest", () => {
  // Powers of two, so that every sum says whose it is.
  const losses = [1, 2, 4, 8, 16];
  const logits = [0.5, 3, -2, 7, 1];

  it.each([
    // Best first: the samples 3, 1, 4, 0, 2.
    { share: 1, k: 5, sum: 31 },
    { share: 0.8, k: 4, sum: 27 },
    { share: 0.5, k: 3, sum: 26 },
    { share: 0.49, k: 2, sum: 10 },
    { share: 0.1, k: 1, sum: 8 },
    { share: 0.001, k: 1, sum: 8 },
  ])("counts $k of 5 for a share of $share", ({ share, k, sum }) => {
    expect(meanOf(logits, losses, share)).toBeCloseTo(sum / k, 12);
  });

  it("takes the earlier of equal ones, and so never more than k", () => {
    expect(meanOf([1, 1, 1, 1, 1], losses, 0.4)).toBeCloseTo((1 + 2) / 2, 12);
    expect(meanOf([0, 2, 1, 2, 1], losses, 0.6)).toBeCloseTo((2 + 8 + 4) / 3, 12);
  });

  it("hides no NaN among the logits' own losses", () => {
    expect(meanOf([1, Number.NaN, 3, 4, 5], [1, Number.NaN, 4, 8, 16], 0.4)).toBeNaN();
  });
});
