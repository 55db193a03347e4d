import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { opCases } from "../../tests/contract/ops.cases.ts";
import { firstDifference, jointGraph } from "../../tests/contract/program.ts";
import { grad } from "../autodiff/grad.ts";
import { evaluate } from "../backend/reference/reference.ts";
import { buildGraph, type Graph } from "../graph/graph.ts";
import { sizeOf, type Tensor } from "../graph/ops.ts";
import { printGraph } from "../graph/print.ts";
import * as t from "../graph/tensor.ts";
import { verifyGraph } from "../graph/verify.ts";
import { optimize, passes } from "./pipeline.ts";

fc.configureGlobal({ seed: 1 });

type Values = Record<string, ArrayLike<number>>;

/** Folding rounds constants to float32, while the interpreter computes in float64. */
const TOLERANCE = 1e-6;

const pipelines = [...passes, { name: "optimize", run: optimize }];

function expectSameResults(graph: Graph, rewritten: Graph, feeds: Values): void {
  verifyGraph(rewritten);
  const [before, after] = [evaluate(graph, feeds), evaluate(rewritten, feeds)];
  expect(Object.keys(after)).toEqual(Object.keys(before));
  for (const [name, values] of Object.entries(before)) {
    expect(firstDifference(after[name]!, values, TOLERANCE), name).toBeNull();
  }
}

describe.each(pipelines)("$name preserves what the interpreter computes", ({ run }) => {
  test.each(Object.entries(opCases))("%s, its gradients and second derivatives", (_, cases) => {
    const { graph, feeds } = jointGraph(
      cases.filter((entry) => entry.operands.every((x) => sizeOf(x.shape) < 200)),
      true,
    );
    expectSameResults(graph, run(graph), feeds);
  });

  test("random programs", () => {
    fc.assert(
      fc.property(programs, (steps) => {
        const graph = randomProgram(steps);
        expectSameResults(graph, run(graph), ORDINARY);
      }),
      { numRuns: 300 },
    );
  });

  test("random programs on NaN, infinities and zeros", () => {
    fc.assert(
      fc.property(programs, (steps) => {
        const graph = randomProgram(steps);
        expectSameFinitude(evaluate(graph, SPECIAL), evaluate(run(graph), SPECIAL));
      }),
      { numRuns: 300 },
    );
  });
});

const ORDINARY: Values = {
  s: [0.7],
  one: [-1.3],
  row: [0.4, -0.9, 1.6],
  column: [1.1, -0.2],
  gate: [1, -1],
  matrix: [0.3, -1.2, 0.8, 1.4, -0.6, 0.9],
};
const SPECIAL: Values = {
  s: [Number.POSITIVE_INFINITY],
  one: [-0],
  row: [Number.NaN, 0, 2],
  column: [Number.NEGATIVE_INFINITY, 1],
  gate: [Number.NaN, 1],
  matrix: [0, Number.POSITIVE_INFINITY, -1, Number.NaN, -0, 3],
};

/** Each step picks a rule, two earlier values, and a parameter. */
const programs = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat(), fc.nat()), { minLength: 6, maxLength: 20 });

const NUMBERS = [0, 1, -1, 2, 0.5, -3, 1 / 3];

const GATE = t.input("gate", [2]);

/** Ops of a random program. Each may refuse its operands by throwing, and is then left out. */
const RULES: readonly ((x: Tensor, y: Tensor, n: number) => Tensor)[] = [
  t.add,
  t.sub,
  t.mul,
  t.maximum,
  t.neg,
  t.neg,
  (x) => t.tanh(x),
  (x, _, n) => t.mul(x, NUMBERS[n % NUMBERS.length]!),
  (x, _, n) => t.mul(NUMBERS[n % NUMBERS.length]!, x),
  (x, _, n) => t.add(x, NUMBERS[n % NUMBERS.length]!),
  (x, _, n) => t.sub(NUMBERS[n % NUMBERS.length]!, x),
  (x, _, n) => t.div(x, [1, 2, -4, 3][n % 4]!),
  (x, _, n) => t.leakyRelu(x, [0.2, 1][n % 2]!),
  (x, y, n) => t.leakyReluGrad(x, y, [0.2, 1][n % 2]!),
  (x, y) => t.select(t.greater(GATE, 0), t.slice(t.reshape(x, [-1]), [0], [2]), t.slice(t.reshape(y, [-1]), [0], [2])),
  (x, y) => t.select(t.equal(x, x), y, y),
  (x) => t.stopGradient(x),
  (x, y) => t.broadcastTo(x, y.shape),
  (x, _, n) =>
    t.broadcastTo(
      x,
      [
        [2, 3],
        [2, 2, 3],
        [1, ...x.shape],
        [2, 1],
      ][n % 4]!,
    ),
  (x, _, n) => t.reshape(x, [[-1], [1, -1], [-1, 1], [3, -1], [-1, 2]][n % 5]!),
  (x, y) => t.reshape(x, y.shape),
  (x) =>
    t.transpose(
      x,
      x.shape.map((_, i) => x.shape.length - 1 - i),
    ),
  (x, _, n) =>
    t.transpose(
      x,
      x.shape.map((_, i) => (i + n) % x.shape.length),
    ),
  (x, _, n) =>
    t.sumKeep(
      x,
      x.shape.map((_, i) => i).filter((i) => (n >> i) & 1),
    ),
  (x, _, n) =>
    t.maxKeep(
      x,
      x.shape.map((_, i) => i).filter((i) => (n >> i) & 1),
    ),
  (x) => t.sum(x),
  (x, _, n) =>
    t.slice(
      x,
      x.shape.map((size, i) => ((n >> i) & 1) % size),
      x.shape.map((size, i) => size - (((n >> i) & 1) % size)),
    ),
  (x, _, n) =>
    t.pad(
      x,
      x.shape.map((_, i) => (n >> i) & 1),
      x.shape.map((_, i) => (n >> (i + 2)) & 1),
    ),
  (x, y, n) => t.concat([x, y], n % x.shape.length),
  (x, y, n) => t.matmul(x, y, { transposeA: n % 2 === 1, transposeB: n % 4 > 1 }),
  (_, y, n) => t.full(y.shape, NUMBERS[n % NUMBERS.length]!),
];

function randomProgram(steps: readonly (readonly [number, number, number, number])[]): Graph {
  const leaves = { s: [], one: [1, 1], row: [3], column: [2, 1], matrix: [2, 3] };
  const inputs = new Map(Object.entries(leaves).map(([name, shape]) => [name, t.input(name, shape)]));
  const values: Tensor[] = [...inputs.values()];
  for (const [rule, i, j, n] of steps) {
    try {
      // Mostly recent values, so that chains grow long.
      const pick = (k: number) => values[values.length - 1 - (k % Math.min(values.length, 6))]!;
      const value = RULES[rule % RULES.length]!(pick(i), pick(j), n);
      if (sizeOf(value.shape) <= 64) values.push(value);
    } catch {
      // The operands did not fit.
    }
  }
  return buildGraph(Object.fromEntries(values.slice(-4).map((value, i) => [`out${i}`, value])));
}

function expectSameFinitude(before: Values, after: Values): void {
  const kinds = (xs: ArrayLike<number>) => Array.from(xs, (x) => (Number.isFinite(x) ? "finite" : String(x)));
  for (const [name, values] of Object.entries(before)) expect(kinds(after[name]!), name).toEqual(kinds(values));
}

test("a gradient comes out as one would write it by hand", () => {
  const [x, w] = [t.input("x", [8, 3]), t.input("w", [3, 1])];
  const loss = t.mean(t.square(t.matmul(x, w)));
  const [dw] = grad(loss, [w]);
  expect(printGraph(optimize(buildGraph({ dw: dw! })))).toMatchInlineSnapshot(`
    "%0 = input() {name=x} : f32[8,3]
    %1 = constant() {data=[0.25]} : f32[] @ grad()
    %2 = input() {name=w} : f32[3,1]
    %3 = matmul(%0, %2) {transposeA=false, transposeB=false} : f32[8,1]
    %4 = mul(%1, %3) : f32[8,1] @ grad()
    %5 = matmul(%0, %4) {transposeA=true, transposeB=false} : f32[3,1] @ grad()
    return {dw: %5}"
  `);
});

test("a second run finds nothing", () => {
  for (const [name, cases] of Object.entries(opCases)) {
    const once = optimize(jointGraph(cases, true).graph);
    expect(optimize(once).outputs, name).toEqual(once.outputs);
    expect(
      Object.entries(optimize(once).outputs).every(([key, value]) => once.outputs[key] === value),
      name,
    ).toBe(true);
  }
});

test("the time for 20,000 nodes is linear", () => {
  let x = t.input("x", [8]);
  for (let i = 0; i < 2500; i++) x = t.mul(t.add(t.mul(x, 0.5), t.full([8], i % 7)), t.sub(2, x));
  const graph = buildGraph({ x });
  expect(graph.nodes.length).toBeGreaterThan(20_000);
  const start = performance.now();
  const result = optimize(graph);
  // About 0.5 s on a slow machine; anything quadratic would take minutes.
  expect(performance.now() - start).toBeLessThan(3000);
  expect(result.nodes.length).toBeLessThan(10_000);
});
