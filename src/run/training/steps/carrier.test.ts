/** @file A training whose state stays on a device is the same training, and gives the device's memory back. */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Backend, DeviceArray, HostArray } from "../../../backend/backend.ts";
import { referenceBackend } from "../../../backend/reference/reference.ts";
import { parseConfig } from "../../../config/config.ts";
import { gameFromConfig } from "../../../config/game-from-config.ts";
import { ring } from "../../../data/synthetic.ts";
import { gameState } from "../../../gan/game/game-state.ts";
import { planStep } from "../../../gan/step/phases.ts";
import { readEvents } from "../../store/event-log.ts";
import { createRun, type RunPaths } from "../../store/run-dir.ts";
import { runTraining } from "../trainer.ts";
import { Executor } from "./executor.ts";

/** An array that only its device can compute with. */
class FarArray implements DeviceArray {
  readonly values: HostArray;
  private readonly alive: Set<FarArray>;

  constructor(values: HostArray, alive: Set<FarArray>) {
    this.values = values;
    this.alive = alive;
    alive.add(this);
  }

  async read(): Promise<HostArray> {
    if (!this.alive.has(this)) throw new Error("read after it was released");
    return this.values.slice();
  }

  release(): void {
    if (!this.alive.delete(this)) throw new Error("released twice");
  }
}

/** The reference backend with memory of its own: `alive` are the arrays in it. */
function farBackend(): Backend & { readonly alive: ReadonlySet<FarArray> } {
  const alive = new Set<FarArray>();
  return {
    ...referenceBackend,
    alive,
    async compileResident(graph, resident) {
      const executable = await referenceBackend.compile(graph);
      return {
        async run(feeds) {
          const near = Object.entries(feeds).map(([name, value]) => {
            if (value instanceof FarArray && !alive.has(value)) throw new Error("fed after it was released");
            return [name, value instanceof FarArray ? value.values : (value as HostArray)] as const;
          });
          const results = Object.entries(await executable.run(Object.fromEntries(near)));
          const host = results.filter(([name]) => !resident.includes(name));
          const far = results.filter(([name]) => resident.includes(name));
          return {
            host: Object.fromEntries(host),
            device: Object.fromEntries(far.map(([name, values]) => [name, new FarArray(values, alive)])),
          };
        },
        release: () => executable.release(),
      };
    },
  };
}

const raw = {
  data: { source: "ring" },
  model: { name: "mlp", width: 4, depth: 1 },
  penalties: [{ name: "r1", every: 2 }],
  batch: 8,
  steps: 8,
  samples: { every: 3, count: 4 },
  checkpoint: { every: 2 },
  metrics: { list: ["modes"], every: 4, samples: 100 },
};

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "gantry-carrier-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function job(changes: object = {}, run: RunPaths = createRun(root, "carried"), resume = false) {
  const config = parseConfig({ ...raw, ...changes });
  const game = gameFromConfig(config, { kind: "points", shape: [2] });
  return { config, dataset: ring({ count: 64 }), game, run, resume };
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
    ["looked at in every way", { health: { probes: "full", every: 2 } }],
  ])("makes the same training, to the bit: %s", async (_, changes) => {
    const [near, far] = [job(changes), job(changes)];
    const backend = farBackend();
    await runTraining(near, { backend: referenceBackend });
    await runTraining(far, { backend });
    expect(left(far.run)).toEqual(left(near.run));
    expect(left(far.run).files.length).toBeGreaterThan(4);
    expect(backend.alive.size).toBe(0);
  });

  it("is in the checkpoint that a stopped training goes on from", async () => {
    const [unbroken, broken] = [job(), job()];
    await runTraining(unbroken, { backend: referenceBackend });
    let done = 0;
    const stopped = { backend: farBackend(), stopReason: () => (++done === 5 ? "SIGINT" : null) };
    expect(await runTraining(broken, stopped)).toMatchObject({ status: "interrupted", step: 5 });
    await runTraining(job({}, broken.run, true), { backend: farBackend() });
    const last = (run: RunPaths) => readFileSync(join(run.checkpoints, readdirSync(run.checkpoints).sort().at(-1)!));
    expect(last(broken.run).equals(last(unbroken.run))).toBe(true);
  });

  it("cannot be read before it is brought back, and holds no more of the device than it needs", async () => {
    const { game, config } = job();
    const backend = farBackend();
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
    await executor.release();
    expect(backend.alive.size).toBe(0);
  });
});
