import { expect, test } from "vitest";
import { buildGraph, type Graph } from "./graph.ts";
import type { Tensor } from "./ops.ts";
import * as t from "./tensor.ts";
import { verifyGraph } from "./verify.ts";

const x = t.input("x", [2, 3]);
const y = t.exp(x);
const z = t.add(y, x);
const good = buildGraph({ z });

const broken =
  (changes: Partial<Graph>): (() => void) =>
  () =>
    verifyGraph({ ...good, ...changes });

test("a traced graph is accepted", () => {
  expect(() => verifyGraph(good)).not.toThrow();
  expect(() => verifyGraph(buildGraph({}))).not.toThrow();
});

test("an operand after its user", () => {
  expect(broken({ nodes: [x, z, y] })).toThrow("verify: node %1 (add) uses a node that comes later");
});

test("an operand that is missing", () => {
  expect(broken({ nodes: [y, z] })).toThrow("verify: node %0 (exp) uses a node that comes later");
});

test("a node listed twice", () => {
  expect(broken({ nodes: [x, y, y, z] })).toThrow("verify: node %2 (exp) is listed twice");
});

test("a shape that is not what the rule gives", () => {
  const wrong = { ...y, shape: [3, 2], scope: "generator/act" } as Tensor;
  expect(broken({ nodes: [x, wrong], outputs: { wrong } })).toThrow(
    "verify: node %1 (exp at generator/act) says f32[3,2], its rule gives f32[2,3]",
  );
});

test("a type that is not what the rule gives", () => {
  const wrong = { ...t.greater(x, 0), dtype: "f32" } as Tensor;
  expect(() => verifyGraph(buildGraph({ wrong }))).toThrow("says f32[2,3], its rule gives bool[2,3]");
});

test("operands that the op refuses", () => {
  const wrong = { ...z, inputs: [x, t.input("b", [4])] } as Tensor;
  expect(() => verifyGraph(buildGraph({ wrong }))).toThrow("add: shapes do not broadcast: f32[2,3] and f32[4]");
});

test("an output that is not computed", () => {
  expect(broken({ outputs: { z, other: t.neg(x) } })).toThrow('verify: output "other" is not in the graph');
});

test("an input that is listed but not there, or there but not listed", () => {
  const other = t.input("other", [1]) as Tensor & Graph["inputs"][number];
  expect(broken({ inputs: [...good.inputs, other] })).toThrow('verify: input "other" is not in the graph');
  expect(broken({ inputs: [] })).toThrow('verify: input "x" is not listed');
});
