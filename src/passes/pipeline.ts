/** @file The passes in order, repeated until nothing changes. */

import type { Graph } from "../graph/graph.ts";
import { cse } from "./cse.ts";
import { fold } from "./fold.ts";

/** A pass: a pure function from graph to graph that computes the same. Dead code goes by itself (see `graph.ts`). */
export interface Pass {
  readonly name: string;
  readonly run: (graph: Graph) => Graph;
}

/** All passes, in the order in which they run. */
export const passes: readonly Pass[] = [
  { name: "fold", run: fold },
  { name: "cse", run: cse },
];

/** Rounds after which the pipeline stops even if a pass still finds something. */
const ROUNDS = 6;

/** Rewriting keeps what it does not change, so a graph is unchanged when its outputs are the same nodes. */
function isUnchanged(before: Graph, after: Graph): boolean {
  return Object.entries(before.outputs).every(([name, x]) => after.outputs[name] === x);
}

/**
 * Simplifies a graph: the same inputs and outputs, fewer and smaller operations. Run it after the last differentiation.
 *
 * An input that no output needs any more disappears from `inputs`; feeding it is still allowed.
 */
export function optimize(graph: Graph): Graph {
  let current = graph;
  for (let round = 0; round < ROUNDS; round++) {
    const next = passes.reduce((result, pass) => pass.run(result), current);
    if (isUnchanged(current, next)) return next;
    current = next;
  }
  return current;
}
