/** @file Augmentations of images against PyTorch: make_augment.py says which of its functions computed the numbers. */

import { describe, expect, test } from "vitest";
import { changeColours } from "../../src/gan/augment/ada-colour.ts";
import { blitMap, geometricMap } from "../../src/gan/augment/ada-geometry.ts";
import type { Affine } from "../../src/gan/augment/affine.ts";
import { gates } from "../../src/gan/augment/gates.ts";
import { type Beyond, flip, shift, warp } from "../../src/gan/augment/resample.ts";
import { coloured, cutOut } from "../../src/gan/augment/transforms.ts";
import type { Draw } from "../../src/gan/augment.ts";
import type { Tensor } from "../../src/graph/ops.ts";
import * as t from "../../src/graph/tensor.ts";
import { engines, expectClose, golden, type OperandSpec, operand } from "./golden.ts";

interface Case {
  readonly image?: OperandSpec;
  /** Samples, channels and side of smooth images. */
  readonly smooth?: readonly [number, number, number];
  readonly beyond?: Beyond;
  readonly maps?: readonly (readonly number[])[];
  readonly by?: readonly (readonly number[])[];
  readonly draws?: Readonly<Record<string, readonly number[]>>;
  readonly values: readonly number[];
}

/** Two passes of linear interpolation against one of bilinear interpolation, on images that change slowly. */
const TURNED = 0.03;

const perSample = (values: readonly number[]) => t.constant(Float32Array.from(values), [values.length, 1, 1, 1]);
const column = (rows: readonly (readonly number[])[], i: number) => perSample(rows.map((row) => row[i]!));

function affine(maps: readonly (readonly number[])[]): Affine {
  const [a, b, c, d, u, v] = [0, 1, 2, 3, 4, 5].map((i) => column(maps, i)) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ];
  return { a, b, c, d, u, v };
}

const window = (x: number, size: number) => Math.sin((Math.PI * (x + 0.5)) / size) ** 2;

const cases = golden<Case>("augment");

/** The same images as in make_augment.py. */
function smooth([n, c, size]: readonly [number, number, number]): Float32Array {
  const out = new Float32Array(n * c * size * size);
  let at = 0;
  for (let i = 0; i < n; i++)
    for (let j = 0; j < c; j++)
      for (let y = 0; y < size; y++)
        for (let x = 0; x < size; x++)
          out[at++] = Math.cos((Math.PI * (x + y)) / size + i) * window(x, size) * window(y, size);
  return out;
}

/** Quarter turns 0 to 3. */
const quarters = [0, 1, 2, 3].map((k) => {
  const [cos, sin] = [
    [1, 0],
    [0, 1],
    [-1, 0],
    [0, -1],
  ][k] as [number, number];
  return [cos, -sin, sin, cos, 0, 0];
});

/** The tensor that a case asks for, of the image `x`. */
function apply(name: string, x: Tensor, { beyond = "zeros", maps, by, draws }: Case): Tensor {
  if (maps !== undefined) return warp(x, affine(maps), beyond);
  if (by !== undefined) return shift(x, column(by, 0), column(by, 1), beyond);
  if (name === "flipped") return flip(x);
  if (name === "quarter turns") return warp(x, affine(quarters), "reflection");
  // Everything that has no draw of its own is 0, so whatever has a probability happens.
  const random: Draw = (draw, shape) => (draw in draws! ? perSample(draws![draw]!) : t.full(shape, 0));
  if (name === "colours") return coloured(x, random);
  if (name === "cutout") return cutOut(x, random, 0.5);
  return changeColours(x, gates(x.shape[0]!, { random, strength: 1 }));
}

/** ADA's map of flips, turns, moves and scales for images of 16 pixels, [N, 6]. */
function adaMap(draws: Readonly<Record<string, readonly number[]>>): Tensor {
  const random: Draw = (draw, shape) => (draw in draws ? perSample(draws[draw]!) : t.full(shape, 0));
  const gate = gates(draws.flip!.length, { random, strength: 1 });
  const { a, b, c, d, u, v } = geometricMap(gate, 16, 1, blitMap(gate, 16));
  return t.concat([a, b, c, d, u, v], 1);
}

describe.each(engines)("$name", ({ run, tolerance }) => {
  test("ada map", async () => {
    const { draws, values } = cases.find(([name]) => name === "ada map")![1];
    const { y } = await run({ y: adaMap(draws!) }, {});
    // A chain of eight matrices: float32 constants and angles add up.
    expectClose(y!, values, 10 * tolerance, "ada map");
  });

  test.each(cases.filter(([name]) => name !== "ada map"))("%s", async (name, given) => {
    const shape = given.image?.shape ?? [given.smooth![0], given.smooth![1], given.smooth![2], given.smooth![2]];
    const values = given.image === undefined ? smooth(given.smooth!) : operand(given.image);
    const x = t.input("x", shape);
    const out = await run({ y: apply(name, x, given) }, { x: values });
    const allowed = given.smooth === undefined ? tolerance : TURNED;
    expectClose(out.y!, given.values, allowed, name);
  });
});

test("the golden numbers are of every kind", () => {
  expect(cases).toHaveLength(13);
});
