import { describe, expect, it } from "vitest";
import { bestOffset, gameValue, type Logits, valueDifference, valueTerms } from "./game-value.ts";

const logits = (real: number[], fake: number[]): Logits => ({
  real: Float32Array.from(real),
  fake: Float32Array.from(fake),
});
const shift = ({ real, fake }: Logits, c: number): Logits => ({
  real: real.map((x) => x + c),
  fake: fake.map((x) => x + c),
});
const valueOfLogits = (x: Logits): number => gameValue(valueTerms(x));

describe("the value of a game", () => {
  it("is -2 ln 2 where the discriminator says nothing, near 0 where it knows, and finite where it is sure and wrong", () => {
    expect(valueOfLogits(logits([0, 0], [0, 0, 0]))).toBeCloseTo(-2 * Math.LN2, 12);
    expect(valueOfLogits(logits([40], [-40]))).toBeCloseTo(0, 12);
    expect(valueOfLogits(logits([-1000], [1000]))).toBe(-2000);
  });

  it("has the binary cross-entropies for terms", () => {
    const { real, fake } = valueTerms(logits([1], [2]));
    expect(real[0]).toBeCloseTo(Math.log(1 / (1 + Math.exp(-1))), 12);
    expect(fake[0]).toBeCloseTo(Math.log(1 - 1 / (1 + Math.exp(-2))), 12);
  });

  it("differs with an error that counts each real once", () => {
    const [a, b] = [valueTerms(logits([1, 2, 3, 4], [0, 0, 0, 0])), valueTerms(logits([0, 0, 0, 0], [0, 0, 0, 0]))];
    const [all, half] = [valueDifference(a, b, 4), valueDifference(a, b, 2)];
    expect(all.value).toBeCloseTo(gameValue(a) - gameValue(b), 12);
    expect(half.value).toBe(all.value);
    expect(half.standardError).toBeCloseTo(Math.SQRT2 * all.standardError, 12);
  });
});

describe("the best constant of the logits", () => {
  const some = logits([0.5, 2, -1, 3], [-2, 0.7, 1, -0.3]);

  it("makes the value largest", () => {
    const best = bestOffset(some);
    const value = valueOfLogits(shift(some, best));
    for (const c of [-1, -0.05, 0.05, 1]) expect(valueOfLogits(shift(some, best + c))).toBeLessThan(value);
  });

  it("takes away whatever constant was added", () => {
    for (const c of [-50, 3]) expect(bestOffset(shift(some, c))).toBeCloseTo(bestOffset(some) - c, 4);
  });

  it("is in the middle between equal logits on both sides, and finite where they can be told apart", () => {
    expect(bestOffset(logits([3, 3], [3, 3]))).toBeCloseTo(-3, 6);
    expect(bestOffset(logits([101, 101], [99, 99]))).toBeCloseTo(-100, 4);
  });
});
