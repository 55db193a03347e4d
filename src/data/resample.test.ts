import sharp from "sharp";
import { describe, expect, it } from "vitest";
import type { ImageDataset } from "./dataset.ts";
import { fitImages } from "./fit.ts";
import { resizePlanes } from "./resample.ts";

function wave(height: number, width: number): Uint8Array {
  return Uint8Array.from(
    { length: height * width },
    (_, i) => 128 + 100 * Math.sin((i % width) / 4) * Math.cos(Math.floor(i / width) / 5),
  );
}

describe("resizePlanes", () => {
  it.each([
    [64, 32],
    [50, 37],
    [48, 20],
  ])("agrees with sharp to one level when it shrinks %d to %d", async (side, size) => {
    const source = wave(side, side);
    const raw = { width: side, height: side, channels: 1 } as const;
    const expected = await sharp(source, { raw }).resize(size, size).toColourspace("b-w").raw().toBuffer();
    const got = resizePlanes(source, 1, side, side, size);
    const worst = got.reduce((max, value, i) => Math.max(max, Math.abs(value - (expected[i] as number))), 0);
    expect(worst).toBeLessThanOrEqual(1);
  });

  it.each([
    [28, 28, 32],
    [28, 28, 64],
    [30, 45, 16],
    [2, 2, 8],
    [1, 1, 4],
  ])("keeps flat planes flat and mirrors what is mirrored (%dx%d to %d)", (height, width, size) => {
    expect(resizePlanes(new Uint8Array(height * width).fill(77), 1, height, width, size).every((v) => v === 77)).toBe(
      true,
    );
    const even = width - ((width - Math.min(width, height)) % 2);
    const source = wave(height, even);
    const flipped = Uint8Array.from(source, (_, i) => source[i - (i % even) + (even - 1 - (i % even))] as number);
    const a = resizePlanes(source, 1, height, even, size);
    const b = resizePlanes(flipped, 1, height, even, size);
    const worst = a.reduce(
      (max, _, i) =>
        Math.max(max, Math.abs((a[i] as number) - (b[i - (i % size) + (size - 1 - (i % size))] as number))),
      0,
    );
    expect(worst).toBeLessThanOrEqual(1);
  });

  it("cuts out the centre, keeps planes apart, and changes nothing at the same size", () => {
    // Only the middle 2 columns of 6 are bright.
    const source = new Uint8Array(2 * 12);
    for (const at of [2, 3, 8, 9]) source[12 + at] = 255;
    expect([...resizePlanes(source, 2, 2, 6, 2)]).toEqual([0, 0, 0, 0, 255, 255, 255, 255]);
    const same = wave(9, 9);
    expect(resizePlanes(same, 1, 9, 9, 9)).toEqual(same);
  });

  it("keeps a ramp where it was when it enlarges", () => {
    const ramp = Uint8Array.from({ length: 400 }, (_, i) => 10 * (i % 20));
    const out = resizePlanes(ramp, 1, 20, 20, 40);
    // Output pixel x lies at source position (x + 0.5) / 2 - 0.5.
    for (let x = 8; x < 32; x++)
      expect(Math.abs((out[20 * 40 + x] as number) - 10 * ((x + 0.5) / 2 - 0.5))).toBeLessThanOrEqual(1.5);
  });
});

describe("fitImages", () => {
  const base: ImageDataset = {
    kind: "images",
    name: "t",
    count: 1,
    shape: [3, 1, 2],
    data: new Uint8Array([255, 10, 0, 10, 0, 10]),
    valueRange: { min: 0, max: 255, convention: "0..255" },
    skipped: [],
    notes: ["before"],
  };

  it("turns colour to luma and grey to colour", () => {
    const grey = fitImages(base, { channels: 1 });
    expect([grey.shape, [...grey.data]]).toEqual([
      [1, 1, 2],
      [76, 10],
    ]);
    const colour = fitImages(grey, { channels: 3 });
    expect([colour.shape, [...colour.data]]).toEqual([
      [3, 1, 2],
      [76, 10, 76, 10, 76, 10],
    ]);
    expect(colour.notes.length).toBe(3);
  });

  it("returns the same bytes when there is nothing to do", () => {
    expect(fitImages(base, { channels: 3 }).data).toBe(base.data);
    expect(fitImages(base, {}).notes).toEqual(["before"]);
  });
});
