/** @file What a graph costs: operations of its products, and the memory that its values take at once. */

import type { Graph } from "./graph.ts";
import { sizeOf, type Tensor } from "./ops.ts";

/** The cost of one run of a graph. */
export interface GraphCost {
  /** Floating-point operations of matrix products and convolutions: two for each multiplication and addition. */
  readonly flops: number;
  /** Most bytes of values that are neither inputs, outputs nor constants alive at once, where nodes run in order. */
  readonly live: number;
}

/** Operations of one node; 0 for what is no product. */
function flopsOf(node: Tensor): number {
  const [a, b] = node.inputs;
  switch (node.op) {
    case "matmul":
      return 2 * sizeOf(node.shape) * a!.shape.at(node.attrs.transposeA ? -2 : -1)!;
    // Every element of the smaller side meets the filters of one output channel.
    case "conv":
      return (2 * sizeOf(node.shape) * sizeOf(b!.shape)) / b!.shape[0]!;
    case "convTranspose":
      return (2 * sizeOf(a!.shape) * sizeOf(b!.shape)) / b!.shape[0]!;
    case "convFilterGrad":
      return (2 * sizeOf(b!.shape) * sizeOf(node.shape)) / node.shape[0]!;
    default:
      return 0;
  }
}

/** Ops whose result is their operand under another type, or in the same place. */
const VIEWS: readonly Tensor["op"][] = ["reshape", "stopGradient"];
/** Ops that read every element before another is written. */
const NOT_IN_PLACE: readonly Tensor["op"][] = [
  "transpose",
  "broadcastTo",
  "slice",
  "pad",
  "concat",
  "reduceSum",
  "reduceMax",
  "matmul",
  "conv",
  "convTranspose",
  "convFilterGrad",
];

const bytesOf = ({ shape, dtype }: Tensor): number => sizeOf(shape) * (dtype === "u8" || dtype === "bool" ? 1 : 4);

/** What holds the value of a node: itself, or what it is a view of. */
function holderOf(node: Tensor): Tensor {
  let holder = node;
  while (VIEWS.includes(holder.op)) holder = holder.inputs[0]!;
  return holder;
}

/** The cost of a graph as it stands. */
export function graphCost({ nodes, outputs }: Graph): GraphCost {
  const last = new Map<Tensor, number>();
  for (const [i, node] of nodes.entries()) for (const operand of node.inputs) last.set(holderOf(operand), i);
  const outside = new Set<Tensor>(Object.values(outputs).map(holderOf));
  const counts = (node: Tensor) => node.op !== "input" && node.op !== "constant" && !outside.has(node);
  let [flops, held, live] = [0, 0, 0];
  for (const [i, node] of nodes.entries()) {
    flops += flopsOf(node);
    const ending = [...new Set(node.inputs.map(holderOf))].filter(
      (operand) => last.get(operand) === i && counts(operand),
    );
    const freed = ending.reduce((sum, operand) => sum + bytesOf(operand), 0);
    const own = VIEWS.includes(node.op) || !counts(node) ? 0 : bytesOf(node);
    const reused = NOT_IN_PLACE.includes(node.op) ? 0 : Math.min(own, freed);
    live = Math.max(live, held + own - reused);
    held += own - freed;
  }
  return { flops, live };
}
