/** @file Properties of the ops that move elements, on random shapes: what one does, its inverse undoes. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { unbroadcast } from "../../src/autodiff/vjp.ts";
import { evaluate } from "../../src/backend/reference/reference.ts";
import { buildGraph } from "../../src/graph/graph.ts";
import { broadcastShapes } from "../../src/graph/infer.ts";
import { type Shape, sizeOf, type Tensor } from "../../src/graph/ops.ts";
import * as t from "../../src/graph/tensor.ts";

// The same shapes in every run, so that a failure can be repeated.
fc.configureGlobal({ seed: 1, numRuns: 200 });

const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 });
const counting = (shape: Shape) => Float64Array.from({ length: sizeOf(shape) }, (_, i) => i + 1);

/** Evaluates a function of one tensor holding 1, 2, 3, … */
function run(shape: Shape, f: (x: Tensor) => Tensor): { shape: Shape; values: number[] } {
  const y = f(t.input("x", shape));
  const feeds = { x: counting(shape) };
  return { shape: y.shape, values: [...evaluate(buildGraph({ y }), feeds).y!] };
}

function expectSame(shape: Shape, f: (x: Tensor) => Tensor): void {
  expect(run(shape, f)).toEqual({ shape, values: [...counting(shape)] });
}

/** A shape, and a smaller one that broadcasts to it. */
const broadcasts = shapes.chain((full) =>
  fc
    .tuple(
      fc.integer({ min: 0, max: full.length }),
      fc.array(fc.boolean(), { minLength: full.length, maxLength: full.length }),
    )
    .map(([drop, ones]) => ({ full, small: full.map((n, i) => (ones[i] ? 1 : n)).slice(drop) })),
);

/** A shape, and two amounts for each axis. */
const margins = shapes.chain((shape) => {
  const amounts = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: shape.length, maxLength: shape.length });
  return fc.record({ shape: fc.constant(shape), low: amounts, high: amounts });
});

const permutations = shapes.chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    perm: fc.shuffledSubarray(
      shape.map((_, i) => i),
      { minLength: shape.length },
    ),
  }),
);

describe("broadcasting", () => {
  test("broadcastShapes is symmetric, and a shape broadcasts to its result", () => {
    fc.assert(
      fc.property(shapes, shapes, (a, b) => {
        const joined = broadcastShapes(a, b);
        expect(joined).toEqual(broadcastShapes(b, a));
        if (joined !== null) expect(broadcastShapes(a, joined)).toEqual(joined);
      }),
    );
  });

  test("unbroadcast of a broadcast multiplies by the number of copies", () => {
    fc.assert(
      fc.property(broadcasts, ({ full, small }) => {
        const copies = sizeOf(full) / sizeOf(small);
        const result = run(small, (x) => unbroadcast(t.broadcastTo(x, full), small));
        expect(result).toEqual({ shape: small, values: [...counting(small)].map((n) => n * copies) });
      }),
    );
  });

  test("unbroadcast is the transpose of broadcastTo: <broadcast x, y> = <x, unbroadcast y>", () => {
    fc.assert(
      fc.property(broadcasts, ({ full, small }) => {
        const x = t.input("x", small);
        const y = t.input("y", full);
        const left = t.sum(t.mul(t.broadcastTo(x, full), y));
        const right = t.sum(t.mul(x, unbroadcast(y, small)));
        const result = evaluate(buildGraph({ left, right }), { x: counting(small), y: counting(full).map(Math.sin) });
        expect(result.left![0]!).toBeCloseTo(result.right![0]!, 9);
      }),
    );
  });

  test("a binary op broadcasts like broadcastTo", () => {
    fc.assert(
      fc.property(broadcasts, ({ full, small }) => {
        const direct = run(small, (x) => t.add(x, t.full(full, 0.5)));
        expect(direct).toEqual(run(small, (x) => t.add(t.broadcastTo(x, full), 0.5)));
      }),
    );
  });
});

describe("round trips", () => {
  test("reshape there and back", () => {
    fc.assert(fc.property(shapes, (shape) => expectSame(shape, (x) => t.reshape(t.reshape(x, [-1]), shape))));
  });

  test("transpose and its inverse", () => {
    fc.assert(
      fc.property(permutations, ({ shape, perm }) => {
        expectSame(shape, (x) =>
          t.transpose(
            t.transpose(x, perm),
            perm.map((_, i) => perm.indexOf(i)),
          ),
        );
      }),
    );
  });

  test("slice takes back what pad put around", () => {
    fc.assert(
      fc.property(margins, ({ shape, low, high }) =>
        expectSame(shape, (x) => t.slice(t.pad(x, low, high), low, shape)),
      ),
    );
  });

  test("slices joined by concat are the whole", () => {
    fc.assert(
      fc.property(shapes, fc.nat(), fc.nat(), (shape, pick, cut) => {
        fc.pre(shape.length > 0);
        const axis = pick % shape.length;
        const at = cut % (shape[axis]! + 1);
        const part = (x: Tensor, start: number, size: number) =>
          t.slice(
            x,
            shape.map((_, i) => (i === axis ? start : 0)),
            shape.map((n, i) => (i === axis ? size : n)),
          );
        expectSame(shape, (x) => t.concat([part(x, 0, at), part(x, at, shape[axis]! - at)], axis));
      }),
    );
  });

  test("pad keeps the sum", () => {
    fc.assert(
      fc.property(margins, ({ shape, low, high }) => {
        expect(run(shape, (x) => t.sum(t.pad(x, low, high))).values).toEqual(run(shape, (x) => t.sum(x)).values);
      }),
    );
  });
});
