/** @file The cost of a step: counted as in the benchmarks, and timed without touching the game. */

import { describe, expect, it } from "vitest";
import { nodeBackend } from "../../../backend/onnx/node.ts";
import { parseConfig } from "../../../config/config.ts";
import { prepareTraining } from "./prepare.ts";
import { countStep, timeSteps } from "./step-cost.ts";

const prepared = async (raw: Record<string, unknown>) => {
  const config = parseConfig(raw);
  return { config, ...(await prepareTraining(config)) };
};

describe("operations of a step", () => {
  it("are those that bench/flops.mjs counts for DCGAN-28: 2.46 GFLOP", async () => {
    const { game, dataset } = await prepared({ data: { source: "mnist", limit: 100 }, model: "dcgan", steps: 1 });
    const { gflop, memory } = countStep(game, dataset);
    expect(gflop).toBeCloseTo(2.46, 2);
    expect(memory).toBeGreaterThan(200e6);
    expect(memory).toBeLessThan(300e6);
  });

  it("count lazy penalties as often as they are computed, and every move", async () => {
    const ring = { data: { source: "ring", count: 64 }, model: "mlp", batch: 16, steps: 1 };
    const count = async (raw: object) => {
      const { game, dataset } = await prepared({ ...ring, ...raw });
      return countStep(game, dataset).gflop;
    };
    const [plain, lazy, full] = await Promise.all([
      count({}),
      count({ penalties: [{ name: "r1", every: 4 }] }),
      count({ penalties: ["r1"] }),
    ]);
    expect(lazy - plain).toBeCloseTo((full - plain) / 4, 8);
    expect(full).toBeGreaterThan(1.1 * plain);
    expect(await count({ updates: { discriminatorSteps: 3 } })).toBeGreaterThan(1.8 * plain);
  });
});

it("steps are timed, with lazy penalties, labels and several moves", async () => {
  const { config, game, dataset } = await prepared({
    data: { source: "ring", count: 64 },
    model: "mlp",
    conditioning: "projection",
    penalties: [{ name: "r1", every: 2 }],
    updates: { discriminatorSteps: 2 },
    batch: 16,
    steps: 1,
  });
  const { timed, gflop } = await timeSteps(config, game, dataset, await nodeBackend({ threads: 1 }), 2);
  expect(timed?.steps).toBe(2);
  expect(timed?.seconds).toBeGreaterThan(0);
  expect(gflop).toBe(countStep(game, dataset).gflop);
});
