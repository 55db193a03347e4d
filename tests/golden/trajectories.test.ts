/**
 * @file Whole trainings of a small DCGAN against PyTorch in float64: every number that a step measures, over twenty steps,
 * and the weights, moving averages and running averages at the end. The game comes from a config, as in a real training.
 */

import { describe, expect, it } from "vitest";
import type { Backend } from "../../src/backend/backend.ts";
import { nodeBackend } from "../../src/backend/onnx/node.ts";
import { referenceBackend } from "../../src/backend/reference/reference.ts";
import { parseConfig } from "../../src/config/config.ts";
import { gameFromConfig } from "../../src/config/game-from-config.ts";
import { gameState } from "../../src/gan/game/game-state.ts";
import { planStep } from "../../src/gan/step/phases.ts";
import { traceStep } from "../../src/gan/step/step.ts";
import { optimize } from "../../src/passes/pipeline.ts";
import { StateStore } from "../../src/run/store/state-store.ts";
import { expectClose, golden, type NamedOperand, operand, unit } from "./golden.ts";

interface Trajectory {
  readonly config: {
    readonly objective: string;
    readonly norm: string;
    readonly mode: string;
    readonly optimizer: { readonly name: string; readonly lr: number };
    readonly penalties: readonly { readonly name: string }[];
    readonly ratio: readonly [number, number];
  };
  readonly sizes: { readonly [K in "size" | "base" | "latent" | "batch" | "steps" | "decay"]: number };
  readonly start: { readonly [K in "generator" | "discriminator"]: readonly NamedOperand[] };
  readonly phases: readonly Readonly<Record<string, number>>[];
  readonly state: Readonly<
    Record<string, { readonly stride: number; readonly values: number[]; readonly norm: number }>
  >;
}

function gameOf({ config, sizes }: Trajectory) {
  const { objective, norm, mode, optimizer, penalties, ratio } = config;
  const parsed = parseConfig({
    data: { source: "none" },
    model: { name: "dcgan", latent: sizes.latent, base: sizes.base, norm },
    objective,
    penalties,
    optimizer: { generator: optimizer, discriminator: optimizer },
    updates: { mode, discriminatorSteps: ratio[0], generatorSteps: ratio[1] },
    batch: sizes.batch,
  });
  return gameFromConfig(parsed, { kind: "images", shape: [1, sizes.size, sizes.size] });
}

/** A state whose weights, and their averages, are those of the golden file. */
function startState(game: ReturnType<typeof gameOf>, start: Trajectory["start"]): StateStore {
  const state = new StateStore(gameState(game));
  state.initialise(0);
  const arrays = state.toArrays();
  for (const [player, list] of Object.entries(start)) {
    const names = [...arrays.keys()].filter((name) => name.startsWith(`${player}/`) && !name.includes("/buffers/"));
    expect(names).toEqual(list.map(({ name }) => `${player}/${name}`));
    for (const { name, operand: spec } of list) {
      for (const array of [arrays.get(`${player}/${name}`), arrays.get(`ema/${player}/${name}`)]) {
        if (array !== undefined) (array.data as Float32Array).set(operand(spec));
      }
    }
  }
  return state;
}

/** Trains for `steps` steps and gives what every phase measured. */
async function play(backend: Backend, trajectory: Trajectory, steps: number) {
  const { config, sizes, start } = trajectory;
  const game = gameOf(trajectory);
  const state = startState(game, start);
  const lr = config.optimizer.lr;
  const compiled = new Map<string, ReturnType<typeof compile>>();
  const compile = async (phase: ReturnType<typeof planStep>[number]) => {
    const { graph, metrics, randoms, scalars } = traceStep(game, phase);
    const optimized = optimize(graph);
    return { executable: await backend.compile(optimized), graph: optimized, metrics, randoms, scalars };
  };
  const measured: Record<string, number>[] = [];
  for (let step = 0; step < steps; step++) {
    for (const phase of planStep(game.updates, game.penalties, step)) {
      const draw = measured.length;
      const key = JSON.stringify(phase);
      if (!compiled.has(key)) compiled.set(key, compile(phase));
      const { executable, graph, metrics, randoms, scalars } = await compiled.get(key)!;
      // One latent serves both players: there is no second draw for the generator's half.
      expect(randoms.map(({ name }) => name)).toEqual(
        phase.penalties.includes("wgan-gp") ? ["random/latent", "random/step/wgan-gp"] : ["random/latent"],
      );
      const writes = Object.keys(graph.outputs).filter((name) => name !== "metrics");
      const out = await executable.run(
        {
          ...state.read(),
          scalars: Float32Array.from(scalars, ({ name }) => (name === "ema/decay" ? sizes.decay : lr)),
          real: Uint8Array.from(unit(1000 + draw, sizes.batch * sizes.size ** 2), (u) => Math.floor(256 * u)),
          "random/latent": operand({ shape: [sizes.batch, sizes.latent], seed: 2000 + draw, scale: 1.7, shift: 0 }),
          "random/step/wgan-gp": operand({ shape: [sizes.batch, 1, 1, 1], seed: 3000 + draw, scale: 0.5, shift: 0.5 }),
        },
        state.writable(writes),
      );
      state.swap(writes);
      measured.push(Object.fromEntries(metrics.map((name, i) => [name, out.metrics![i]!])));
    }
  }
  for (const { executable } of await Promise.all(compiled.values())) await executable.release();
  return { measured, state };
}

/** What was found is 5e-6 at most over twenty steps of ONNX Runtime's float32. */
const TOLERANCE = 2e-5;

function compareMetrics(measured: readonly Record<string, number>[], expected: Trajectory["phases"]) {
  measured.forEach((values, phase) => {
    // PyTorch's script measures everything; a phase of the generator alone does not look at the reals.
    const looksAtReals = "loss/discriminator" in expected[phase]!;
    const wanted = Object.fromEntries(
      Object.entries(expected[phase]!).filter(([name]) => looksAtReals || !name.endsWith("/real")),
    );
    expect(Object.keys(values).sort()).toEqual(Object.keys(wanted).sort());
    for (const [name, value] of Object.entries(wanted)) {
      expectClose([values[name]!], [value], TOLERANCE, `${name} in phase ${phase + 1}`, 0.1);
    }
  });
}

describe.each(golden<Trajectory>("trajectories"))("%s", (_, trajectory) => {
  const perStep = Math.max(...trajectory.config.ratio);

  it("agrees over the first four steps, computed by the reference", async () => {
    const { measured } = await play(referenceBackend, trajectory, 4);
    compareMetrics(measured, trajectory.phases.slice(0, 4 * perStep));
  });

  it("agrees over all steps, computed by onnxruntime-node", async () => {
    const { measured, state } = await play(await nodeBackend({ threads: 1 }), trajectory, trajectory.sizes.steps);
    compareMetrics(measured, trajectory.phases);
    const arrays = state.toArrays();
    for (const [name, { stride, values, norm }] of Object.entries(trajectory.state)) {
      const data = arrays.get(name)!.data as Float32Array;
      const picked = values.map((_, i) => data[i * stride]!);
      expectClose(picked, values, TOLERANCE, name);
      expectClose([Math.hypot(...data)], [norm], TOLERANCE, `norm of ${name}`);
    }
  });
});
