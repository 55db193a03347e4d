/**
 * @file The contract of the op table. For every case of every op: the shape rule, first and second derivatives against
 * finite differences in float64, and each backend against the reference interpreter.
 */

import { describe, expect, it, test } from "vitest";
import { grad } from "../../src/autodiff/grad.ts";
import type { Backend, Executable } from "../../src/backend/backend.ts";
import { nodeBackend } from "../../src/backend/onnx/node.ts";
import { webBackend } from "../../src/backend/onnx/web.ts";
import { evaluate, referenceBackend } from "../../src/backend/reference/reference.ts";
import { buildGraph, type Graph } from "../../src/graph/graph.ts";
import type { OpName, Tensor } from "../../src/graph/ops.ts";
import * as t from "../../src/graph/tensor.ts";
import { verifyGraph } from "../../src/graph/verify.ts";
import { optimize } from "../../src/passes/pipeline.ts";
import { type OpCase, sample } from "./op-case.ts";
import { opCases } from "./ops.cases.ts";
import { feedsOf, firstDifference, jointGraph, magnitude, traceCase } from "./program.ts";

const ops = Object.entries(opCases) as [OpName, readonly OpCase[]][];

/** Step of the central differences, and what they may be off by relative to the gradient's size. */
const STEP = 1e-5;
const DIFFERENCE_TOLERANCE = 1e-5;
/** What a float32 backend may be off by relative to the largest value of an output. */
const FLOAT_TOLERANCE = 2e-5;
/** Up to this many elements each is moved on its own; beyond, all are moved along pseudo-random directions. */
const EACH_ELEMENT = 32;

const node = () => nodeBackend({ threads: 1 });
const web = () => webBackend({ threads: 1 });

/** A value that is made when it is first asked for. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

type Point = Record<string, Float64Array>;

function directions(point: Point, names: readonly string[]): Point[] {
  const total = names.reduce((n, name) => n + point[name]!.length, 0);
  const zeros = () => Object.fromEntries(names.map((name) => [name, new Float64Array(point[name]!.length)]));
  if (total > EACH_ELEMENT) {
    return [0, 1].map((k) =>
      Object.fromEntries(
        names.map((name) => [name, Float64Array.from(sample(`direction ${k} ${name}`, point[name]!.length))]),
      ),
    );
  }
  return names.flatMap((name) =>
    Array.from(point[name]!, (_, i) => {
      const unit = zeros();
      unit[name]![i] = 1;
      return unit;
    }),
  );
}

function moved(point: Point, direction: Point, step: number): Point {
  return Object.fromEntries(
    Object.entries(point).map(([name, x]) => [name, x.map((value, i) => value + step * (direction[name]?.[i] ?? 0))]),
  );
}

/** Checks that `gradients` are those of the scalar `f` at `point`. */
function expectGradients(f: Tensor, operands: readonly Tensor[], gradients: readonly Tensor[], point: Point): void {
  const names = operands.map((x) => (x.op === "input" ? x.attrs.name : ""));
  const values = evaluate(buildGraph({ f }), point).f!;
  const analytic = evaluate(buildGraph(Object.fromEntries(gradients.map((g, i) => [names[i]!, g]))), point);
  const size = magnitude(
    Object.values(analytic).flatMap((g) => [magnitude(g)]),
    Math.abs(values[0]!) * 1e-3,
  );
  const graph = buildGraph({ f });
  for (const direction of directions(point, names)) {
    const slope = names.reduce(
      (sum, name) => sum + analytic[name]!.reduce((s, g, i) => s + g * direction[name]![i]!, 0),
      0,
    );
    const [above, below] = [STEP, -STEP].map((step) => evaluate(graph, moved(point, direction, step)).f![0]!);
    const difference = (above! - below!) / (2 * STEP);
    const allowed = DIFFERENCE_TOLERANCE * Math.max(1, size);
    expect(Math.abs(slope - difference), `slope ${slope}, difference ${difference}`).toBeLessThanOrEqual(allowed);
  }
}

/** Cases in one graph. */
const JOINT = 2;

describe.each(ops)("%s", (op, cases) => {
  test("case names are unique", () => {
    expect(new Set(cases.map((entry) => entry.name)).size).toBe(cases.length);
  });

  it.each(cases)("$name: shape and type", (entry) => {
    const { value } = traceCase(entry);
    expect([value.op, value.shape, value.dtype]).toEqual([op, entry.shape, entry.dtype ?? "f32"]);
  });

  it.each(cases.filter((entry) => entry.differences !== false))("$name: first and second derivative", (entry) => {
    const { operands, loss, gradients, penalty, seconds } = traceCase(entry);
    const point = Object.fromEntries(Object.entries(feedsOf(entry)).map(([name, x]) => [name, Float64Array.from(x)]));
    expectGradients(loss, operands, gradients, point);
    expectGradients(penalty, operands, seconds, point);
  });

  // One graph, one session per backend and one reference run for many cases of the op; opening a session takes longer than in proportion.
  const joint = once(() =>
    Array.from({ length: Math.ceil(cases.length / JOINT) }, (_, i) => {
      const { graph, feeds } = jointGraph(cases.slice(i * JOINT, (i + 1) * JOINT), true);
      verifyGraph(graph);
      return { graph, feeds, expected: evaluate(graph, feeds) };
    }),
  );
  const withoutSeconds = (graph: Graph) =>
    buildGraph(Object.fromEntries(Object.entries(graph.outputs).filter(([name]) => !name.includes(": second"))));

  it.each([
    { name: "onnxruntime-node", prepare: (graph: Graph) => graph, backend: node },
    { name: "onnxruntime-node after the passes", prepare: optimize, backend: node },
    { name: "onnxruntime-web, without second derivatives", prepare: withoutSeconds, backend: web },
  ])("$name agrees with the reference", async ({ prepare, backend }) => {
    for (const { graph, feeds, expected } of joint()) {
      const prepared = prepare(graph);
      const actual = await runOn(await backend(), prepared, feeds);
      for (const name of Object.keys(prepared.outputs)) {
        expect(firstDifference(actual[name]!, expected[name]!, FLOAT_TOLERANCE), name).toBeNull();
      }
    }
  });
});

async function runOn(
  backend: Backend,
  ...[graph, feeds]: [Parameters<Backend["compile"]>[0], Parameters<Executable["run"]>[0]]
) {
  const executable = await backend.compile(graph);
  try {
    return await executable.run(feeds);
  } finally {
    await executable.release();
  }
}

describe("conventions at kinks", () => {
  const gradientAt = (f: (x: Tensor) => Tensor, values: readonly number[]) => {
    const x = t.input("x", [values.length]);
    const [g] = grad(t.sum(f(x)), [x]);
    return [...evaluate(buildGraph({ g: g! }), { x: values }).g!];
  };

  it.each([
    { name: "abs has slope 0 at 0", f: t.abs, at: [0], slope: [0] },
    { name: "sign is flat", f: t.sign, at: [0, 2], slope: [0, 0] },
    { name: "relu has slope 0 at 0", f: t.relu, at: [0], slope: [0] },
    { name: "leakyRelu has its slope at 0", f: (x: Tensor) => t.leakyRelu(x, 0.25), at: [0], slope: [0.25] },
    { name: "stopGradient passes nothing", f: (x: Tensor) => t.mul(x, t.stopGradient(x)), at: [3], slope: [3] },
    {
      name: "ties of reduceMax share",
      f: (x: Tensor) => t.maxKeep(x),
      at: [1, 1, 0, 1],
      slope: [1 / 3, 1 / 3, 0, 1 / 3],
    },
    {
      name: "a tie of maximum goes to the second",
      f: (x: Tensor) => t.maximum(t.mul(x, 2), t.add(x, 1)),
      at: [1],
      slope: [1],
    },
    {
      name: "a tie of minimum goes to the second",
      f: (x: Tensor) => t.minimum(t.mul(x, 2), t.add(x, 1)),
      at: [1],
      slope: [1],
    },
    { name: "rounding to integers is flat", f: (x: Tensor) => t.cast(t.cast(x, "i32"), "f32"), at: [1.5], slope: [0] },
  ])("$name", ({ f, at, slope }) => {
    expect(gradientAt(f, at)).toEqual(slope);
  });
});

describe("feeds and results", () => {
  it.each([
    ["reference", async () => referenceBackend],
    ["onnxruntime-node", node],
    ["onnxruntime-web", web],
  ] as const)("%s writes into given arrays and refuses a wrong length", async (_, make) => {
    const x = t.input("x", [3]);
    const executable = await (await make()).compile(buildGraph({ y: t.mul(x, 2), z: t.neg(x), same: x }));
    const y = new Float32Array(3);
    const results = await executable.run({ x: Float32Array.of(1, 2, 3) }, { y });
    expect(results.y).toBe(y);
    expect([...y]).toEqual([2, 4, 6]);
    expect([...results.z!]).toEqual([-1, -2, -3]);
    expect([...results.same!]).toEqual([1, 2, 3]);
    await expect(executable.run({ x: new Float32Array(2) })).rejects.toThrow('input "x" needs 3 values, got 2');
    await expect(executable.run({})).rejects.toThrow('input "x" needs 3 values, got none');
    await executable.release();
  });

  // Large slices of an input vector are fed as views of its memory, small ones are split off inside the model.
  it.each([
    ["onnxruntime-node", node],
    ["onnxruntime-web", web],
  ] as const)("%s takes parameters out of one vector, and gives the next one back", async (_, make) => {
    const packed = t.input("packed", [40_010]);
    const cut = (start: number, size: number, ...shape: number[]) => t.reshape(t.slice(packed, [start], [size]), shape);
    const half = t.mul(packed, 0.5);
    const kernel = cut(0, 20_000, 200, 100);
    const graph = buildGraph({
      product: t.sumKeep(t.matmul(t.reshape(kernel, [2000, 10]), cut(20_000, 10, 10, 1)), [0]),
      viewed: t.sumKeep(t.slice(packed, [20_010], [20_000])),
      overlapping: t.sumKeep(t.slice(packed, [5], [30_000])),
      twoShapes: t.add(t.sum(cut(0, 20_000, 100, 200), [1]), t.sum(kernel, [0])),
      smallOverlaps: t.concat([t.slice(half, [7], [10]), t.slice(half, [12], [10]), t.slice(packed, [3], [9])], 0),
      packed: half,
    });
    const feeds = { packed: sample("packed", 40_010) };
    const expected = evaluate(graph, feeds);
    for (const program of [graph, optimize(graph)]) {
      const actual = await runOn(await make(), program, feeds);
      for (const [name, values] of Object.entries(expected)) {
        expect(firstDifference(actual[name]!, values, FLOAT_TOLERANCE), name).toBeNull();
      }
    }
  });
});
