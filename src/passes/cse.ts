/**
 * @file Common sub-expressions: nodes with the same op, attributes and operands become one.
 *
 * Inputs are never merged. Small constants are equal when their bytes are; large ones only when they share their array.
 * The node that is met first stays, with its scope.
 */

import { type Graph, rewriteGraph } from "../graph/graph.ts";
import type { ConstantData, OpName, Tensor } from "../graph/ops.ts";
import { SMALL } from "./match.ts";

/** Ops that give the same whichever way round their operands stand. */
const COMMUTATIVE: ReadonlySet<OpName> = new Set<OpName>(["add", "mul", "equal"]);

/** Hands out small integers: equal objects (by identity), equal numbers. */
class Numbering<T> {
  private readonly known = new Map<T, number>();

  of(x: T): number {
    let id = this.known.get(x);
    if (id === undefined) {
      id = this.known.size;
      this.known.set(x, id);
    }
    return id;
  }
}

function attrsKey(attrs: object): string {
  const entries = Object.entries(attrs) as [string, unknown][];
  return entries
    .map(([key, value]) => `${key}=${String(value)}`)
    .sort()
    .join(";");
}

/** Merges nodes that compute the same. */
export function cse(graph: Graph): Graph {
  const nodes = new Numbering<Tensor>();
  const arrays = new Numbering<ConstantData>();
  const first = new Map<string, Tensor>();

  const constantKey = (data: ConstantData, shape: string): string => {
    if (data.length > SMALL) return `array ${arrays.of(data)}[${shape}]`;
    // Bytes rather than numbers: 0 and -0 differ, and NaN equals itself.
    return `${data.constructor.name} ${new Uint8Array(data.buffer, data.byteOffset, data.byteLength).join()}[${shape}]`;
  };

  return rewriteGraph(graph, (node) => {
    if (node.op === "input") return node;
    const operands = node.inputs.map((x) => nodes.of(x));
    if (COMMUTATIVE.has(node.op)) operands.sort((a, b) => a - b);
    const attrs = node.op === "constant" ? constantKey(node.attrs.data, node.shape.join()) : attrsKey(node.attrs);
    const key = `${node.op}(${operands.join()}){${attrs}}`;
    const same = first.get(key);
    if (same !== undefined) return same;
    first.set(key, node);
    return node;
  });
}
