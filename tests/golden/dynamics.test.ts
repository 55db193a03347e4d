/**
 * @file How players move, against PyTorch in float64: unrolled discriminators, extragradient and accumulated gradients over
 * whole games of two small perceptrons; and Adam whose beta2 moves.
 */

import { describe, expect, it, test } from "vitest";
import type { Backend, HostArrays } from "../../src/backend/backend.ts";
import { nodeBackend } from "../../src/backend/onnx/node.ts";
import { evaluate, referenceBackend } from "../../src/backend/reference/reference.ts";
import { parseConfig } from "../../src/config/config.ts";
import { gameFromConfig } from "../../src/config/game-from-config.ts";
import { gameState } from "../../src/gan/game/game-state.ts";
import type { PlayerName } from "../../src/gan/penalty.ts";
import { planStep } from "../../src/gan/step/phases.ts";
import { traceStep } from "../../src/gan/step/step.ts";
import { buildGraph } from "../../src/graph/graph.ts";
import { sizeOf } from "../../src/graph/ops.ts";
import * as t from "../../src/graph/tensor.ts";
import { adam } from "../../src/optim/adam.ts";
import { optimize } from "../../src/passes/pipeline.ts";
import { StateStore } from "../../src/run/store/state-store.ts";
import { expectClose, golden, type OperandSpec, operand } from "./golden.ts";

interface DynamicsCase {
  readonly config: {
    readonly mode: string;
    readonly optimizer: "sgd" | "adam";
    readonly gamma?: number;
    readonly accumulate?: number;
    readonly unroll?: object;
  };
  readonly start: Readonly<Record<PlayerName, readonly OperandSpec[]>>;
  readonly path: readonly Readonly<Record<PlayerName, readonly number[]>>[];
}

const BATCH = 6;

function gameOf({ mode, optimizer, gamma, accumulate, unroll }: DynamicsCase["config"]) {
  const learns = (lr: number) => ({ name: optimizer, lr, ...(optimizer === "adam" && { beta1: 0.5, beta2: 0.9 }) });
  const config = parseConfig({
    data: { source: "none" },
    model: { name: "mlp", latent: 2, width: 5, depth: 1 },
    penalties: gamma === undefined ? [] : [{ name: "r1", gamma }],
    optimizer: { generator: learns(0.03), discriminator: learns(0.05) },
    updates: { mode, ...(accumulate !== undefined && { accumulate }), ...(unroll && { unroll }) },
    ema: { enabled: false },
    batch: BATCH,
  });
  return { config, game: gameFromConfig(config, { kind: "points", shape: [2] }) };
}

/** Plays by the traced steps, and gives both players' parameters after each. */
async function play(backend: Backend, { config: choices, start, path }: DynamicsCase) {
  const { config, game } = gameOf(choices);
  const state = new StateStore(gameState(game));
  state.initialise(0);
  for (const player of ["generator", "discriminator"] as const) {
    const values = start[player].flatMap((spec) => [...operand(spec)]);
    expect(values).toHaveLength(game[player].parameters.length);
    (state.read()[player] as Float32Array).set(values);
  }
  const out: Record<PlayerName, Float32Array>[] = [];
  let draw = 0;
  for (let step = 0; step < path.length; step++) {
    for (const phase of planStep(game.updates, game.penalties, step)) {
      const { graph, scalars } = traceStep(game, phase);
      const optimized = optimize(graph);
      const executable = await backend.compile(optimized);
      const writes = Object.keys(optimized.outputs).filter((name) => name !== "metrics");
      const fed: HostArrays = {
        ...state.read(),
        scalars: Float32Array.from(scalars, ({ name }) => config.optimizer[name.replace("lr/", "") as PlayerName].lr),
        real: operand({ shape: [BATCH, 2], seed: 1000 + draw, scale: 1.2, shift: 0.3 }),
        "random/latent": operand({ shape: [BATCH, 2], seed: 2000 + draw, scale: 1.7, shift: 0 }),
      };
      const feeds = optimized.inputs.map(({ attrs: { name } }) => [name, fed[name]!] as const);
      await executable.run(Object.fromEntries(feeds), state.writable(writes));
      await executable.release();
      state.swap(writes);
      draw++;
    }
    const { generator, discriminator } = state.read();
    out.push({ generator: Float32Array.from(generator!), discriminator: Float32Array.from(discriminator!) });
  }
  return out;
}

describe.each(golden<DynamicsCase>("dynamics"))("%s", (_, subject) => {
  it.each([
    ["the reference", async () => referenceBackend],
    ["onnxruntime-node", () => nodeBackend({ threads: 1 })],
  ])("agrees, computed by %s", async (__, backend) => {
    const found = await play(await backend(), subject);
    subject.path.forEach((wanted, step) => {
      for (const player of ["generator", "discriminator"] as const) {
        expectClose(found[step]![player], wanted[player], 2e-6, `${player} after step ${step + 1}`);
      }
    });
  });
});

interface MovingCase {
  readonly lr: number;
  readonly start: OperandSpec;
  readonly betas: readonly number[];
  readonly path: readonly number[][];
}

test.each(golden<MovingCase>("moving-beta2"))("%s", (_, { lr, start, betas, path }) => {
  const length = sizeOf(start.shape);
  const [parameters, gradient] = [t.input("parameters", [length]), t.input("gradient", [length])];
  const transform = adam({ beta1: 0.5, beta2: { from: 0.9, to: 0.99, kind: "linear", until: 1 } });
  const specs = transform.slots(length);
  const slots = Object.fromEntries(Object.entries(specs).map(([name, { shape }]) => [name, t.input(name, shape)]));
  const after = transform.update(gradient, slots, parameters, (name) => t.input(name, []));
  const graph = buildGraph({ ...after.slots, moved: t.sub(parameters, t.mul(after.update, lr)) });
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
      beta2: [betas[step]!],
    });
    carried = carriedOn;
    p = Float64Array.from(moved!);
    expectClose(p, expected, 2e-7, `parameters after step ${step + 1}`);
  });
});
