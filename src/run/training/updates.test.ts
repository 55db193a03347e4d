/** @file How a config's `updates` and schedules reach the step: what is refused, what is counted, what is fed, what is resumed. */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Backend } from "../../backend/backend.ts";
import { referenceBackend } from "../../backend/reference/reference.ts";
import { imagesPerStep, parseConfig, totalSteps } from "../../config/config.ts";
import { gameFromConfig } from "../../config/game-from-config.ts";
import { ring } from "../../data/synthetic.ts";
import { planStep } from "../../gan/step/phases.ts";
import { traceStep } from "../../gan/step/step.ts";
import { listCheckpoints } from "../store/checkpoint.ts";
import { createRun, type RunPaths } from "../store/run-dir.ts";
import { runTraining, type TrainingEffects } from "./trainer.ts";

type Raw = Readonly<Record<string, unknown>>;

const BATCH = 8;
const base = {
  data: { source: "ring" },
  model: { name: "mlp", width: 4, depth: 1 },
  batch: BATCH,
  samples: { every: 1000, count: 4 },
  checkpoint: { every: 1000 },
};

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "gantry-updates-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function job(raw: Raw, run: RunPaths = createRun(root, "updates"), resume = false) {
  const config = parseConfig({ ...base, ...raw });
  return {
    config,
    dataset: ring({ count: 64 }),
    game: gameFromConfig(config, { kind: "points", shape: [2] }),
    run,
    resume,
  };
}

/** Trains and gives what was fed as numbers at each phase, by name. */
async function fed(raw: Raw) {
  const training = job(raw);
  const { config, game } = training;
  const found: Float32Array[] = [];
  const backend: Backend = {
    name: "listening",
    async compile(graph) {
      const executable = await referenceBackend.compile(graph);
      return {
        ...executable,
        run(feeds, into) {
          if (feeds.real !== undefined) found.push(Float32Array.from((feeds.scalars ?? []) as Float32Array));
          return executable.run(feeds, into);
        },
      };
    },
  };
  const result = await runTraining(training, { backend });
  expect(result.status).toBe("finished");
  const phases = Array.from({ length: totalSteps(config) }, (_, step) =>
    planStep(game.updates, game.penalties, step),
  ).flat();
  const named = found.map((values, i) => {
    const { scalars } = traceStep(game, phases[i]!);
    return Object.fromEntries(scalars.map(({ name }, k) => [name, values[k]!]));
  });
  return { named, result };
}

describe("what cannot be had together", () => {
  const refused = (raw: Raw) => () => parseConfig({ ...base, ...raw });

  it.each<[string, Raw, RegExp]>([
    [
      "extragradient with unequal steps",
      { updates: { mode: "extragradient", discriminatorSteps: 2 } },
      /extragradient moves both players at once, so 2 discriminator steps and 1 generator steps/,
    ],
    [
      "extragradient with accumulated gradients",
      { updates: { mode: "extragradient", accumulate: 4 } },
      /extragradient takes both of its gradients on one batch, so the gradients of 4 batches/,
    ],
    ["extragradient with unrolling", { updates: { mode: "extragradient", unroll: {} } }, /both look ahead/],
    [
      "unrolling with consensus",
      { updates: { unroll: { steps: 2 } }, penalties: ["r1", "consensus"] },
      /consensus asks for both players' gradients as they are/,
    ],
  ])("is %s", (_, raw, message) => {
    expect(refused(raw)).toThrow(message);
  });

  it.each<[string, Raw]>([
    [
      "extragradient with equal steps",
      { updates: { mode: "extragradient", discriminatorSteps: 2, generatorSteps: 2 } },
    ],
    ["extragradient with one batch", { updates: { mode: "extragradient", accumulate: 1 } }],
    ["unrolling at once, as in the paper", { updates: { mode: "simultaneous", unroll: {} } }],
    ["unrolling in turn", { updates: { unroll: {} }, penalties: ["r1"] }],
    ["accumulation with packing and unrolling", { packing: 2, updates: { accumulate: 2, unroll: {} } }],
    ["consensus without unrolling", { penalties: ["consensus"], updates: { mode: "extragradient" } }],
  ])("is not %s", (_, raw) => {
    expect(refused(raw)).not.toThrow();
  });

  it("says the defaults of unrolling", () => {
    expect(parseConfig({ ...base, updates: { unroll: {} } }).updates.unroll).toEqual({
      steps: 5,
      optimizer: "own",
      beta1: 0.5,
      beta2: 0.999,
    });
  });
});

describe("accumulated batches", () => {
  it("count as one larger batch", async () => {
    const updates = { accumulate: 3, discriminatorSteps: 2 };
    expect(imagesPerStep(parseConfig({ ...base, updates }))).toBe(3 * 2 * BATCH);
    expect(totalSteps(parseConfig({ ...base, updates, images: 10 * 3 * 2 * BATCH }))).toBe(10);
    const { result } = await fed({ updates, steps: 2 });
    expect(result.images).toBe(2 * 3 * 2 * BATCH);
  });

  it("are under the schedules of one larger batch", async () => {
    const optimizer = {
      generator: { lr: 0.01, schedule: { kind: "linear", warmup: 40 } },
      discriminator: { lr: 0.01 },
    };
    const settings = {
      optimizer,
      penalties: [{ name: "r1", gamma: { from: 1, to: 0 } }],
      updates: { mode: "simultaneous" },
    };
    const many = await fed({ ...settings, updates: { mode: "simultaneous", accumulate: 4 }, steps: 5 });
    const one = await fed({ ...settings, batch: 4 * BATCH, steps: 5 });
    expect(many.named.filter((_, i) => i % 4 === 3)).toEqual(one.named);
    // The weight of the penalty is the same in all batches of a move.
    many.named.forEach((values, i) => {
      expect(values["penalty/r1/weight"]).toBe(one.named[Math.floor(i / 4)]!["penalty/r1/weight"]);
    });
  });
});

describe("what is fed at each step", () => {
  const steps = 10;
  const half = (name: string) => `optim/discriminator/${name}`;

  it("follows warm-up, schedules, and ramps of penalty, beta2 and half-life", async () => {
    const { named } = await fed({
      steps,
      optimizer: {
        generator: { name: "adam", lr: 0.02, schedule: { kind: "linear", final: 0.1, warmup: 32, until: 0.5 } },
        discriminator: {
          name: "adam",
          lr: 0.01,
          beta2: { from: 0.9, to: 0.99, kind: "linear" },
          schedule: { kind: "cosine", final: 0.25, until: 0.8 },
        },
      },
      penalties: [{ name: "r1", gamma: { from: 2, to: 0.5, kind: "exponential", until: 0.5 } }],
      ema: { halfLife: { from: 16, to: 64, kind: "linear" }, rampUp: 0 },
    });
    expect(named).toHaveLength(steps);
    named.forEach((values, step) => {
      const done = step / steps;
      const images = step * BATCH;
      const warm = Math.min(1, images / 32);
      const fall = 1 - 0.9 * Math.min(1, done / 0.5);
      const cosine = 0.25 + 0.75 * 0.5 * (1 + Math.cos(Math.PI * Math.min(1, done / 0.8)));
      const wanted = {
        "lr/generator": 0.02 * warm * fall,
        "lr/discriminator": 0.01 * cosine,
        "penalty/r1/weight": 2 * 0.25 ** Math.min(1, done / 0.5),
        [half("beta2")]: 0.9 + 0.09 * done,
        "ema/decay": 0.5 ** (BATCH / (16 + 48 * done)),
      };
      expect(Object.keys(values).sort()).toEqual(Object.keys(wanted).sort());
      for (const [name, value] of Object.entries(wanted))
        expect(values[name], `${name} at step ${step + 1}`).toBeCloseTo(value, 6);
    });
    // After their share of the training, the ends are kept.
    expect(named[8]!["penalty/r1/weight"]).toBeCloseTo(0.5, 6);
    expect(named[9]!["lr/generator"]).toBeCloseTo(0.002, 8);
    expect(named[8]!["lr/discriminator"]).toBeCloseTo(0.0025, 8);
  });

  it("means the same progress whatever the number of discriminator steps", async () => {
    const raw = { steps: 4, penalties: [{ name: "r1", gamma: { from: 1, to: 0, kind: "linear" } }] };
    const { named } = await fed({ ...raw, updates: { discriminatorSteps: 2 } });
    expect(named.map((values) => values["penalty/r1/weight"])).toEqual([8, 7, 6, 5, 4, 3, 2, 1].map((x) => x / 8));
  });
});

describe("resuming", () => {
  const lastBytes = ({ checkpoints }: RunPaths) => readFileSync(listCheckpoints(checkpoints).at(-1)!.path);
  const stopAfter = (step: number): Partial<TrainingEffects> => {
    let done = 0;
    return { stopReason: () => (++done === step ? "SIGINT" : null) };
  };

  it.each<[string, Raw]>([
    ["extragradient", { mode: "extragradient" }],
    ["accumulated gradients", { accumulate: 3 }],
    ["accumulated gradients at once", { mode: "simultaneous", accumulate: 2, discriminatorSteps: 2 }],
    ["an unrolled discriminator", { unroll: { steps: 2 } }],
  ])("is exact with %s", async (_, updates) => {
    const raw = { updates, steps: 7, penalties: [{ name: "r1", every: 2 }] };
    const unbroken = job(raw);
    await runTraining(unbroken, { backend: referenceBackend });
    for (const step of [1, 4]) {
      const broken = job(raw);
      const stopped = await runTraining(broken, { backend: referenceBackend, ...stopAfter(step) });
      expect(stopped).toMatchObject({ status: "interrupted", step });
      await runTraining(job(raw, broken.run, true), { backend: referenceBackend });
      expect(lastBytes(broken.run).equals(lastBytes(unbroken.run))).toBe(true);
    }
  });
});
