import { expect, it } from "vitest";
import { dense } from "../../nn/dense.ts";
import { type Context, declareNetwork, type Layer, sequential } from "../../nn/module.ts";
import { conditionGenerator } from "./generator.ts";

/** A generator whose inner layer adds a vector of the class to what it makes, where it sees a class. */
function nativeGenerator(seen: (Context["condition"] | null)[]): Layer {
  const inner: Layer = {
    kind: "inner",
    apply: (x, context) => {
      seen.push(context.condition ?? null);
      return context.condition === undefined ? x : dense(2).apply(context.condition, context);
    },
  };
  return sequential(dense(2), inner);
}

it.each([
  ["native", true, 3],
  ["norm", true, 3],
  ["concat", false, 7],
  ["embedding", false, 8],
] as const)("%s: the layers inside see the class: %s", (way, sees, inputs) => {
  const seen: (Context["condition"] | null)[] = [];
  const layer = conditionGenerator(nativeGenerator(seen), way, 5);
  const { params, conditioned } = declareNetwork("generator", layer, [6, 3], [6, 4]);
  expect(seen.map((condition) => condition?.shape ?? null)).toEqual([sees ? [6, 4] : null]);
  expect(conditioned).toBe(true);
  expect(params.find(({ name }) => name === "dense1/weight")!.shape).toEqual([2, inputs]);
});

it("none: nothing is seen, and nothing depends on it", () => {
  const layer = conditionGenerator(nativeGenerator([]), "none");
  expect(declareNetwork("generator", layer, [6, 3], [6, 4]).conditioned).toBe(false);
});
