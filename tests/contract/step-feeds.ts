/** @file Tracing a step of a game and running it twice. */

import type { Backend, HostArrays } from "../../src/backend/backend.ts";
import type { Game } from "../../src/gan/game.ts";
import { planStep } from "../../src/gan/phases.ts";
import { type StepProgram, traceStep } from "../../src/gan/step.ts";
import type { Graph } from "../../src/graph/graph.ts";

/** The first phase of a game's first step. */
export const programOf = (game: Game): StepProgram => traceStep(game, planStep(game.updates, game.penalties, 0)[0]!);

/** Two runs of one compiled graph on the same feeds. */
export async function runTwice(backend: Backend, graph: Graph, feeds: HostArrays) {
  const executable = await backend.compile(graph);
  try {
    return [await executable.run(feeds), await executable.run(feeds)] as const;
  } finally {
    await executable.release();
  }
}
