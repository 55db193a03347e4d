/** @file Tracing a step of a game and feeding it: what the contracts of registries, and of what acts against collapse, share. */

import type { Backend, HostArrays } from "../../src/backend/backend.ts";
import type { Game } from "../../src/gan/game.ts";
import { gameState } from "../../src/gan/game-state.ts";
import { planStep } from "../../src/gan/phases.ts";
import { type StepProgram, traceStep } from "../../src/gan/step.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { sizeOf } from "../../src/graph/ops.ts";
import { drawNoise } from "../../src/run/executor.ts";
import { StateStore } from "../../src/run/state-store.ts";
import { fillBits, fillNormal, fillUniform, streamKey } from "../../src/util/rng.ts";

/** The first phase of a game's first step. */
export const programOf = (game: Game): StepProgram => traceStep(game, planStep(game.updates, game.penalties, 0)[0]!);

/** Everything that a traced step must be fed, with weights large enough to matter. */
export function feedsOf(game: Game, { graph, randoms, scalars }: StepProgram, lr: number): HostArrays {
  const store = new StateStore(gameState(game));
  store.initialise(0);
  const feeds: Record<string, Float32Array | Int32Array | Uint8Array> = { ...store.read() };
  for (const player of ["generator", "discriminator"]) {
    const noise = new Float32Array(feeds[player]!.length);
    fillNormal(streamKey(3, player), 0, noise);
    feeds[player] = Float32Array.from(feeds[player]!, (x, i) => x + 0.2 * noise[i]!);
  }
  // Moments, and old fakes, as they may be in the middle of a training.
  for (const [name, values] of Object.entries(feeds)) {
    if (name.startsWith("optim/") || name === "replay/fakes") {
      fillUniform(streamKey(1, name), 0, values as Float32Array);
    }
    if (name === "replay/count") values.fill(2);
  }
  const length = game.batch * sizeOf(game.sample.shape);
  const words = new Uint32Array(length);
  fillBits(streamKey(1, "real"), 0, words);
  feeds.real =
    game.sample.kind === "images"
      ? Uint8Array.from(words, (word) => word >>> 24)
      : Float32Array.from(words, (word) => word / 2 ** 31 - 1);
  for (const spec of randoms) {
    const size = sizeOf(spec.shape);
    const values = spec.distribution.kind === "bernoulli" ? new Uint8Array(size) : new Float32Array(size);
    drawNoise(1, spec, 0, values);
    feeds[spec.name] = values;
  }
  feeds.scalars = Float32Array.from(scalars, ({ name, ramp }) => (name === "ema/decay" ? 0.75 : (ramp?.to ?? lr)));
  const names = new Set(graph.inputs.map(({ attrs }) => attrs.name));
  return Object.fromEntries(Object.entries(feeds).filter(([name]) => names.has(name)));
}

/** Two runs of one compiled graph on the same feeds. */
export async function runTwice(backend: Backend, graph: Graph, feeds: HostArrays) {
  const executable = await backend.compile(graph);
  try {
    return [await executable.run(feeds), await executable.run(feeds)] as const;
  } finally {
    await executable.release();
  }
}
