import { describe, expect, it } from "vitest";
import { SHAPE_MODES, shapes, shapeTemplates } from "./shapes.ts";
import { loadDataset } from "./sources.ts";

const SIZE = 3 * 16 * 16;

const distance = (a: Uint8Array, b: Uint8Array): number =>
  Math.sqrt(a.reduce((sum, x, i) => sum + (x - b[i]!) ** 2, 0));

const templates = Array.from(SHAPE_MODES, (_, mode) => shapeTemplates().subarray(mode * SIZE, (mode + 1) * SIZE));

describe("shapes", () => {
  it("is recognised exactly by the nearest template, with room to spare", () => {
    const { data, labels, count } = shapes({ count: 3000, seed: 5 });
    let furthest = 0;
    for (let i = 0; i < count; i++) {
      const distances = templates.map((template) => distance(data.subarray(i * SIZE, (i + 1) * SIZE), template));
      const nearest = Math.min(...distances);
      expect(distances.indexOf(nearest)).toBe(labels![i]);
      furthest = Math.max(furthest, nearest);
    }
    const between = templates.flatMap((a, i) => templates.slice(0, i).map((b) => distance(a, b)));
    expect(furthest).toBeGreaterThan(0.3 * Math.min(...between));
    expect(furthest).toBeLessThan(0.9 * Math.min(...between));
  });

  it("has every mode equally often", () => {
    const { labels, count, classes } = shapes({ seed: 1 });
    expect([count, classes?.length, classes?.[5]]).toEqual([20_000, 16, "green diamond"]);
    const counts = SHAPE_MODES.map((_, mode) => labels!.filter((label) => label === mode).length);
    const chi2 = counts.reduce((sum, n) => sum + (n - 1250) ** 2 / 1250, 0);
    expect(Math.abs(chi2 - 15)).toBeLessThan(4 * Math.sqrt(30));
  });

  it("is a function of seed and index, by name too", async () => {
    const few = shapes({ count: 40, seed: 3 });
    expect(few.data).toEqual(shapes({ count: 100, seed: 3 }).data.subarray(0, 40 * SIZE));
    expect(few.data).not.toEqual(shapes({ count: 40, seed: 4 }).data);
    const named = await loadDataset("shapes", { limit: 40, seed: 3 });
    expect(named).toMatchObject({ kind: "images", shape: [3, 16, 16], count: 40 });
    expect(named.data).toEqual(few.data);
    // Brightness varies within a mode: no two pictures are the same.
    expect(new Set(Array.from({ length: 40 }, (_, i) => few.data.subarray(i * SIZE, (i + 1) * SIZE).join())).size).toBe(
      40,
    );
  });
});
