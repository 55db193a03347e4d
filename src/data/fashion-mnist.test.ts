import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadDataset } from "./sources.ts";

const installed = existsSync("/usr/share/datasets/fashion-mnist");

describe("fashion-mnist", () => {
  it.skipIf(!installed)("has 60,000 and 10,000 pictures of ten named classes, as many of each", async () => {
    for (const [source, count] of [
      ["fashion-mnist", 60_000],
      ["fashion-mnist-test", 10_000],
    ] as const) {
      const data = await loadDataset(source);
      expect([data.kind, data.count, data.shape]).toEqual(["images", count, [1, 28, 28]]);
      expect(data.classes).toContain("ankle boot");
      expect(data.labels!.filter((label) => label === 9).length).toBe(count / 10);
    }
  });

  it.skipIf(installed)("says how to install it where it is missing", async () => {
    await expect(loadDataset("fashion-mnist")).rejects.toThrow(/not installed/);
  });
});
