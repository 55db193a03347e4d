import { expect, test } from "vitest";
import { evaluate } from "../backend/reference/reference.ts";
import { buildGraph, type Graph } from "../graph/graph.ts";
import { sizeOf, type Tensor } from "../graph/ops.ts";
import { printGraph } from "../graph/print.ts";
import * as t from "../graph/tensor.ts";
import { verifyGraph } from "../graph/verify.ts";
import { fold } from "./fold.ts";

const x = t.input("x", [2, 3]);
const y = t.input("y", [2, 3]);
const row = t.input("row", [3]);

/** The graph of one result before and after folding. */
function folded(result: Tensor): string {
  const before = buildGraph({ result });
  const after = fold(before);
  verifyGraph(after);
  return `${printGraph(before)}\n--\n${printGraph(after)}`;
}

/** Both graphs must give the same: they are evaluated on 1.5, 2.5, 3.5, … for the first input, 3.5, … for the next. */
function expectSameValues(before: Graph, after: Graph): void {
  const feeds = Object.fromEntries(
    before.inputs.map(({ attrs }, k) => [
      attrs.name,
      Array.from({ length: sizeOf(attrs.shape) }, (_, i) => i + 1.5 + 2 * k),
    ]),
  );
  expect(evaluate(after, feeds)).toEqual(evaluate(before, feeds));
}

/** Only what remains. */
function after(result: Tensor): string {
  return folded(result).split("--\n")[1]!;
}

test("identities of arithmetic leave the operand", () => {
  expect(folded(t.sub(t.div(t.add(t.mul(x, 1), 0), 1), 0))).toMatchInlineSnapshot(`
    "%0 = input() {name=x} : f32[2,3]
    %1 = constant() {data=[1]} : f32[]
    %2 = mul(%0, %1) : f32[2,3]
    %3 = constant() {data=[0]} : f32[]
    %4 = add(%2, %3) : f32[2,3]
    %5 = constant() {data=[1]} : f32[]
    %6 = div(%4, %5) : f32[2,3]
    %7 = constant() {data=[0]} : f32[]
    %8 = sub(%6, %7) : f32[2,3]
    return {result: %8}
    --
    %0 = input() {name=x} : f32[2,3]
    return {result: %0}"
  `);
});

test("signs move together and cancel", () => {
  expect(folded(t.add(t.neg(t.neg(x)), t.neg(t.mul(t.neg(y), 3))))).toMatchInlineSnapshot(`
    "%0 = input() {name=x} : f32[2,3]
    %1 = neg(%0) : f32[2,3]
    %2 = neg(%1) : f32[2,3]
    %3 = input() {name=y} : f32[2,3]
    %4 = neg(%3) : f32[2,3]
    %5 = constant() {data=[3]} : f32[]
    %6 = mul(%4, %5) : f32[2,3]
    %7 = neg(%6) : f32[2,3]
    %8 = add(%2, %7) : f32[2,3]
    return {result: %8}
    --
    %0 = input() {name=x} : f32[2,3]
    %1 = input() {name=y} : f32[2,3]
    %2 = constant() {data=[3]} : f32[]
    %3 = mul(%1, %2) : f32[2,3]
    %4 = add(%0, %3) : f32[2,3]
    return {result: %4}"
  `);
});

test("scale factors join", () => {
  expect(folded(t.div(t.mul(0.5, t.mul(x, 3)), -4))).toMatchInlineSnapshot(`
    "%0 = constant() {data=[0.5]} : f32[]
    %1 = input() {name=x} : f32[2,3]
    %2 = constant() {data=[3]} : f32[]
    %3 = mul(%1, %2) : f32[2,3]
    %4 = mul(%0, %3) : f32[2,3]
    %5 = constant() {data=[-4]} : f32[]
    %6 = div(%4, %5) : f32[2,3]
    return {result: %6}
    --
    %0 = input() {name=x} : f32[2,3]
    %1 = constant() {data=[-0.375]} : f32[]
    %2 = mul(%0, %1) : f32[2,3]
    return {result: %2}"
  `);
});

test("a broadcast that the op does itself is dropped, and work before a broadcast stays small", () => {
  expect(folded(t.mul(x, t.exp(t.broadcastTo(t.reshape(row, [1, 3]), [2, 3]))))).toMatchInlineSnapshot(`
    "%0 = input() {name=x} : f32[2,3]
    %1 = input() {name=row} : f32[3]
    %2 = reshape(%1) : f32[1,3]
    %3 = broadcastTo(%2) : f32[2,3]
    %4 = exp(%3) : f32[2,3]
    %5 = mul(%0, %4) : f32[2,3]
    return {result: %5}
    --
    %0 = input() {name=x} : f32[2,3]
    %1 = input() {name=row} : f32[3]
    %2 = reshape(%1) : f32[1,3]
    %3 = exp(%2) : f32[1,3]
    %4 = mul(%0, %3) : f32[2,3]
    return {result: %4}"
  `);
});

test("moves of elements undo one another", () => {
  const there = t.transpose(t.reshape(x, [3, 2]), [1, 0]);
  const padded = t.pad(t.pad(there, [0, 1], [0, 0]), [1, 0], [1, 2]);
  expect(folded(t.reshape(t.transpose(t.slice(padded, [1, 1], [2, 3]), [1, 0]), [2, 3]))).toMatchInlineSnapshot(`
    "%0 = input() {name=x} : f32[2,3]
    %1 = reshape(%0) : f32[3,2]
    %2 = transpose(%1) {perm=[1,0]} : f32[2,3]
    %3 = pad(%2) {low=[0,1], high=[0,0]} : f32[2,4]
    %4 = pad(%3) {low=[1,0], high=[1,2]} : f32[4,6]
    %5 = slice(%4) {starts=[1,1], sizes=[2,3]} : f32[2,3]
    %6 = transpose(%5) {perm=[1,0]} : f32[3,2]
    %7 = reshape(%6) : f32[2,3]
    return {result: %7}
    --
    %0 = input() {name=x} : f32[2,3]
    return {result: %0}"
  `);
});

test("the sum of copies is a product", () => {
  expect(folded(t.sumKeep(t.broadcastTo(t.reshape(row, [1, 3]), [2, 3])))).toMatchInlineSnapshot(`
    "%0 = input() {name=row} : f32[3]
    %1 = reshape(%0) : f32[1,3]
    %2 = broadcastTo(%1) : f32[2,3]
    %3 = reduceSum(%2) {axes=[0,1]} : f32[1,1]
    return {result: %3}
    --
    %0 = input() {name=row} : f32[3]
    %1 = reshape(%0) : f32[1,3]
    %2 = reduceSum(%1) {axes=[1]} : f32[1,1]
    %3 = constant() {data=[2]} : f32[]
    %4 = mul(%2, %3) : f32[1,1]
    return {result: %4}"
  `);
});

test("constants are computed", () => {
  const scale = t.sqrt(t.add(t.constant(Float32Array.of(3, 8, 15)), 1));
  expect(
    folded(t.mul(x, t.slice(t.transpose(t.reshape(scale, [1, 3]), [1, 0]), [1, 0], [1, 1]))),
  ).toMatchInlineSnapshot(`
    "%0 = input() {name=x} : f32[2,3]
    %1 = constant() {data=[3,8,15]} : f32[3]
    %2 = constant() {data=[1]} : f32[]
    %3 = add(%1, %2) : f32[3]
    %4 = sqrt(%3) : f32[3]
    %5 = reshape(%4) : f32[1,3]
    %6 = transpose(%5) {perm=[1,0]} : f32[3,1]
    %7 = slice(%6) {starts=[1,0], sizes=[1,1]} : f32[1,1]
    %8 = mul(%0, %7) : f32[2,3]
    return {result: %8}
    --
    %0 = input() {name=x} : f32[2,3]
    %1 = constant() {data=[3]} : f32[]
    %2 = mul(%0, %1) : f32[2,3]
    return {result: %2}"
  `);
});

test("transposed factors become flags of the product", () => {
  expect(folded(t.matmul(t.transpose(x, [1, 0]), y))).toMatchInlineSnapshot(`
    "%0 = input() {name=x} : f32[2,3]
    %1 = transpose(%0) {perm=[1,0]} : f32[3,2]
    %2 = input() {name=y} : f32[2,3]
    %3 = matmul(%1, %2) {transposeA=false, transposeB=false} : f32[3,3]
    return {result: %3}
    --
    %0 = input() {name=x} : f32[2,3]
    %1 = input() {name=y} : f32[2,3]
    %2 = matmul(%0, %1) {transposeA=true, transposeB=false} : f32[3,3]
    return {result: %2}"
  `);
});

test("a slice finds its part of a concat", () => {
  expect(folded(t.slice(t.concat([x, y], 0), [2, 1], [2, 2]))).toMatchInlineSnapshot(`
    "%0 = input() {name=x} : f32[2,3]
    %1 = input() {name=y} : f32[2,3]
    %2 = concat(%0, %1) {axis=0} : f32[4,3]
    %3 = slice(%2) {starts=[2,1], sizes=[2,2]} : f32[2,2]
    return {result: %3}
    --
    %0 = input() {name=y} : f32[2,3]
    %1 = slice(%0) {starts=[0,1], sizes=[2,2]} : f32[2,2]
    return {result: %1}"
  `);
});

test.each([
  ["reshape of reshape", t.reshape(t.reshape(x, [6]), [3, 2]), "reshape"],
  ["transpose of transpose", t.transpose(t.transpose(t.input("z", [2, 3, 4]), [1, 2, 0]), [1, 0, 2]), "transpose"],
  ["a transpose that moves axes of 1 only", t.transpose(t.input("z", [1, 3, 1]), [1, 0, 2]), "reshape"],
  ["broadcast of broadcast", t.broadcastTo(t.broadcastTo(row, [2, 3]), [4, 2, 3]), "broadcastTo"],
  ["a broadcast that adds axes of 1", t.broadcastTo(row, [1, 3]), "reshape"],
  ["a broadcast of a reshaped scalar", t.broadcastTo(t.reshape(t.input("s", []), [1, 1]), [2, 3]), "broadcastTo"],
  ["slice of slice", t.slice(t.slice(x, [0, 1], [2, 2]), [1, 0], [1, 2]), "slice"],
  ["a slice that reaches into a pad, before", t.slice(t.pad(row, [1], [1]), [0], [3]), "pad slice"],
  ["a slice that reaches into a pad, after", t.slice(t.pad(row, [1], [1]), [2], [3]), "pad slice"],
  ["a slice that takes from both parts of a concat", t.slice(t.concat([row, row], 0), [2], [2]), "concat slice"],
  ["pad of pad", t.pad(t.pad(row, [1], [0]), [0], [2]), "pad"],
  ["a sum over an axis of 1", t.sumKeep(t.input("z", [2, 1]), [0, 1]), "reduceSum"],
  ["a maximum of copies", t.maxKeep(t.broadcastTo(t.reshape(row, [1, 3]), [2, 3]), [0]), "reshape"],
  ["a sum of negations", t.sumKeep(t.neg(x)), "reduceSum neg"],
  ["division by a power of two", t.div(x, 8), "constant mul"],
  ["division by another number", t.div(x, 3), "constant div"],
  ["a quotient of negations", t.div(t.neg(x), t.neg(y)), "div"],
  ["a tensor twice", t.add(x, x), "constant mul"],
  ["multiples of one tensor", t.sub(t.mul(x, -5), t.add(x, t.mul(2, x))), "constant mul"],
  ["a difference from zero", t.sub(0, x), "neg"],
  ["a product with -1", t.mul(-1, x), "neg"],
  ["adding a negation", t.add(t.neg(x), y), "sub"],
  ["subtracting a negation", t.sub(x, t.neg(y)), "add"],
  ["the negation of a difference", t.neg(t.sub(x, y)), "sub"],
  ["a choice between equals", t.select(t.greater(x, y), row, row), "broadcastTo"],
  ["leakyRelu of slope 1", t.leakyReluGrad(x, t.leakyRelu(y, 1), 1), ""],
  ["stopGradient", t.stopGradient(t.exp(x)), "exp"],
  [
    "constants that broadcast",
    t.add(t.constant(Float32Array.of(1, 2), [2, 1]), t.constant(Float32Array.of(4, 8))),
    "constant",
  ],
  ["an op on equal constants", t.maximum(t.full([2, 3], 2), t.full([3], 5)), "constant broadcastTo"],
])("%s", (_, result, ops) => {
  const graph = fold(fold(buildGraph({ result })));
  verifyGraph(graph);
  expectSameValues(buildGraph({ result }), graph);
  const work = graph.nodes.map((node) => node.op).filter((op) => op !== "input");
  expect(work.join(" ")).toBe(ops);
});

test("what a NaN or an infinity would show is not folded", () => {
  expect(after(t.mul(x, 0))).toContain("mul");
  expect(after(t.sub(x, x))).toContain("sub");
  expect(after(t.div(x, x))).toContain("div");
  expect(after(t.sub(t.mul(x, 3), x))).toContain("sub");
  // The product of the factors would overflow, or lose digits.
  expect(after(t.mul(t.mul(x, 1e30), 1e30)).match(/mul/g)).toHaveLength(2);
  expect(after(t.mul(t.mul(x, 1e-30), 1e-15)).match(/mul/g)).toHaveLength(2);
});

test("large constants are left alone, but reshaped without a copy", () => {
  const data = Float32Array.from({ length: 1000 }, (_, i) => i);
  expect(after(t.neg(t.constant(data)))).toContain("neg");
  const graph = fold(buildGraph({ result: t.reshape(t.constant(data), [10, 100]) }));
  expect(graph.nodes[0]!.op === "constant" && graph.nodes[0]!.attrs.data).toBe(data);
});

test("a new node keeps the place of the one it replaces", () => {
  const node = { ...t.add(x, t.neg(y)), scope: "generator/dense" } as Tensor;
  expect(after(node)).toContain("sub(%0, %1) : f32[2,3] @ generator/dense");
});
