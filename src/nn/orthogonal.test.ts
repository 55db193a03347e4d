import { describe, expect, it } from "vitest";
import { streamKey } from "../util/rng.ts";
import { ones, scaled } from "./init.ts";
import { orthogonal } from "./orthogonal.ts";

function draw(shape: readonly number[], name = "weight"): Float32Array {
  const out = new Float32Array(shape.reduce((n, k) => n * k, 1));
  orthogonal(streamKey(3, name), shape, out);
  return out;
}

describe("orthogonal initialisation", () => {
  it.each([[[4, 9]], [[9, 4]], [[5, 5]], [[6, 2, 3, 3]], [[20, 2, 1, 1]], [[1, 7]]])(
    "of [%s] has orthonormal rows, or columns where they are fewer",
    (shape) => {
      const rows = shape[0]!;
      const columns = shape.slice(1).reduce((n, k) => n * k, 1);
      const weight = draw(shape);
      const [count, length] = rows <= columns ? [rows, columns] : [columns, rows];
      const at = (k: number, i: number) => weight[rows <= columns ? k * columns + i : i * columns + k]!;
      for (let a = 0; a < count; a++) {
        for (let b = 0; b < count; b++) {
          let product = 0;
          for (let i = 0; i < length; i++) product += at(a, i) * at(b, i);
          expect(product).toBeCloseTo(a === b ? 1 : 0, 6);
        }
      }
    },
  );

  it("is a function of the stream", () => {
    expect(draw([3, 3])).toEqual(draw([3, 3]));
    expect(draw([3, 3])).not.toEqual(draw([3, 3], "other"));
  });

  it("favours no direction: every element has the variance of one in so many", () => {
    const [size, draws] = [8, 200];
    const squares = new Float64Array(size * size);
    let sum = 0;
    for (let n = 0; n < draws; n++) {
      draw([size, size], `draw ${n}`).forEach((x, i) => {
        squares[i]! += x * x;
        sum += x;
      });
    }
    // The variance of a square is about 2/size^2: the mean of 200 has a deviation of 0.0125, of which 5 are allowed.
    for (const square of squares) expect(Math.abs(square / draws - 1 / size)).toBeLessThan(0.0625);
    expect(Math.abs(sum / (draws * size * size))).toBeLessThan(0.02);
  });
});

describe("scaled initialisation", () => {
  it("is the other one times a factor", () => {
    const out = new Float32Array(3);
    scaled(ones, -2.5)(streamKey(0, "x"), [3], out);
    expect([...out]).toEqual([-2.5, -2.5, -2.5]);
  });
});
