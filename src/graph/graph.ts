/**
 * @file A graph is what its outputs reach. Nodes are immutable and shared, so dead code cannot exist in one, and a
 * rewrite is a function from node to node.
 */

import { ConfigError } from "../util/errors.ts";
import { type NodeOf, type OpAttrs, type OpName, type Tensor, typeText } from "./ops.ts";
import { makeNode } from "./tensor.ts";

/** Named results, with every node they need in topological order (operands first). */
export interface Graph {
  readonly nodes: readonly Tensor[];
  readonly inputs: readonly NodeOf<"input">[];
  readonly outputs: Readonly<Record<string, Tensor>>;
}

/** All nodes that `roots` need, operands before users. The order depends only on the structure. */
export function topological(roots: readonly Tensor[]): Tensor[] {
  const order: Tensor[] = [];
  const done = new Set<Tensor>();
  // An explicit stack: unrolled programs are deeper than the call stack allows.
  const stack: { node: Tensor; next: number }[] = [];
  for (const root of roots) {
    if (!done.has(root)) stack.push({ node: root, next: 0 });
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      const operand = top.node.inputs[top.next];
      if (operand === undefined) {
        stack.pop();
        if (!done.has(top.node)) {
          done.add(top.node);
          order.push(top.node);
        }
      } else {
        top.next++;
        if (!done.has(operand)) stack.push({ node: operand, next: 0 });
      }
    }
  }
  return order;
}

/** The graph that computes `outputs`. Two different inputs with one name are refused. */
export function buildGraph(outputs: Readonly<Record<string, Tensor>>): Graph {
  const nodes = topological(Object.values(outputs));
  const inputs = nodes.filter((node): node is NodeOf<"input"> => node.op === "input");
  const names = new Set<string>();
  for (const node of inputs) {
    if (names.has(node.attrs.name)) throw new ConfigError(`two inputs of one graph are called "${node.attrs.name}"`);
    names.add(node.attrs.name);
  }
  return { nodes, inputs, outputs };
}

/** A node with the same op, attributes and place, but other operands. */
export function withInputs<K extends OpName>(node: NodeOf<K>, inputs: readonly Tensor[]): Tensor {
  if (inputs.every((x, i) => x === node.inputs[i])) return node as unknown as Tensor;
  const copy = makeNode(node.op, inputs, node.attrs as OpAttrs[K]);
  return { ...copy, scope: node.scope } as Tensor;
}

function sameType(a: Tensor, b: Tensor): boolean {
  return a.dtype === b.dtype && a.shape.length === b.shape.length && a.shape.every((n, i) => n === b.shape[i]);
}

/**
 * Rebuilds a graph bottom-up. `rewrite` sees each node after its operands were rewritten, and returns the node itself or
 * what replaces it (same shape and type).
 */
export function rewriteGraph(graph: Graph, rewrite: (node: Tensor) => Tensor): Graph {
  const replaced = new Map<Tensor, Tensor>();
  for (const node of graph.nodes) {
    const moved = withInputs(
      node as NodeOf<OpName>,
      node.inputs.map((x) => replaced.get(x)!),
    );
    const result = rewrite(moved);
    // The message is built only where it is needed: this loop runs over tens of thousands of nodes.
    if (result !== node && !sameType(result, node)) {
      throw new Error(`internal: a rewrite of ${node.op} changed ${typeText(node)} to ${typeText(result)}`);
    }
    replaced.set(node, result);
  }
  return buildGraph(Object.fromEntries(Object.entries(graph.outputs).map(([name, x]) => [name, replaced.get(x)!])));
}
