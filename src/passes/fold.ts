/**
 * @file Folding: each node is replaced by a simpler equal until no rule applies to it.
 *
 * The rules stand in `fold-arithmetic.ts`, `fold-shape.ts` and `fold-constants.ts`. To add one, write a function of one
 * node and put it into its file's list. A rule must make progress: fewer nodes, or smaller operands.
 */

import { type Graph, rewriteGraph } from "../graph/graph.ts";
import type { Tensor } from "../graph/ops.ts";
import { inScope } from "../graph/scope.ts";
import { arithmeticRules } from "./fold-arithmetic.ts";
import { constantRules } from "./fold-constants.ts";
import { shapeRules } from "./fold-shape.ts";

const rules = [...constantRules, ...arithmeticRules, ...shapeRules];

/** A node passes through at most this many rules in one visit; the pipeline visits it again. */
const STEPS = 16;

function step(node: Tensor): Tensor | null {
  for (const rule of rules) {
    const better = rule(node);
    if (better !== null) return better;
  }
  return null;
}

function simplify(node: Tensor): Tensor {
  let current = node;
  for (let i = 0; i < STEPS; i++) {
    const better = step(current);
    if (better === null) return current;
    current = better;
  }
  return current;
}

/** Applies the folding rules to every node, operands first. Run it after differentiation: stopGradient goes. */
export function fold(graph: Graph): Graph {
  return rewriteGraph(graph, (node) => inScope(node.scope, () => simplify(node)));
}
