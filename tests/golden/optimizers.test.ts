/** @file Optimisers and clipping against torch.optim, over twenty steps whose gradients depend on the path taken. */

import { expect, test } from "vitest";
import { evaluate } from "../../src/backend/reference/reference.ts";
import { parseConfig } from "../../src/config/config.ts";
import { gameFromConfig } from "../../src/config/game-from-config.ts";
import { buildGraph } from "../../src/graph/graph.ts";
import { sizeOf } from "../../src/graph/ops.ts";
import * as t from "../../src/graph/tensor.ts";
import { expectClose, golden, type OperandSpec, operand } from "./golden.ts";

interface OptimizerCase {
  readonly choice: { readonly name: string };
  readonly lr: number;
  readonly start: OperandSpec;
  readonly path: readonly number[][];
}

/** The transform that a config's choice stands for, clipping included: taken out of a game. */
function transformOf(choice: OptimizerCase["choice"]) {
  const config = parseConfig({ data: { source: "ring" }, model: "mlp", optimizer: { generator: choice } });
  return gameFromConfig(config, { kind: "points", shape: [2] }).generator.optimizer;
}

test.each(golden<OptimizerCase>("optimizers"))("%s", (_, { choice, lr, start, path }) => {
  const transform = transformOf(choice);
  const length = sizeOf(start.shape);
  const [parameters, gradient] = [t.input("parameters", [length]), t.input("gradient", [length])];
  const specs = transform.slots(length);
  const slots = Object.fromEntries(Object.entries(specs).map(([name, { shape }]) => [name, t.input(name, shape)]));
  const after = transform.update(gradient, slots, parameters);
  const moved = t.sub(parameters, t.mul(after.update, lr));
  const settled = transform.settle?.(moved, parameters, slots) ?? { parameters: moved, slots: {} };
  const next = { ...after.slots, ...settled.slots };
  expect(Object.keys(next).sort()).toEqual(Object.keys(specs).sort());
  const graph = buildGraph({ ...next, moved: settled.parameters });

  // Everything is carried in float64: what is left is float32 rounding of the constants.
  let p = Float64Array.from(operand(start));
  let carried: Record<string, Float64Array> = Object.fromEntries(
    Object.entries(specs).map(([name, { shape, initial }]) => [name, new Float64Array(sizeOf(shape)).fill(initial)]),
  );
  path.forEach((expected, step) => {
    const noise = operand({ shape: [length], seed: 100 + step, scale: 0.6, shift: 0 });
    const { moved, ...carriedOn } = evaluate(graph, {
      ...carried,
      parameters: p,
      gradient: p.map((x, i) => noise[i]! + 0.3 * x),
    });
    carried = carriedOn;
    p = Float64Array.from(moved!);
    expectClose(p, expected, 2e-7, `parameters after step ${step + 1}`);
  });
});
