/**
 * @file Penalties with memory, on both players or on weights against PyTorch: short trainings of a small perceptron, simultaneous
 * descent at a fixed rate. The term of every step, both losses and the arrays at the end must agree.
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
import { expectClose, golden, type NamedOperand, operand } from "./golden.ts";

interface Training {
  readonly config: {
    readonly objective: string;
    readonly penalties: readonly [{ readonly name: string }];
    readonly optimizer: { readonly name: string; readonly lr: number };
  };
  readonly sizes: { readonly [K in "batch" | "latent" | "width" | "steps"]: number };
  readonly start: { readonly [K in "generator" | "discriminator"]: readonly NamedOperand[] };
  readonly terms: readonly number[];
  readonly losses: readonly (readonly [discriminator: number, generator: number])[];
  readonly end: { readonly [K in "generator" | "discriminator"]: Readonly<Record<string, number[]>> };
}

/** The backends, and how near float32 states come over the steps. */
const engines: readonly { readonly name: string; readonly open: () => Promise<Backend> }[] = [
  { name: "reference", open: async () => referenceBackend },
  { name: "onnxruntime-node", open: () => nodeBackend({ threads: 1 }) },
];
const TOLERANCE = 3e-6;

/** Descends as the golden script does, and gives what each step measured and the state at the end. */
async function descend(backend: Backend, { config, sizes, start }: Training) {
  const { batch, latent, width, steps } = sizes;
  const parsed = parseConfig({
    ...config,
    data: { source: "none" },
    model: { name: "mlp", latent, width, depth: 1 },
    optimizer: { generator: config.optimizer, discriminator: config.optimizer },
    updates: { mode: "simultaneous" },
    batch,
  });
  const game = gameFromConfig(parsed, { kind: "points", shape: [2] });
  const state = new StateStore(gameState(game));
  state.initialise(0);
  const arrays = state.toArrays();
  for (const [player, list] of Object.entries(start)) {
    for (const { name, operand: spec } of list) {
      (arrays.get(`${player}/${name}`)!.data as Float32Array).set(operand(spec));
    }
  }
  const { graph, metrics, scalars } = traceStep(game, planStep(game.updates, game.penalties, 0)[0]!);
  const optimized = optimize(graph);
  const executable = await backend.compile(optimized);
  const inputs = optimized.inputs.map(({ attrs }) => attrs.name);
  const measured: Map<string, number>[] = [];
  for (let step = 0; step < steps; step++) {
    const feeds = {
      ...state.read(),
      scalars: Float32Array.from(scalars, ({ name }) => (name === "ema/decay" ? 0.9 : config.optimizer.lr)),
      real: operand({ shape: [batch, 2], seed: 600 + step, scale: 1, shift: 0 }),
      "random/latent": operand({ shape: [batch, latent], seed: 700 + step, scale: 1.7, shift: 0 }),
      "random/step/mode-seeking": operand({ shape: [batch, latent], seed: 800 + step, scale: 1.7, shift: 0 }),
    };
    const writes = Object.keys(optimized.outputs).filter((name) => name !== "metrics");
    const fed = Object.fromEntries(Object.entries(feeds).filter(([name]) => inputs.includes(name)));
    const out = await executable.run(fed, state.writable(writes));
    state.swap(writes);
    measured.push(new Map(metrics.map((name, i) => [name, out.metrics![i]!])));
  }
  await executable.release();
  return { measured, state };
}

describe.each(engines)("$name", ({ open }) => {
  it.each(golden<Training>("more"))("%s", async (_, training) => {
    const { measured, state } = await descend(await open(), training);
    expect(training.terms).toHaveLength(measured.length);
    const [{ name }] = training.config.penalties;
    measured.forEach((values, step) => {
      const after = `after step ${step + 1}`;
      expectClose(
        [(values.get(`penalty/${name}`) ?? values.get(`penalty/${name}/generator`))!],
        [training.terms[step]!],
        TOLERANCE,
        `the term ${after}`,
        0.1,
      );
      const losses = [values.get("loss/discriminator")!, values.get("loss/generator")!];
      expectClose(losses, training.losses[step]!, TOLERANCE, `the losses ${after}`);
    });
    const arrays = state.toArrays();
    for (const [player, list] of Object.entries(training.end)) {
      for (const [key, values] of Object.entries(list)) {
        expectClose(arrays.get(`${player}/${key}`)!.data as Float32Array, values, TOLERANCE, `${player}/${key}`, 0.1);
      }
    }
  });
});
