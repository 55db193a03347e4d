/** @file A stable text form of a graph: the format of golden tests and of debugging output. */

import type { Graph } from "./graph.ts";
import { type Tensor, typeText } from "./ops.ts";

function valueText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.join(",")}]`;
  if (ArrayBuffer.isView(value)) {
    const data = value as Float32Array;
    const head = [...data.subarray(0, 4)].map((x) => Number(x.toPrecision(7))).join(",");
    return data.length > 4 ? `[${head},…${data.length}]` : `[${head}]`;
  }
  return String(value);
}

function attrsText(node: Tensor): string {
  const entries = Object.entries(node.attrs).filter(([key]) => key !== "shape" && key !== "dtype");
  if (entries.length === 0) return "";
  return ` {${entries.map(([key, value]) => `${key}=${valueText(value)}`).join(", ")}}`;
}

/** One line per node, `%3 = conv(%1, %2) {strides=[2,2], …} : f32[64,128,8,8] @ discriminator/conv2`, then the outputs. */
export function printGraph(graph: Graph): string {
  const names = new Map(graph.nodes.map((node, i) => [node, `%${i}`]));
  const lines = graph.nodes.map((node) => {
    const operands = node.inputs.map((x) => names.get(x)).join(", ");
    const place = node.scope === "" ? "" : ` @ ${node.scope}`;
    return `${names.get(node)} = ${node.op}(${operands})${attrsText(node)} : ${typeText(node)}${place}`;
  });
  const outputs = Object.entries(graph.outputs).map(([name, x]) => `${name}: ${names.get(x)}`);
  return [...lines, `return {${outputs.join(", ")}}`].join("\n");
}
