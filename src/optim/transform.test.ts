import { describe, expect, it } from "vitest";
import { evaluate } from "../backend/reference/reference.ts";
import { buildGraph } from "../graph/graph.ts";
import { input } from "../graph/tensor.ts";
import { adam } from "./adam.ts";
import { clipByGlobalNorm, clipByValue } from "./clip.ts";
import { optimizers } from "./optimizers.ts";
import { sgd } from "./sgd.ts";
import { chain, type Transform } from "./transform.ts";

/** The update that a transform without memory makes of a gradient. */
function once(transform: Transform, gradient: readonly number[]): number[] {
  const n = gradient.length;
  const { update } = transform.update(input("gradient", [n]), {}, input("parameters", [n]));
  return [...evaluate(buildGraph({ update }), { gradient, parameters: new Float32Array(n) }).update!];
}

describe("clipping", () => {
  it("shortens a gradient that is too long, and no other", () => {
    const [x, y] = once(clipByGlobalNorm(1), [3, 4]);
    expect(x).toBeCloseTo(0.6, 7);
    expect(y).toBeCloseTo(0.8, 7);
    expect(once(clipByGlobalNorm(5), [3, 4])).toEqual([3, 4]);
    expect(once(clipByGlobalNorm(6), [3, 4])).toEqual([3, 4]);
    expect(once(clipByGlobalNorm(1), [0, 0])).toEqual([0, 0]);
  });

  it("limits each element by value", () => {
    expect(once(clipByValue(2), [-5, -2, 0.5, 7])).toEqual([-2, -2, 0.5, 2]);
  });

  it("lets a NaN through, so that it is found", () => {
    expect(once(clipByGlobalNorm(1), [Number.NaN, 1])).toEqual([Number.NaN, Number.NaN]);
    expect(once(clipByValue(1), [Number.NaN, 3])).toEqual([Number.NaN, 1]);
  });

  it("shows an infinite gradient as a NaN", () => {
    expect(once(clipByGlobalNorm(1), [Number.POSITIVE_INFINITY, 1])[0]).toBeNaN();
  });
});

describe("chain", () => {
  it("passes the update of one transform to the next, in order", () => {
    expect(once(chain(clipByValue(3), clipByGlobalNorm(1)), [30, 4]).map((x) => x.toFixed(6))).toEqual(
      [Math.SQRT1_2, Math.SQRT1_2].map((x) => x.toFixed(6)),
    );
    expect(once(chain(), [1, 2])).toEqual([1, 2]);
  });

  it("carries the slots of all", () => {
    expect(Object.keys(chain(clipByValue(1), adam()).slots(5)).sort()).toEqual([
      "correction1",
      "correction2",
      "m",
      "v",
    ]);
  });
});

describe("slots", () => {
  it("holds nothing that is not used", () => {
    expect(Object.keys(adam({ beta1: 0 }).slots(3)).sort()).toEqual(["correction2", "v"]);
    expect(sgd().slots(3)).toEqual({});
    expect(sgd({ momentum: 0.5 }).slots(3)).toEqual({ velocity: { shape: [3], initial: 0 } });
  });

  it("gives every optimiser's state the shape it is updated to", () => {
    for (const [name, row] of Object.entries(optimizers)) {
      const transform = row.create(row.options.parse({}));
      const specs = transform.slots(4);
      const slots = Object.fromEntries(Object.entries(specs).map(([slot, { shape }]) => [slot, input(slot, shape)]));
      const after = transform.update(input("gradient", [4]), slots, input("parameters", [4]));
      expect(after.update.shape, name).toEqual([4]);
      expect(Object.fromEntries(Object.entries(after.slots).map(([slot, { shape }]) => [slot, shape]))).toEqual(
        Object.fromEntries(Object.entries(specs).map(([slot, { shape }]) => [slot, shape])),
      );
    }
  });
});

describe("Adam's first step", () => {
  // The bias correction is exact from the first step on: the update is the gradient's sign, whatever the betas.
  it.each([0, 0.5, 0.9])("moves by the learning rate with beta1 %d", (beta1) => {
    const transform = adam({ beta1, beta2: 0.999 });
    const slots = Object.fromEntries(
      Object.entries(transform.slots(3)).map(([slot, { shape }]) => [slot, input(slot, shape)]),
    );
    const { update } = transform.update(input("gradient", [3]), slots, input("parameters", [3]));
    const zeros = { m: [0, 0, 0], v: [0, 0, 0], correction1: [0], correction2: [0], parameters: [0, 0, 0] };
    const out = evaluate(buildGraph({ update }), { ...zeros, gradient: [4, -1e-3, 2e-5] }).update!;
    expect(out[0]).toBeCloseTo(1, 6);
    expect(out[1]).toBeCloseTo(-1, 4);
    expect(out[2]).toBeCloseTo(2e-5 / (2e-5 + 1e-8), 6);
  });
});
