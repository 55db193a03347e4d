/** @file The reference backend: interprets a graph node by node in float64. Slow and obviously right. */

import type { Graph } from "../../graph/graph.ts";
import { type DType, type NodeOf, type OpName, sizeOf, type Tensor } from "../../graph/ops.ts";
import { ConfigError } from "../../util/errors.ts";
import type { Backend, HostArray, HostArrays } from "../backend.ts";
import { kernels, type Values } from "./kernels.ts";

type AnyKernel = (node: NodeOf<OpName>, operands: readonly Values[]) => Values;

/**
 * Evaluates every output of `graph` in float64.
 * @throws ConfigError when a feed is missing or has the wrong length.
 */
export function evaluate(
  graph: Graph,
  feeds: Readonly<Record<string, ArrayLike<number>>>,
): Record<string, Float64Array> {
  const values = new Map<Tensor, Values>();
  for (const node of graph.nodes) {
    if (node.op === "input") {
      const feed = feeds[node.attrs.name];
      if (feed === undefined || feed.length !== sizeOf(node.shape)) {
        throw new ConfigError(
          `input "${node.attrs.name}" needs ${sizeOf(node.shape)} values, got ${feed === undefined ? "none" : feed.length}`,
        );
      }
      values.set(node, Float64Array.from(feed));
    } else {
      const kernel = kernels[node.op] as unknown as AnyKernel;
      values.set(
        node,
        kernel(
          node as NodeOf<OpName>,
          node.inputs.map((x) => values.get(x)!),
        ),
      );
    }
  }
  return Object.fromEntries(Object.entries(graph.outputs).map(([name, x]) => [name, values.get(x)!]));
}

function toHost(values: Float64Array, dtype: DType): HostArray {
  if (dtype === "f32") return Float32Array.from(values);
  return dtype === "i32" ? Int32Array.from(values) : Uint8Array.from(values);
}

/** The reference interpreter behind the backend contract: results are rounded to the graph's types at the end. */
export const referenceBackend: Backend = {
  name: "reference",
  async compile(graph) {
    return {
      async run(feeds: HostArrays, into: HostArrays = {}): Promise<HostArrays> {
        const results = evaluate(graph, feeds);
        const out: Record<string, HostArray> = {};
        for (const [name, x] of Object.entries(graph.outputs)) {
          const host = toHost(results[name]!, x.dtype);
          const target = into[name];
          if (target !== undefined) target.set(host);
          out[name] = target ?? host;
        }
        return out;
      },
      async release() {},
    };
  },
};
