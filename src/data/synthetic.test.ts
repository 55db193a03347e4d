import { describe, expect, it } from "vitest";
import type { ImageDataset, PointDataset } from "./dataset.ts";
import { loadDataset } from "./sources.ts";
import { stackDigits } from "./stacked-mnist.ts";
import { fiveGaussians, grid, ring, spiral, twoClusters } from "./synthetic.ts";

function countBy(labels: Int32Array | undefined): number[] {
  const out: number[] = [];
  for (const label of labels ?? []) out[label] = (out[label] ?? 0) + 1;
  return out;
}

/** Standard deviation of the samples about the centres of their labels, over both coordinates. */
function spread({ data, labels, modes }: PointDataset): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) {
    const centre = modes?.centres[labels?.[i >> 1] as number] as readonly number[];
    sum += ((data[i] as number) - (centre[i & 1] as number)) ** 2;
  }
  return Math.sqrt(sum / data.length);
}

describe("ring, grid and five Gaussians", () => {
  it.each([
    [ring, 8, 0.01, 100_000],
    [grid, 25, 0.05, 100_000],
    [fiveGaussians, 5, Math.sqrt(0.002), 10_000],
  ])("have %o modes of the stated spread, evenly filled", (make, modes, std, count) => {
    const dataset = make();
    expect([dataset.count, dataset.shape, dataset.modes?.centres.length, dataset.modes?.std]).toEqual([
      count,
      [2],
      modes,
      std,
    ]);
    expect(spread(dataset)).toBeGreaterThan(std * 0.99);
    expect(spread(dataset)).toBeLessThan(std * 1.01);
    const sizes = countBy(dataset.labels);
    const expected = count / modes;
    const chi2 = sizes.reduce((sum, k) => sum + (k - expected) ** 2 / expected, 0);
    expect(sizes.length).toBe(modes);
    expect(chi2).toBeLessThan(modes - 1 + 4 * Math.sqrt(2 * (modes - 1)));
  });

  it("have the published centres", () => {
    const centres = ring({ count: 1 }).modes?.centres ?? [];
    expect(centres.every(([x = 0, y = 0]) => Math.abs(Math.hypot(x, y) - 1) < 1e-12)).toBe(true);
    expect(centres[2]?.[1]).toBeCloseTo(1, 12);
    const [first, second] = fiveGaussians({ count: 1 }).modes?.centres ?? [];
    expect([first?.[0], second?.[0]]).toEqual([1, expect.closeTo(Math.cos((2 * Math.PI) / 5), 12)]);
    const corners = grid({ count: 1 }).modes?.centres ?? [];
    expect([corners[0], corners[24], corners[12]]).toEqual([
      [-4, -4],
      [4, 4],
      [0, 0],
    ]);
  });

  it("are functions of seed and index", () => {
    expect(ring({ seed: 3, count: 1000 }).data).toEqual(ring({ seed: 3 }).data.subarray(0, 2000));
    expect(ring({ seed: 3, count: 50 }).data).not.toEqual(ring({ seed: 4, count: 50 }).data);
    expect(ring({ limit: 7 }).count).toBe(7);
  });
});

describe("spiral", () => {
  it("lies on the swiss roll within its noise", () => {
    const { data, count, modes } = spiral({ count: 20_000 });
    expect(modes).toBeUndefined();
    let radial = 0;
    for (let i = 0; i < count; i++) {
      const [x, y] = [7.5 * (data[2 * i] as number), 7.5 * (data[2 * i + 1] as number)];
      // On the roll the radius is the angle, up to whole turns.
      const off = Math.hypot(x, y) - Math.atan2(y, x);
      const error = off - 2 * Math.PI * Math.round(off / (2 * Math.PI));
      radial += error * error;
    }
    // Noise 0.25 across the radius, and a little more through the angle (0.25 / t).
    expect(Math.sqrt(radial / count)).toBeGreaterThan(0.24);
    expect(Math.sqrt(radial / count)).toBeLessThan(0.27);
  });
});

describe("two-clusters", () => {
  it("has half of 100 numbers in each interval", () => {
    const { data, count, shape, labels, modes } = twoClusters();
    expect([count, shape]).toEqual([100, [1]]);
    expect(data.filter((v) => v >= 0 && v < 0.3).length).toBe(50);
    expect(data.filter((v) => v >= 4 && v < 4.3001).length).toBe(50);
    expect(countBy(labels)).toEqual([50, 50]);
    expect([modes?.centres, modes?.std]).toEqual([[[0.15], [4.15]], 0.3 / Math.sqrt(12)]);
    const many = twoClusters({ count: 20_000 }).data.filter((_, i) => i % 2 === 1);
    const mean = many.reduce((sum, v) => sum + v, 0) / many.length;
    expect(Math.sqrt(many.reduce((sum, v) => sum + (v - mean) ** 2, 0) / many.length)).toBeCloseTo(0.0866, 3);
  });
});

describe("stacked-mnist", () => {
  /** Ten 1x2 "digits": digit d is the pixels [10 d, 10 d + 1]. */
  const digits: ImageDataset = {
    kind: "images",
    name: "digits",
    count: 10,
    shape: [1, 1, 2],
    data: Uint8Array.from({ length: 20 }, (_, i) => 10 * (i >> 1) + (i & 1)),
    labels: Int32Array.from({ length: 10 }, (_, i) => i),
    classes: [..."0123456789"],
    valueRange: { min: 0, max: 91, convention: "0..255" },
    skipped: [],
    notes: [],
  };

  it("labels each triple by its three digits, evenly", () => {
    const { data, labels, count, classes } = stackDigits(digits, { seed: 2 });
    expect([count, classes?.length, classes?.[42]]).toEqual([60_000, 1000, "042"]);
    for (let i = 0; i < count; i++) {
      const [a, b, c] = [0, 1, 2].map((k) => (data[6 * i + 2 * k] as number) / 10) as [number, number, number];
      if (labels?.[i] !== 100 * a + 10 * b + c || data[6 * i + 5] !== 10 * c + 1)
        throw new Error(`sample ${i} is wrong`);
    }
    const chi2 = countBy(labels).reduce((sum, k) => sum + (k - 60) ** 2 / 60, 0);
    expect(Math.abs(chi2 - 999)).toBeLessThan(4 * Math.sqrt(2 * 999));
  });

  it("is the same for the same seed, on the real digits", async () => {
    const a = await loadDataset("stacked-mnist", { count: 200, seed: 1 });
    expect(a).toMatchObject({ kind: "images", shape: [3, 28, 28], count: 200 });
    expect(a.data).toEqual((await loadDataset("stacked-mnist", { limit: 200, seed: 1 })).data);
    expect(a.labels).not.toEqual((await loadDataset("stacked-mnist", { count: 200, seed: 2 })).labels);
    expect((await loadDataset("stacked-mnist", { count: 5, size: 32 })).shape).toEqual([3, 32, 32]);
  });
});
