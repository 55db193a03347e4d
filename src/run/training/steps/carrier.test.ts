/** @file A training whose state stays on a device is the same training, and gives the device's memory back. */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { farBackend } from "../../../../tests/support/far-backend.ts";
import type { Backend } from "../../../backend/backend.ts";
import { referenceBackend } from "../../../backend/reference/reference.ts";
import { parseConfig } from "../../../config/config.ts";
import { gameFromConfig } from "../../../config/game-from-config.ts";
import { ring } from "../../../data/synthetic.ts";
import { gameState } from "../../../gan/game/game-state.ts";
import { planStep } from "../../../gan/step/phases.ts";
import { traceStep } from "../../../gan/step/step.ts";
import { sizeOf } from "../../../graph/ops.ts";
import { optimize } from "../../../passes/pipeline.ts";
import { readEvents } from "../../store/event-log.ts";
import { createRun, type RunPaths } from "../../store/run-dir.ts";
import { StateStore } from "../../store/state-store.ts";
import { prepareJudging, sampleType } from "../prepare/prepare.ts";
import { runTraining, type TrainingEffects } from "../trainer.ts";
import { DeviceCarrier, HostCarrier, lendsMemory } from "./carrier.ts";
import { Executor } from "./executor.ts";

const raw = {
  data: { source: "ring" },
  model: { name: "mlp", width: 4, depth: 1 },
  penalties: [{ name: "r1", every: 2 }],
  batch: 8,
  steps: 8,
  samples: { every: 3, count: 4 },
  checkpoint: { every: 2 },
  metrics: { list: ["modes", { name: "duality-gap", steps: 3 }], every: 4, samples: 100 },
};

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "gantry-carrier-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const dataset = ring({ count: 400 });

/** Trains in `run`, or goes on there. */
async function train(backend: Backend, changes: object = {}, { run, ...effects }: Going = {}) {
  const config = parseConfig({ ...raw, ...changes });
  const game = gameFromConfig(config, sampleType(dataset));
  const paths = run ?? createRun(root, "carried");
  const judging = await prepareJudging(config, { dataset, game, measured: [] }, backend);
  const given = { config, dataset, game, run: paths, resume: run !== undefined, judging };
  const result = await runTraining(given, { backend, ...effects });
  await judging.judge?.release();
  return { paths, result };
}

interface Going extends Partial<TrainingEffects> {
  readonly run?: RunPaths;
}

/** Everything that a training leaves, but its times. */
function left(run: RunPaths) {
  const untimed = [...readEvents(run.events)].map(({ time: _, ...event }) =>
    event.type === "scalars"
      ? { ...event, values: { ...event.values, "images/second": 0 } }
      : "seconds" in event
        ? { ...event, seconds: 0 }
        : event,
  );
  const files = [run.checkpoints, run.samples].flatMap((dir) =>
    readdirSync(dir, { withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(safetensors|png)$/.test(entry.name))
      .map(({ name }) => [name, readFileSync(join(dir, name)).toString("base64")]),
  );
  return { events: untimed.map((event) => ({ ...event, run: undefined })), files };
}

describe("a state that is carried on a device", () => {
  it.each([
    ["alternating", {}],
    ["two moves of the discriminator", { updates: { discriminatorSteps: 2 } }],
    ["extragradient", { updates: { mode: "extragradient" } }],
    ["looked at closely", { health: { probes: "full", every: 2 } }],
  ])("makes the same training, to the bit: %s", async (_, changes) => {
    const backend = farBackend(referenceBackend);
    const near = left((await train(referenceBackend, changes)).paths);
    const far = left((await train(backend, changes)).paths);
    expect(far).toEqual(near);
    expect(far.files.length).toBeGreaterThan(4);
    const judged = far.events.flatMap((event) => (event.type === "metric" ? [event.metric] : []));
    expect(judged.map((name) => name.replace(/-\d.*/, ""))).toEqual(["modes", "duality-gap", "modes", "duality-gap"]);
    expect([backend.alive.size, backend.open.size]).toEqual([0, 0]);
  });

  it("is in the checkpoint that a stopped training goes on from", async () => {
    const backend = farBackend(referenceBackend);
    const unbroken = await train(referenceBackend);
    let done = 0;
    const broken = await train(backend, {}, { stopReason: () => (++done === 5 ? "SIGINT" : null) });
    expect(broken.result).toMatchObject({ status: "interrupted", step: 5 });
    await train(backend, {}, { run: broken.paths });
    const last = ({ paths: { checkpoints } }: typeof broken) =>
      readFileSync(join(checkpoints, readdirSync(checkpoints).sort().at(-1)!));
    expect(last(broken).equals(last(unbroken))).toBe(true);
  });

  it("cannot be read before it is brought back, and holds no more of the device than it needs", async () => {
    const config = parseConfig(raw);
    const game = gameFromConfig(config, sampleType(dataset));
    const backend = farBackend(referenceBackend);
    const executor = new Executor(game, backend, config.seed);
    const step = async (draw: number) => {
      for (const phase of planStep(game.updates, game.penalties, draw)) {
        await executor.run(phase, { real: new Float32Array(16), draw, scalar: () => 1e-3 });
      }
    };
    const before = structuredClone(executor.state.read());
    for (let draw = 0; draw < 3; draw++) await step(draw);
    expect(backend.alive.size).toBeGreaterThan(0);
    expect(backend.alive.size).toBeLessThanOrEqual(gameState(game).length);
    for (const look of ["read", "toArrays"] as const) {
      expect(() => executor.state[look]()).toThrow("was not brought back");
    }
    expect(() => executor.state.initialise(0)).toThrow("was not brought back");
    const after = (await executor.settle()).read();
    expect(after.generator).not.toEqual(before.generator);
    expect(backend.alive.size).toBe(0);
    // What is changed on the host is what the next step goes on with.
    executor.state.initialise(config.seed);
    expect((await executor.settle()).read()).toEqual(before);
    await step(0);
    // What is not settled is lost, and said to be.
    await executor.release();
    expect([backend.alive.size, backend.open.size]).toEqual([0, 0]);
    expect(() => executor.state.read()).toThrow("was not brought back");
    await expect(step(1)).rejects.toThrow(/there is no ".*" to feed/);
  });

  it("leaves to the host what the phase of a step does not write", async () => {
    const game = gameFromConfig(parseConfig(raw), sampleType(dataset));
    for (const backend of [referenceBackend, farBackend(referenceBackend)]) {
      const state = new StateStore(gameState(game));
      state.initialise(0);
      const carrier = lendsMemory(backend) ? new DeviceCarrier(state, backend) : new HostCarrier(state, backend);
      const phase = planStep(game.updates, game.penalties, 0)[0]!;
      const { graph, randoms, scalars } = traceStep(game, phase);
      const advance = await carrier.compile(optimize(graph));
      const noise = randoms.map(({ name, shape }) => [name, new Float32Array(sizeOf(shape))]);
      const given = { real: new Float32Array(16), scalars: new Float32Array(scalars.length) };
      expect(Object.keys(await advance({ ...given, ...Object.fromEntries(noise) }))).toEqual(["metrics"]);
      await carrier.release();
    }
  });
});
