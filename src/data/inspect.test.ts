import { describe, expect, it } from "vitest";
import type { ImageDataset } from "./dataset.ts";
import { inspectDataset } from "./inspect.ts";
import { loadDataset } from "./sources.ts";
import { ring } from "./synthetic.ts";

function images(
  count: number,
  shape: [number, number, number],
  fill: (i: number) => number,
  extra: Partial<ImageDataset> = {},
): ImageDataset {
  const data = Uint8Array.from({ length: count * shape[0] * shape[1] * shape[2] }, (_, i) => fill(i));
  return {
    kind: "images",
    name: "t",
    count,
    shape,
    data,
    valueRange: { min: 0, max: 255, convention: "0..255" },
    skipped: [],
    notes: [],
    ...extra,
  };
}

const hash = (i: number): number => Math.imul(i + 1, 0x9e3779b1) >>> 24;

describe("inspectDataset", () => {
  it("computes mean and spread per channel", () => {
    // Channel 0 is all 10, channel 1 is half 0 and half 100.
    const data = images(2000, [2, 1, 2] as never, (i) => (i % 4 < 2 ? 10 : (i % 2) * 100));
    const { mean, std } = inspectDataset(data);
    expect([mean, std]).toEqual([
      [10, 50],
      [0, 50],
    ]);
    const far = inspectDataset({ ...ring({ count: 1000 }), data: ring({ count: 1000 }).data.map((v) => v + 1000) });
    expect(far.std[0]).toBeCloseTo(Math.SQRT1_2, 1);
  });

  it("finds exact duplicates and names pairs, and no others", () => {
    const set = images(1500, [1, 4, 4], hash);
    expect(inspectDataset(set).duplicates.count).toBe(0);
    for (const [from, to] of [
      [3, 70],
      [3, 900],
      [20, 21],
    ] as const)
      set.data.copyWithin(to * 16, from * 16, from * 16 + 16);
    const found = inspectDataset(set);
    expect(found.duplicates).toEqual({
      count: 3,
      examples: [
        [20, 21],
        [3, 70],
        [3, 900],
      ],
    });
    expect(found.warnings).toEqual([]);
    const copies = inspectDataset(images(1200, [1, 2, 2], () => 5));
    expect(copies.duplicates.count).toBe(1199);
    expect(copies.warnings.join()).toMatch(/nothing to learn.*1199 of 1200 samples repeat/);
  });

  it("counts classes and warns of uneven and empty ones", () => {
    const labels = Int32Array.from({ length: 1100 }, (_, i) => (i < 1050 ? 0 : 2));
    const uneven = inspectDataset(images(1100, [1, 4, 4], hash, { labels, classes: ["a", "b", "c"] }));
    expect(uneven.classes).toEqual([
      { name: "a", count: 1050 },
      { name: "b", count: 0 },
      { name: "c", count: 50 },
    ]);
    expect(uneven.warnings.join()).toMatch(/1 of 3 classes have no samples \(first: b\).*a has 1050 samples, c 50/);
    const even = Int32Array.from({ length: 1100 }, (_, i) => i % 2);
    expect(inspectDataset(images(1100, [1, 4, 4], hash, { labels: even, classes: ["a", "b"] })).warnings).toEqual([]);
  });

  it("warns of an edge that is the same in every image", () => {
    const edged = (level: number) =>
      inspectDataset(images(2000, [1, 16, 16], (i) => (i % 16 < 2 ? level : hash(i)))).warnings.join("\n");
    expect(edged(255)).toMatch(/^Every image has the same edge \(left 2 px\)/);
    // Of the images' own level it does not stand out.
    expect(edged(128)).not.toMatch(/edge/);
  });

  it("warns of tiny, non-square, huge and secretly grey sets", () => {
    expect(inspectDataset(images(999, [1, 4, 4], hash)).warnings.join()).toMatch(/Only 999 images/);
    expect(inspectDataset(images(1000, [1, 4, 6], hash)).warnings.join()).toMatch(/6x4, not square/);
    expect(inspectDataset(images(1, [1, 512, 512], hash)).warnings.join()).toMatch(/consider size 128/);
    expect(
      inspectDataset(images(1000, [3, 4, 4], (i) => hash(Math.floor(i / 48) * 16 + (i % 16)))).warnings.join(),
    ).toMatch(/are grey/);
    expect(inspectDataset(images(1000, [3, 4, 4], hash)).warnings).toEqual([]);
    const skipped = [{ item: "x.png", reason: "cut" }];
    expect(inspectDataset(images(1000, [1, 4, 4], hash, { skipped })).warnings).toEqual([
      "1 unreadable items were left out.",
    ]);
  });

  it("is plain JSON and has nothing to say against MNIST", async () => {
    const found = inspectDataset(await loadDataset("mnist"));
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
    expect([found.warnings, found.duplicates.count, found.classes?.[0]]).toEqual([[], 0, { name: "0", count: 5923 }]);
    expect(found.mean[0]).toBeCloseTo(33.318, 3);
    expect(found.std[0]).toBeCloseTo(78.567, 3);
  });
});
