/** @file Objectives say whether a constant added to all logits changes anything. */

import { expect, it } from "vitest";
import { evaluate } from "../../backend/reference/reference.ts";
import { buildGraph } from "../../graph/graph.ts";
import * as t from "../../graph/tensor.ts";
import { createFrom } from "../../util/registry.ts";
import type { LossContext } from "../objective.ts";
import { objectives } from "../objectives.ts";

const context: LossContext = {
  random: (name, shape) => t.input(name, shape),
  meanOfFakes: (losses) => t.mean(losses),
  features: (side) => t.reshape(t.constant(Float32Array.of(side === "real" ? 1 : 0), [1, 1]), [1, 1]),
};

it.each(Object.keys(objectives))("%s", (name) => {
  const { discriminator, generator, shiftFree = false } = createFrom("objective", objectives, { name });
  const losses = (shift: number) => {
    const logits = (values: readonly number[]) =>
      t.constant(
        Float32Array.from(values, (x) => x + shift),
        [3, 1],
      );
    const [real, fake] = [logits([0.5, 2, -1]), logits([0.25, -1.5, 1])];
    const graph = buildGraph({ d: discriminator(real, fake, context), g: generator(fake, real, context) });
    const { d, g } = evaluate(graph, {});
    return { d: d![0]!, g: g![0]! };
  };
  const [here, there] = [losses(0), losses(3)];
  // The Wasserstein generator's loss is moved by the constant, its gradient is not: what matters is the discriminator.
  expect(Math.abs(there.d - here.d) < 1e-6).toBe(shiftFree);
});
