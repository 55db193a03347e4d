import { describe, expect, it } from "vitest";
import { fillNormal, fillUniform, streamKey } from "../util/rng.ts";
import { outlyingShare } from "./outliers.ts";
import { fiveGaussians, grid, ring, spiral } from "./synthetic.ts";

const normals = (count: number): Float32Array => {
  const out = new Float32Array(count);
  fillNormal(streamKey(3, "outliers"), 0, out);
  return out;
};

/** The same points with the first `count` of them moved anywhere in a square of side 8. */
const withNoise = (data: Float32Array, count: number): Float32Array => {
  const noise = new Float32Array(2 * count);
  fillUniform(streamKey(5, "noise"), 0, noise);
  const out = data.slice();
  out.set(noise.map((value) => 8 * value - 4));
  return out;
};

describe("the share of points that lie far from all others", () => {
  it("is next to nothing for data that belong together", () => {
    for (const { data } of [ring(), grid(), spiral(), fiveGaussians()])
      expect(outlyingShare(data, 2)).toBeLessThan(0.01);
    for (const columns of [2, 3, 8, 32]) expect(outlyingShare(normals(2000 * columns), columns)).toBeLessThan(0.02);
  });

  it("is near the share that was thrown in, of which some fall among the others", () => {
    const { data } = ring({ count: 4000 });
    for (const share of [0.1, 0.2]) {
      const found = outlyingShare(withNoise(data, 4000 * share), 2)!;
      expect(found).toBeGreaterThan(0.7 * share);
      expect(found).toBeLessThan(1.1 * share);
    }
  });

  it("does not depend on where in the data they stand", () => {
    const { data } = ring({ count: 4000 });
    const noise = withNoise(data, 500).subarray(0, 1000);
    const everyEighth = data.slice();
    for (let i = 0; i < 500; i++) everyEighth.set(noise.subarray(2 * i, 2 * i + 2), 16 * i);
    expect(outlyingShare(everyEighth, 2)).toBeGreaterThan(0.09);
  });

  it("does not depend on the unit", () => {
    const { data } = ring({ count: 1000 });
    const noisy = withNoise(data, 100);
    expect(
      outlyingShare(
        noisy.map((value) => 1024 * value),
        2,
      ),
    ).toBe(outlyingShare(noisy, 2));
  });

  it("is not known of few points, nor of points of which half have twins", () => {
    expect(outlyingShare(normals(2 * 99), 2)).toBeUndefined();
    expect(outlyingShare(normals(2 * 1000).map(Math.round), 2)).toBeUndefined();
  });
});
