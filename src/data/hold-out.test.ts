/** @file A data set in two parts: nothing is lost, nothing is in both, and the same seed gives the same parts. */

import { describe, expect, it } from "vitest";
import type { ImageDataset } from "./dataset.ts";
import { FEWEST_HELD_OUT, heldOutCount, holdOut } from "./hold-out.ts";
import { ring } from "./synthetic.ts";

/** Images of which each says its own number, and is of the class of its parity. */
function numbered(count: number): ImageDataset {
  return {
    kind: "images",
    name: "numbers",
    count,
    shape: [1, 1, 2],
    data: Uint8Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? i >> 9 : (i >> 1) & 255)),
    valueRange: { min: 0, max: 255, convention: "0..255" },
    labels: Int32Array.from({ length: count }, (_, i) => i % 2),
    classes: ["even", "odd"],
    skipped: [],
    notes: ["as it was"],
  };
}

const numbersOf = ({ data, count }: ImageDataset) =>
  Array.from({ length: count }, (_, i) => 256 * data[2 * i]! + data[2 * i + 1]!);

describe("samples that are kept apart", () => {
  const { train, heldOut } = holdOut(numbered(1000), 0.05, 7);

  it("are as many as was asked for, and the rest is what is learned from", () => {
    expect([train.count, heldOut.count]).toEqual([950, 50]);
    const both = [...numbersOf(train), ...numbersOf(heldOut)].sort((a, b) => a - b);
    expect(both).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  });

  it("are spread over the source, in its order", () => {
    const apart = numbersOf(heldOut);
    expect(apart).toEqual([...apart].sort((a, b) => a - b));
    expect(apart.filter((i) => i < 500).length).toBeGreaterThan(10);
    expect(apart.filter((i) => i >= 500).length).toBeGreaterThan(10);
  });

  it("keep their labels and the names of the classes", () => {
    for (const part of [train, heldOut]) {
      expect([...part.labels!]).toEqual(numbersOf(part).map((i) => i % 2));
      expect(part.classes).toEqual(["even", "odd"]);
    }
  });

  it("are told of in the notes", () => {
    expect(train.notes).toEqual(["as it was", expect.stringMatching(/^50 of 1000 samples are kept apart/)]);
  });

  it("are the same for the same seed, and others for another", () => {
    expect(numbersOf(holdOut(numbered(1000), 0.05, 7).heldOut)).toEqual(numbersOf(heldOut));
    expect(numbersOf(holdOut(numbered(1000), 0.05, 8).heldOut)).not.toEqual(numbersOf(heldOut));
  });

  it("may be points", () => {
    const points = ring({ count: 200 });
    const parts = holdOut(points, 0.1, 1);
    expect([parts.train.data.length, parts.heldOut.data.length]).toEqual([360, 40]);
    expect(parts.heldOut.modes).toEqual(points.modes);
  });
});

describe("few samples", () => {
  it("are all learned from: fewer than sixteen held-out ones say nothing", () => {
    expect(heldOutCount(300, 0.05)).toBe(0);
    expect(heldOutCount(320, 0.05)).toBe(FEWEST_HELD_OUT);
  });

  it("cannot be taken apart", () => {
    expect(() => holdOut(numbered(100), 0.05, 1)).toThrow(/100 samples.*0\.05/);
    expect(() => holdOut(numbered(100), 1, 1)).toThrow(/cannot be kept apart/);
  });
});
