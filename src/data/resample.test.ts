import sharp from "sharp";
import { describe, expect, it } from "vitest";
import type { ImageDataset } from "./dataset.ts";
import { fitImages } from "./fit.ts";
import { resizePlanes, scalePlanes } from "./resample.ts";

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

describe("scalePlanes", () => {
  const plane = Uint8Array.from({ length: 35 }, (_, i) => (7 * i * i + 13 * i) % 256);

  it("does what PyTorch's interpolate does with antialias=True and align_corners=False", () => {
    const smaller = [
      57.184, 83.851, 161.394, 131.796, 106.815, 180.24, 182.418, 180.931, 123.184, 132.274, 163.6, 115.728,
    ];
    const found = [...scalePlanes(plane, 1, [5, 7], [3, 4])];
    expect(found.length).toBe(12);
    for (const [i, value] of smaller.entries()) expect(Math.abs(found[i]! - value)).toBeLessThan(1e-3);
    const larger = [...scalePlanes(plane, 1, [5, 7], [8, 10])];
    const row = [0, 11, 28.5, 52.3, 85.2, 123.7, 167.8, 221, 165.3, 74];
    const last = [220, 165, 98.5, 38.3, 153.6, 197.7, 157.8, 127, 102.5, 86];
    expect(larger.length).toBe(80);
    for (const [i, value] of row.entries()) expect(Math.abs(larger[i]! - value)).toBeLessThan(1e-3);
    for (const [i, value] of last.entries()) expect(Math.abs(larger[70 + i]! - value)).toBeLessThan(1e-3);
  });

  it("keeps planes apart", () => {
    const two = scalePlanes(new Uint8Array([...new Array(35).fill(9), ...plane]), 2, [5, 7], [3, 4]);
    expect([...two.subarray(12)]).toEqual([...scalePlanes(plane, 1, [5, 7], [3, 4])]);
    for (const value of two.subarray(0, 12)) expect(value).toBeCloseTo(9, 5);
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
