/** @file Numbers about samples, on sets of which they are known. */

import { describe, expect, it } from "vitest";
import { arrayDataset } from "./array.ts";
import type { ImageDataset } from "./dataset.ts";
import { fitImages } from "./fit.ts";
import { sampleStatistics } from "./statistics.ts";
import { ring } from "./synthetic.ts";

/** Images [1, 1, 4] with these values. */
const images = (...rows: readonly (readonly number[])[]): ImageDataset => ({
  kind: "images",
  name: "t",
  count: rows.length,
  shape: [1, 1, 4],
  data: Uint8Array.from(rows.flat()),
  valueRange: { min: 0, max: 255, convention: "0..255" },
  skipped: [],
  notes: [],
});

describe("sampleStatistics", () => {
  it("tells how samples differ from how the places of one sample do", () => {
    const same = sampleStatistics(images([0, 50, 100, 150], [0, 50, 100, 150]));
    expect([same.between, same.std[0]]).toEqual([0, Math.sqrt(3125)]);
    const flat = sampleStatistics(images([10, 10, 10, 10], [30, 30, 30, 30]));
    expect([flat.between, flat.std[0], flat.mean[0], flat.images?.flat]).toEqual([10, 10, 20, 2]);
  });

  it("counts the ends of the range", () => {
    const { images: ends, min, max } = sampleStatistics(images([0, 0, 255, 7], [0, 1, 2, 3]));
    expect([ends, min, max]).toEqual([{ low: 3 / 8, high: 1 / 8, flat: 0, grey: false }, 0, 255]);
  });

  it("looks at samples spread over the source where there are many, and says at how many", () => {
    const rows = Array.from({ length: 100 }, (_, i) => [i, i, i, i + 3]);
    const { looked, min, max, mean } = sampleStatistics(images(...rows), 40);
    expect([looked, min, max, mean[0]]).toEqual([10, 0, 93, 45.75]);
    const points = sampleStatistics(ring({ count: 1000 }), 800);
    expect([points.looked, points.images]).toEqual([100, undefined]);
    expect(points.between).toBeGreaterThan(0.6);
    expect(points.between).toBeLessThan(0.8);
  });

  it("counts repeats whose labels disagree, also among those looked at", () => {
    const rows = Array.from({ length: 8 }, (_, i) => [i % 4, 9, 9, 9]);
    const labelled = { ...images(...rows), labels: Int32Array.from([0, 0, 0, 0, 0, 1, 1, 0]), classes: ["a", "b"] };
    expect(sampleStatistics(labelled).duplicates).toMatchObject({ count: 4, conflicts: 2 });
    expect(sampleStatistics(labelled, 16).duplicates).toMatchObject({ count: 2, conflicts: 1 });
    expect(sampleStatistics(images(...rows)).duplicates).not.toHaveProperty("conflicts");
  });
});

describe("conversions are counted where they may harm", () => {
  const wide: ImageDataset = { ...images([1, 2, 3, 4], [4, 3, 2, 1]), shape: [1, 1, 4] };

  it("crops and enlargements", () => {
    expect(fitImages(wide, { size: 1 }).conversion).toEqual({ transparent: 0, enlarged: 0, cropped: 2 });
    expect(fitImages(wide, { size: 2 }).conversion).toEqual({ transparent: 0, enlarged: 2, cropped: 2 });
    expect(fitImages(wide, {})).not.toHaveProperty("conversion");
  });

  it("transparency", () => {
    const data = new Uint8Array(3 * 8 * 8 * 4);
    const found = arrayDataset({ dtype: "u1", shape: [3, 8, 8, 4], data }, { name: "t", source: "t" }) as ImageDataset;
    expect(found.conversion).toEqual({ transparent: 3, enlarged: 0, cropped: 0 });
  });
});
