/** @file Counterfactuals say what they should, and the training they are tried on does not notice. */

import { afterAll, describe, expect, it } from "vitest";
import { farBackend } from "../../../../tests/support/far-backend.ts";
import type { Backend } from "../../../backend/backend.ts";
import { nodeBackend } from "../../../backend/onnx/node.ts";
import { parseConfig } from "../../../config/config.ts";
import { gameFromConfig } from "../../../config/game-from-config.ts";
import { ring } from "../../../data/synthetic.ts";
import { planStep } from "../../../gan/step/phases.ts";
import { COUNTERFACTUALS, type Counterfactual } from "../../../health/codes.ts";
import { sampleType } from "../prepare/prepare.ts";
import { Executor } from "../steps/executor.ts";
import { fedNumbers } from "../steps/fed-numbers.ts";
import { TrainingBatches } from "../steps/training-batches.ts";
import { tryCounterfactual } from "./counterfactuals.ts";
import { Looker } from "./looker.ts";

const near = await nodeBackend({ threads: 1 });
const far = farBackend(near);
const opened: { release(): Promise<void> }[] = [];
afterAll(async () => {
  for (const one of opened) await one.release();
  // Nothing that was tried is left on a device.
  expect([far.alive.size, far.open.size]).toEqual([0, 0]);
});

const train = ring({ count: 400 });
const adam = { name: "adam", lr: 2e-3, beta1: 0 } as const;

/** A training of which `steps` steps are done. */
async function trained(raw: object, steps: number, backend: Backend = near) {
  const config = parseConfig({
    data: { source: "ring" },
    model: { name: "mlp", width: 16 },
    optimizer: { generator: adam, discriminator: adam },
    batch: 32,
    steps: 1000,
    health: { samples: 128 },
    ...raw,
  });
  const game = gameFromConfig(config, sampleType(train));
  const executor = new Executor(game, backend, config.seed);
  const batches = new TrainingBatches(config, train, game);
  const progress = { step: 0, images: 0, draws: 0, best: null, healthy: [] };
  const goOn = async (count: number) => {
    for (let i = 0; i < count; i++) {
      for (const phase of planStep(game.updates, game.penalties, progress.step)) {
        const { draws: draw, images } = progress;
        await executor.run(phase, { ...batches.get(draw), draw, scalar: fedNumbers(config, images) });
        progress.draws++;
      }
      progress.images += 32;
      progress.step++;
    }
  };
  await goOn(steps);
  const looker = new Looker({ config, game, train }, backend);
  opened.push(executor, looker);
  return { config, game, train, backend, looker, state: () => executor.settle(), progress, executor, goOn };
}

const mean = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / values.length;

describe("the training is the same to the bit with counterfactuals and without", () => {
  it.each<[string, object, Backend?]>([
    ["as is usual", { penalties: [{ name: "r1", every: 3 }] }],
    [
      "extragradient, in packs, with labels",
      { updates: { mode: "extragradient" }, packing: 2, conditioning: "concat" },
    ],
    ["accumulated gradients and replay", { updates: { accumulate: 2 }, replay: { capacity: 4 } }],
    ["an unrolled discriminator and a reconstructor", { updates: { unroll: { steps: 2 } }, reconstructor: {} }],
    ["as is usual, on a device with memory of its own", { penalties: [{ name: "r1", every: 3 }] }, far],
  ])("%s", async (_, raw, backend = near) => {
    const [left, tried] = [await trained(raw, 6, backend), await trained(raw, 6, backend)];
    const read = async ({ state }: typeof left) => structuredClone((await state()).read());
    for (const trial of Object.keys(COUNTERFACTUALS) as Counterfactual[]) {
      const before = await read(tried);
      const look = await tryCounterfactual(trial, tried);
      expect(look.samples.fake.values.every(Number.isFinite)).toBe(true);
      expect(await read(tried)).toEqual(before);
      await left.goOn(2);
      await tried.goOn(2);
      expect(await read(tried)).toEqual(await read(left));
    }
  });
});

describe("what they find", () => {
  it("where the discriminator learns on, only it moves, and it tells fakes better", async () => {
    const training = await trained({}, 20);
    const before = structuredClone(await training.looker.take(training.executor.state.read(), 20));
    const look = await tryCounterfactual("refit-discriminator", training);
    expect(look.samples.fake).toEqual(before.samples.fake);
    expect(look.samples.real).toEqual(before.samples.real);
    const margin = ({ logits }: typeof look) => mean(logits.real) - mean(logits.fake);
    expect(margin(look)).toBeGreaterThan(margin(before) + 0.1);
  });

  it("where the generator learns on, only it moves, and the discriminator likes its fakes better", async () => {
    const training = await trained({}, 60);
    const before = structuredClone(await training.looker.take(training.executor.state.read(), 60));
    const look = await tryCounterfactual("step-generator", training);
    expect(look.logits.real).toEqual(before.logits.real);
    expect(mean(look.logits.fake)).toBeGreaterThan(mean(before.logits.fake) + 0.1);
  });

  it("the average is looked at in the place of the generator", async () => {
    const training = await trained({ ema: { halfLife: 100, rampUp: 0 } }, 60);
    const before = structuredClone(await training.looker.take(training.executor.state.read(), 60));
    const look = await tryCounterfactual("average-weights", training);
    // Without running averages in the network, both modes make the same of the same weights.
    expect(Math.max(...look.samples.fake.values.map((x, i) => Math.abs(x - before.average!.values[i]!)))).toBeLessThan(
      1e-5,
    );
    expect(look.samples.fake).not.toEqual(before.samples.fake);
    expect(look.weights.generator[0]!.data).not.toEqual(before.weights.generator[0]!.data);
  });
});
