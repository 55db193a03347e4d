import { expect, test } from "vitest";
import { buildGraph, type Graph } from "../graph/graph.ts";
import { printGraph } from "../graph/print.ts";
import * as t from "../graph/tensor.ts";
import { verifyGraph } from "../graph/verify.ts";
import { cse } from "./cse.ts";

const x = t.input("x", [2, 3]);
const y = t.input("y", [2, 3]);

function merged(outputs: Graph["outputs"]): string {
  const before = buildGraph(outputs);
  const after = cse(before);
  verifyGraph(after);
  return `${printGraph(before)}\n--\n${printGraph(after)}`;
}

test("equal expressions become one, bottom-up", () => {
  expect(merged({ a: t.exp(t.mul(x, 2)), b: t.neg(t.exp(t.mul(x, 2))) })).toMatchInlineSnapshot(`
    "%0 = input() {name=x} : f32[2,3]
    %1 = constant() {data=[2]} : f32[]
    %2 = mul(%0, %1) : f32[2,3]
    %3 = exp(%2) : f32[2,3]
    %4 = constant() {data=[2]} : f32[]
    %5 = mul(%0, %4) : f32[2,3]
    %6 = exp(%5) : f32[2,3]
    %7 = neg(%6) : f32[2,3]
    return {a: %3, b: %7}
    --
    %0 = input() {name=x} : f32[2,3]
    %1 = constant() {data=[2]} : f32[]
    %2 = mul(%0, %1) : f32[2,3]
    %3 = exp(%2) : f32[2,3]
    %4 = neg(%3) : f32[2,3]
    return {a: %3, b: %4}"
  `);
});

test("sums and products are equal either way round, differences are not", () => {
  expect(merged({ a: t.add(x, y), b: t.add(y, x), c: t.sub(x, y), d: t.sub(y, x) })).toMatchInlineSnapshot(`
    "%0 = input() {name=x} : f32[2,3]
    %1 = input() {name=y} : f32[2,3]
    %2 = add(%0, %1) : f32[2,3]
    %3 = add(%1, %0) : f32[2,3]
    %4 = sub(%0, %1) : f32[2,3]
    %5 = sub(%1, %0) : f32[2,3]
    return {a: %2, b: %3, c: %4, d: %5}
    --
    %0 = input() {name=x} : f32[2,3]
    %1 = input() {name=y} : f32[2,3]
    %2 = add(%0, %1) : f32[2,3]
    %3 = sub(%0, %1) : f32[2,3]
    %4 = sub(%1, %0) : f32[2,3]
    return {a: %2, b: %2, c: %3, d: %4}"
  `);
});

test("attributes tell nodes apart", () => {
  expect(
    merged({
      a: t.sumKeep(x, [0]),
      b: t.sumKeep(x, [1]),
      c: t.sumKeep(x, [0]),
      d: t.leakyRelu(x, 0),
      e: t.leakyRelu(x, 0.2),
    }),
  ).toMatchInlineSnapshot(`
    "%0 = input() {name=x} : f32[2,3]
    %1 = reduceSum(%0) {axes=[0]} : f32[1,3]
    %2 = reduceSum(%0) {axes=[1]} : f32[2,1]
    %3 = reduceSum(%0) {axes=[0]} : f32[1,3]
    %4 = leakyRelu(%0) {slope=0} : f32[2,3]
    %5 = leakyRelu(%0) {slope=0.2} : f32[2,3]
    return {a: %1, b: %2, c: %3, d: %4, e: %5}
    --
    %0 = input() {name=x} : f32[2,3]
    %1 = reduceSum(%0) {axes=[0]} : f32[1,3]
    %2 = reduceSum(%0) {axes=[1]} : f32[2,1]
    %3 = leakyRelu(%0) {slope=0} : f32[2,3]
    %4 = leakyRelu(%0) {slope=0.2} : f32[2,3]
    return {a: %1, b: %2, c: %1, d: %3, e: %4}"
  `);
});

test("inputs are never merged, whatever they look like", () => {
  const graph = cse(buildGraph({ a: t.neg(t.input("p", [2])), b: t.neg(t.input("q", [2])) }));
  expect(graph.nodes.map((node) => node.op)).toEqual(["input", "neg", "input", "neg"]);
});

test("small constants are equal by their bytes and shape, large ones by their array", () => {
  const count = (...constants: readonly ReturnType<typeof t.scalar>[]) =>
    cse(buildGraph(Object.fromEntries(constants.map((c, i) => [`${i}`, c])))).nodes.length;
  expect(count(t.scalar(1), t.scalar(1))).toBe(1);
  expect(count(t.scalar(Number.NaN), t.scalar(Number.NaN))).toBe(1);
  expect(count(t.scalar(0), t.scalar(-0))).toBe(2);
  expect(count(t.scalar(1), t.constant(Float32Array.of(1)))).toBe(2);
  expect(count(t.constant(Int32Array.of(1)), t.constant(Uint8Array.of(1, 0, 0, 0)))).toBe(2);
  const large = new Float32Array(1000);
  expect(count(t.constant(large), t.constant(large))).toBe(1);
  expect(count(t.constant(large), t.constant(new Float32Array(1000)))).toBe(2);
  expect(count(t.constant(large), t.constant(large, [10, 100]))).toBe(2);
});

test("infinite and undefined attributes are kept apart", () => {
  const slopes = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const graph = cse(buildGraph(Object.fromEntries(slopes.map((slope) => [`${slope}`, t.leakyRelu(x, slope)]))));
  expect(graph.nodes).toHaveLength(4);
});

test("an unchanged graph keeps its nodes", () => {
  const graph = buildGraph({ a: t.exp(x) });
  expect(cse(graph).outputs.a).toBe(graph.outputs.a);
});
