import { describe, expect, test } from "vitest";
import { buildGraph, rewriteGraph, topological } from "./graph.ts";
import type { Tensor } from "./ops.ts";
import { printGraph } from "./print.ts";
import { inScope } from "./scope.ts";
import * as t from "./tensor.ts";
import { verifyGraph } from "./verify.ts";

const x = t.input("x", [2]);

describe("topological order", () => {
  test("operands come before users, each once", () => {
    const a = t.exp(x);
    const b = t.add(a, t.mul(a, x));
    const order = topological([b, a]);
    expect(order.map((node) => node.op)).toEqual(["input", "exp", "mul", "add"]);
    verifyGraph({ ...buildGraph({ b }), nodes: order });
  });

  test("does not depend on the depth of the call stack", () => {
    let deep = x;
    for (let i = 0; i < 50_000; i++) deep = t.neg(deep);
    expect(topological([deep])).toHaveLength(50_001);
  });

  test("is linear where operands are shared", () => {
    // Without memory of what was visited, this would take 2^60 steps.
    let shared = x;
    for (let i = 0; i < 60; i++) shared = t.add(shared, shared);
    expect(topological([shared])).toHaveLength(61);
  });
});

describe("buildGraph", () => {
  test("holds what the outputs reach, and nothing else", () => {
    const used = t.exp(x);
    t.log(x);
    const graph = buildGraph({ used, same: used });
    expect(graph.nodes).toEqual([x, used]);
    expect(graph.inputs.map((node) => node.attrs.name)).toEqual(["x"]);
    expect(Object.keys(graph.outputs)).toEqual(["used", "same"]);
  });

  test("refuses two inputs of one name", () => {
    expect(() => buildGraph({ y: t.add(x, t.input("x", [2])) })).toThrow('two inputs of one graph are called "x"');
  });

  test("an input may be an output", () => {
    expect(buildGraph({ x }).nodes).toEqual([x]);
  });
});

describe("rewriteGraph", () => {
  test("replaces nodes bottom-up, and keeps the place of those it rebuilds", () => {
    const y = inScope("block", () => t.exp(t.neg(x)));
    const graph = rewriteGraph(buildGraph({ y }), (node) => (node.op === "neg" ? node.inputs[0]! : node));
    expect(printGraph(graph)).toMatchInlineSnapshot(`
      "%0 = input() {name=x} : f32[2]
      %1 = exp(%0) : f32[2] @ block
      return {y: %1}"
    `);
  });

  test("keeps the nodes of what did not change", () => {
    const kept = t.exp(x);
    const graph = buildGraph({ kept, other: t.neg(t.neg(x)) });
    const rewritten = rewriteGraph(graph, (node) => {
      const operand = node.op === "neg" ? node.inputs[0]! : node;
      return operand.op === "neg" ? operand.inputs[0]! : node;
    });
    expect(rewritten.outputs.kept).toBe(kept);
    expect(rewritten.outputs.other).toBe(x);
  });

  test("refuses a replacement of another shape or type", () => {
    const graph = buildGraph({ y: t.exp(x) });
    const replace = (by: Tensor) => () => rewriteGraph(graph, (node) => (node.op === "exp" ? by : node));
    expect(replace(t.scalar(1))).toThrow("internal: a rewrite of exp changed f32[2] to f32[]");
    expect(replace(t.greater(x, 0))).toThrow("internal: a rewrite of exp changed f32[2] to bool[2]");
  });
});

describe("tracing", () => {
  test("functions that would do nothing add no node", () => {
    expect(t.reshape(x, [2])).toBe(x);
    expect(t.reshape(x, [-1])).toBe(x);
    expect(t.broadcastTo(x, [2])).toBe(x);
    expect(t.cast(x, "f32")).toBe(x);
    expect(t.concat([x], 0)).toBe(x);
    expect(t.sumKeep(x, [])).toBe(x);
  });

  test("numbers stand for scalars", () => {
    const y = t.sub(1, x);
    expect(y.shape).toEqual([2]);
    expect(y.inputs[0]!.op).toBe("constant");
  });

  test("sums drop their axes unless they are kept", () => {
    const image = t.input("image", [4, 3, 8, 8]);
    expect(t.sum(image).shape).toEqual([]);
    expect(t.mean(image, [0, 2, 3]).shape).toEqual([3]);
    expect(t.meanKeep(image, [1]).shape).toEqual([4, 1, 8, 8]);
  });
});
