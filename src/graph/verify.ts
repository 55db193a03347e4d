/** @file The grammar of a graph, checked between passes in tests: a broken pass is caught where it broke. */

import type { Graph } from "./graph.ts";
import { inferRules, type TensorType } from "./infer.ts";
import { type OpAttrs, type OpName, type Tensor, typeText } from "./ops.ts";

/** Throws when operands do not come before users, a type is not what its rule gives, or an input or output is lost. */
export function verifyGraph(graph: Graph): void {
  const seen = new Set<Tensor>();
  graph.nodes.forEach((node, i) => {
    const where = `node %${i} (${node.op}${node.scope === "" ? "" : ` at ${node.scope}`})`;
    if (seen.has(node)) throw new Error(`verify: ${where} is listed twice`);
    for (const x of node.inputs) if (!seen.has(x)) throw new Error(`verify: ${where} uses a node that comes later`);
    const infer = inferRules[node.op] as (inputs: readonly Tensor[], attrs: OpAttrs[OpName]) => TensorType;
    const expected = infer(node.inputs, node.attrs);
    if (typeText(expected) !== typeText(node)) {
      throw new Error(`verify: ${where} says ${typeText(node)}, its rule gives ${typeText(expected)}`);
    }
    seen.add(node);
  });
  for (const [name, x] of Object.entries(graph.outputs)) {
    if (!seen.has(x)) throw new Error(`verify: output "${name}" is not in the graph`);
  }
  const listed = new Set(graph.inputs.map((x) => x as unknown as Tensor));
  for (const node of graph.nodes) {
    if (node.op === "input" && !listed.has(node)) throw new Error(`verify: input "${node.attrs.name}" is not listed`);
  }
  for (const x of graph.inputs) {
    if (!seen.has(x as unknown as Tensor)) throw new Error(`verify: input "${x.attrs.name}" is not in the graph`);
  }
}
