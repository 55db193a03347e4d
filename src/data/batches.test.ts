import { describe, expect, it } from "vitest";
import { ConfigError } from "../util/errors.ts";
import { BatchOrder, gatherBatch, gatherLabels } from "./batches.ts";
import type { ImageDataset, PointDataset } from "./dataset.ts";

describe("BatchOrder", () => {
  it("draws every sample exactly once per epoch, also when batches span epochs", () => {
    const order = new BatchOrder({ count: 103, batch: 10, seed: 1 });
    const drawn: number[] = [];
    for (let b = 0; b < 103; b++) drawn.push(...order.indices(b));
    expect(drawn.length).toBe(1030);
    for (let epoch = 0; epoch < 10; epoch++) {
      const sorted = drawn.slice(epoch * 103, (epoch + 1) * 103).sort((a, b) => a - b);
      expect(sorted).toEqual(Array.from({ length: 103 }, (_, i) => i));
    }
  });

  it("is a function of seed and position: a fresh object continues where another stopped", () => {
    const unbroken = new BatchOrder({ count: 57, batch: 8, seed: 7 });
    const straight = Array.from({ length: 40 }, (_, b) => [...unbroken.indices(b)]);
    for (const b of [0, 1, 6, 7, 8, 39, 13]) {
      expect([...new BatchOrder({ count: 57, batch: 8, seed: 7 }).indices(b)]).toEqual(straight[b]);
      const out = new Uint32Array(8);
      expect([...new BatchOrder({ count: 57, batch: 8, seed: 7 }).fill(b * 8, out)]).toEqual(straight[b]);
    }
  });

  it("does not depend on the batch size, only on how many samples were drawn", () => {
    const small = new BatchOrder({ count: 30, batch: 4, seed: 3 });
    const large = new BatchOrder({ count: 30, batch: 12, seed: 3 });
    const a = [0, 1, 2, 3, 4, 5, 6, 7, 8].flatMap((b) => [...small.indices(b)]);
    const b = [0, 1, 2].flatMap((n) => [...large.indices(n)]);
    expect(a).toEqual(b);
  });

  it("differs between seeds and between epochs", () => {
    const epoch = (seed: number, number: number): number[] => [
      ...new BatchOrder({ count: 50, batch: 50, seed }).indices(number),
    ];
    expect(epoch(0, 0)).not.toEqual(epoch(1, 0));
    expect(epoch(0, 0)).not.toEqual(epoch(0, 1));
    expect(epoch(0, 0)).not.toEqual(Array.from({ length: 50 }, (_, i) => i));
  });

  it("shuffles uniformly: each sample stands at each place about equally often", () => {
    const n = 10;
    const epochs = 4000;
    const order = new BatchOrder({ count: n, batch: n, seed: 5 });
    const seen = Array.from({ length: n * n }, () => 0);
    for (let e = 0; e < epochs; e++) {
      order.indices(e).forEach((sample, place) => {
        seen[place * n + sample] = (seen[place * n + sample] as number) + 1;
      });
    }
    const expected = epochs / n;
    const chi2 = seen.reduce((sum, k) => sum + (k - expected) ** 2 / expected, 0);
    // 81 degrees of freedom: mean 81, standard deviation 12.7.
    expect(chi2).toBeGreaterThan(81 - 4 * 12.7);
    expect(chi2).toBeLessThan(81 + 4 * 12.7);
  });

  it("accepts a batch of the whole set and refuses a larger one, naming both numbers", () => {
    expect(new BatchOrder({ count: 100, batch: 100, seed: 0 }).indices(3).length).toBe(100);
    const make = (): unknown => new BatchOrder({ count: 99, batch: 100, seed: 0 });
    expect(make).toThrow(ConfigError);
    expect(make).toThrow(/99 samples.*100/);
    expect(() => new BatchOrder({ count: 99, batch: 0, seed: 0 })).toThrow(ConfigError);
  });
});

describe("gatherBatch", () => {
  const images: ImageDataset = {
    kind: "images",
    name: "t",
    count: 3,
    shape: [2, 2, 3],
    data: Uint8Array.from({ length: 36 }, (_, i) => i),
    valueRange: { min: 0, max: 35, convention: "0..255" },
    skipped: [],
    notes: [],
  };
  const points: PointDataset = {
    kind: "points",
    name: "p",
    count: 4,
    shape: [2],
    data: new Float32Array([0, 1, 2, 3, 4, 5, 6, 7]),
    valueRange: { min: 0, max: 7, convention: "real" },
    skipped: [],
    notes: [],
  };

  it("copies rows in the order asked for", () => {
    const out = new Float32Array(6);
    gatherBatch(points, new Uint32Array([3, 0, 3]), out);
    expect([...out]).toEqual([6, 7, 0, 1, 6, 7]);
  });

  it("mirrors only the masked images, every line of every channel, and leaves the data set alone", () => {
    const before = images.data.slice();
    const out = new Uint8Array(36);
    gatherBatch(images, [2, 0, 1], out, new Uint8Array([0, 1, 0]));
    expect([...out.subarray(0, 12)]).toEqual([...before.subarray(24, 36)]);
    expect([...out.subarray(12, 24)]).toEqual([2, 1, 0, 5, 4, 3, 8, 7, 6, 11, 10, 9]);
    expect([...out.subarray(24)]).toEqual([...before.subarray(12, 24)]);
    expect(images.data).toEqual(before);
  });

  it("refuses a batch of the wrong length or type", () => {
    expect(() => gatherBatch(points, [0, 1], new Float32Array(5))).toThrow(/does not fill 5/);
    expect(() => gatherBatch(points, [0, 1], new Uint8Array(4))).toThrow(/points floats/);
    expect(() => gatherBatch(points, [0], new Float32Array(2), [1])).toThrow(/cannot be mirrored/);
  });

  it("gathers labels one-hot, over whatever was there before", () => {
    const labelled: PointDataset = { ...points, labels: Int32Array.of(2, 0, 1, 0), classes: ["a", "b", "c"] };
    const out = new Float32Array(9).fill(7);
    gatherLabels(labelled, [3, 0, 2], out);
    expect([...out]).toEqual([1, 0, 0, 0, 0, 1, 0, 1, 0]);
    expect(() => gatherLabels(points, [0], new Float32Array(3))).toThrow(/has no labels/);
  });
});
