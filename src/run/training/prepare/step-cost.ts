/** @file What a step costs: counted from its compiled programs, or measured by running some. */

import { freemem } from "node:os";
import type { Backend } from "../../../backend/backend.ts";
import type { Config } from "../../../config/config.ts";
import { BatchOrder, gatherBatch, gatherLabels } from "../../../data/batches.ts";
import type { Dataset } from "../../../data/dataset.ts";
import type { Game } from "../../../gan/game/game.ts";
import { gameState } from "../../../gan/game/game-state.ts";
import { phaseKey, planStep } from "../../../gan/step/phases.ts";
import { traceStep } from "../../../gan/step/step.ts";
import type { ScalarSpec } from "../../../gan/step/trace.ts";
import { graphCost } from "../../../graph/cost.ts";
import { sizeOf } from "../../../graph/ops.ts";
import type { CostFacts } from "../../../health/preflight/check.ts";
import { optimize } from "../../../passes/pipeline.ts";
import { Executor } from "../steps/executor.ts";

/** Steps whose penalties stand for those of a training: lazy ones are computed once in at most so many. */
const CYCLE = 16;

/**
 * Bytes of memory at the peak of a training on the CPU: a base for Node.js and the runtime; the data and part of them while they are
 * read; the state in two copies, in a checkpoint as it is written, and in the sampler; and what is alive in a step, with the
 * padding of the runtime's arena. Fitted to nine short trainings that took 200 to 1270 MB (points, MNIST, colour images of 32 and
 * 64 pixels; MLP, DCGAN, R3GAN, tutorial; batches of 16 to 256), all of which it meets within a tenth.
 */
const PEAK = { base: 200e6, data: 1.2, state: 5, live: 1.7 } as const;

/** The phases of the first steps, by their key, with how often each occurs in a step. */
function phasesOf(game: Game) {
  const steps = Array.from({ length: CYCLE }, (_, step) => planStep(game.updates, game.penalties, step)).flat();
  const kinds = new Map(steps.map((phase) => [phaseKey(phase), phase]));
  return [...kinds].map(([key, phase]) => ({
    phase,
    perStep: steps.filter((other) => phaseKey(other) === key).length / CYCLE,
  }));
}

/**
 * Counts operations and memory of a step; nothing is compiled or run.
 */
export function countStep(game: Game, dataset: Dataset): CostFacts {
  const costs = phasesOf(game).map(({ phase, perStep }) => ({
    perStep,
    ...graphCost(optimize(traceStep(game, phase).graph)),
  }));
  const state = gameState(game).reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);
  const live = Math.max(...costs.map((cost) => cost.live));
  return {
    gflop: costs.reduce((sum, { flops, perStep }) => sum + flops * perStep, 0) / 1e9,
    memory: PEAK.base + PEAK.data * dataset.data.byteLength + PEAK.state * state + PEAK.live * live,
    // What this process has taken already, the data among it, is part of what it needs.
    free: freemem() + process.memoryUsage().rss,
  };
}

/** Values that scalars may have at the first step: their sizes do not change how long a step takes. */
const firstScalar = ({ name, ramp }: ScalarSpec): number => ramp?.from ?? (name === "ema/decay" ? 0.999 : 1e-4);

/** Compiles the step of `game` and times `steps` steps after a first one, which allocates. What is learned is thrown away. */
export async function timeSteps(
  config: Config,
  game: Game,
  dataset: Dataset,
  backend: Backend,
  steps: number,
): Promise<CostFacts> {
  const { batch, seed } = config;
  const counted = countStep(game, dataset);
  const executor = new Executor(game, backend, seed);
  try {
    const order = new BatchOrder({ count: dataset.count, batch, seed });
    const size = batch * sizeOf(dataset.shape);
    const real = dataset.kind === "images" ? new Uint8Array(size) : new Float32Array(size);
    const { condition } = game;
    const labels = condition?.kind === "labels" ? new Float32Array(batch * condition.classes) : undefined;
    const indices = new Uint32Array(batch);
    let draw = 0;
    const run = async (step: number): Promise<void> => {
      for (const phase of planStep(game.updates, game.penalties, step)) {
        order.fill(draw * batch, indices);
        gatherBatch(dataset, indices, real);
        if (labels !== undefined) gatherLabels(dataset, indices, labels);
        await executor.run(phase, { real, ...(labels && { labels }), draw: draw++, scalar: firstScalar });
      }
    };
    for (const { phase } of phasesOf(game)) await executor.prepare(phase);
    await run(0);
    const start = performance.now();
    for (let step = 1; step <= steps; step++) await run(step);
    const seconds = (performance.now() - start) / 1000 / steps;
    return { ...counted, timed: { seconds, steps } };
  } finally {
    await executor.release();
  }
}
