import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DataError } from "../../util/errors.ts";
import {
  axisRange,
  encodePng,
  type ImageBatch,
  type PointBatch,
  plotPoints,
  type Raster,
  tileImages,
  writeImageGrid,
  writePointPlot,
} from "./image-grid.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "gantry-grid-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const GAP = 72;
const GREY: ImageBatch = { shape: [3, 1, 1, 2], data: new Uint8Array([1, 2, 3, 4, 5, 6]) };
const PAPER = [255, 255, 255];

function rows(raster: Raster): number[][] {
  const width = raster.width * raster.channels;
  return Array.from({ length: raster.height }, (_, y) => [...raster.data.subarray(y * width, (y + 1) * width)]);
}

function points(values: readonly number[], dimensions: number): PointBatch {
  return { data: new Float32Array(values), shape: [values.length / dimensions, dimensions] };
}

function at(raster: Raster, x: number, y: number): number[] {
  return [...raster.data.subarray((y * raster.width + x) * 3, (y * raster.width + x) * 3 + 3)];
}

const isReddish = ([red = 0, , blue = 0]: number[]): boolean => red > blue + 40;
const isGrey = (colour: number[]): boolean => new Set(colour).size === 1 && (colour[0] as number) < 200;

describe("tileImages", () => {
  it("lays images out row by row with gaps around", () => {
    expect(rows(tileImages(GREY, { columns: 2, gap: 1, scale: 1 }))).toEqual([
      [GAP, GAP, GAP, GAP, GAP, GAP, GAP],
      [GAP, 1, 2, GAP, 3, 4, GAP],
      [GAP, GAP, GAP, GAP, GAP, GAP, GAP],
      [GAP, 5, 6, GAP, GAP, GAP, GAP],
      [GAP, GAP, GAP, GAP, GAP, GAP, GAP],
    ]);
  });

  it("enlarges by whole numbers without mixing pixels", () => {
    const one = { shape: [1, 1, 2, 2], data: new Uint8Array([1, 2, 3, 4]) } as const;
    expect(rows(tileImages(one, { gap: 0, scale: 2 }))).toEqual([
      [1, 1, 2, 2],
      [1, 1, 2, 2],
      [3, 3, 4, 4],
      [3, 3, 4, 4],
    ]);
  });

  it("turns channel planes into pixels", () => {
    const colour = { shape: [1, 3, 1, 2], data: new Uint8Array([1, 2, 11, 12, 21, 22]) } as const;
    const raster = tileImages(colour, { gap: 0, scale: 1 });
    expect(raster.channels).toBe(3);
    expect([...raster.data]).toEqual([1, 11, 21, 2, 12, 22]);
  });

  it.each([
    [28, 64, 2 + 8 * 58],
    [64, 64, 2 + 8 * 66],
    [8, 5, 2 + 3 * 58],
    [1, 1, 2 + 10],
  ])("by default makes %i-pixel images readable in a square of %i", (size, count, width) => {
    const raster = tileImages({ shape: [count, 1, size, size], data: new Uint8Array(count * size * size) });
    expect(raster.width).toBe(width);
  });

  it("refuses what is no batch of images", () => {
    expect(() => tileImages({ shape: [1, 2, 1, 1], data: new Uint8Array(2) })).toThrow(/2 channels/);
    expect(() => tileImages({ shape: [2, 1, 1, 1], data: new Uint8Array(1) })).toThrow(/wrong length/);
    expect(() => tileImages({ shape: [0, 1, 1, 1], data: new Uint8Array(0) })).toThrow(/empty/);
    expect(() => tileImages(GREY, { scale: 1.5 })).toThrow(/impossible grid options/);
  });
});

describe("writeImageGrid", () => {
  it.each([1, 3] as const)("writes a PNG of %i channels that holds exactly the grid", async (channels) => {
    const data = Uint8Array.from({ length: 4 * channels * 6 * 5 }, (_, i) => (i * 37) % 256);
    const images: ImageBatch = { shape: [4, channels, 6, 5], data };
    const path = join(dir, "grid.png");
    await writeImageGrid(path, images, { scale: 2 });
    const raw = await sharp(path).raw().toBuffer({ resolveWithObject: true });
    const raster = tileImages(images, { scale: 2 });
    expect(raw.info).toMatchObject({ width: raster.width, height: raster.height });
    expect((await sharp(path).metadata()).channels).toBe(channels);
    const stored = raw.info.channels === channels ? raw.data : raw.data.filter((_, i) => i % raw.info.channels === 0);
    expect(Buffer.from(stored).equals(Buffer.from(raster.data))).toBe(true);
    expect(readdirSync(dir)).toEqual(["grid.png"]);
  });

  it("gives the same bytes for the same images", async () => {
    await writeImageGrid(join(dir, "a.png"), GREY);
    await writeImageGrid(join(dir, "b.png"), GREY);
    expect(readFileSync(join(dir, "a.png")).equals(readFileSync(join(dir, "b.png")))).toBe(true);
    await writeImageGrid(join(dir, "b.png"), { ...GREY, data: GREY.data.map((value) => value + 1) });
    expect(readFileSync(join(dir, "a.png")).equals(readFileSync(join(dir, "b.png")))).toBe(false);
  });

  it("names a place that cannot be written", async () => {
    await expect(writeImageGrid(join(dir, "none/grid.png"), GREY)).rejects.toThrow(DataError);
    await expect(writeImageGrid(join(dir, "none/grid.png"), GREY)).rejects.toThrow(/none\/grid.png/);
  });
});

describe("plotPoints", () => {
  it("draws reals grey and fakes red at their places, y upwards", () => {
    const raster = plotPoints({ reals: points([-0.5, 0.5], 2), fakes: points([0.5, -0.5], 2) }, [-1, 1]);
    expect([raster.width, raster.height]).toEqual([512, 512]);
    expect(isGrey(at(raster, 128, 128))).toBe(true);
    expect(isReddish(at(raster, 383, 383))).toBe(true);
    expect(at(raster, 383, 128)).toEqual(PAPER);
    expect(at(raster, 128, 383)).toEqual(PAPER);
    expect(at(raster, 132, 128)).toEqual(PAPER);
  });

  it("draws points outside on the border and leaves out what is not finite", () => {
    const fakes = points([50, 0.5, Number.NaN, 0, Infinity, 0], 2);
    const raster = plotPoints({ reals: points([], 2), fakes }, [-1, 1]);
    expect(isReddish(at(raster, 511, 128))).toBe(true);
    let red = 0;
    for (let i = 0; i < 512 * 512; i++) if (isReddish(at(raster, i % 512, Math.floor(i / 512)))) red++;
    expect(red).toBe(6);
  });

  it("draws one dimension as histograms on the scale of the reals", () => {
    const reals = points([-0.5, -0.5, -0.5, 0.5], 1);
    const raster = plotPoints({ reals, fakes: points([0.5, 0.5, 0.5, 0.5], 1) }, [-1, 1]);
    const left = 16 * 8 + 3;
    const right = 48 * 8 + 3;
    expect(isGrey(at(raster, left, 511))).toBe(true);
    expect(isGrey(at(raster, left, 512 - 340))).toBe(true);
    expect(at(raster, left, 512 - 343)).toEqual(PAPER);
    expect(isReddish(at(raster, right, 511))).toBe(true);
    expect(isReddish(at(raster, right, 512 - 450))).toBe(true);
    expect(at(raster, right, 20)).toEqual(PAPER);
    expect(at(raster, 16, 511)).toEqual(PAPER);
  });

  it("refuses batches of different dimensions and an empty range", () => {
    expect(() => plotPoints({ reals: points([1], 1), fakes: points([1, 2], 2) }, [-1, 1])).toThrow(
      /differ in dimension/,
    );
    expect(() => plotPoints({ reals: points([1], 1), fakes: points([1], 1) }, [1, 1])).toThrow(/impossible axis range/);
  });

  it("is written as a PNG of 512 by 512", async () => {
    const path = join(dir, "points.png");
    await writePointPlot(path, { reals: points([0, 1], 2), fakes: points([1, 0], 2) }, [-2, 2]);
    expect(await sharp(path).metadata()).toMatchObject({ width: 512, height: 512, channels: 3, format: "png" });
  });
});

describe("axisRange", () => {
  it("holds every finite point with room around", () => {
    expect(axisRange(points([-1, 2, Number.NaN, 0.5], 2))).toEqual([-2.4, 2.4]);
    expect(axisRange(points([10, 20], 1))).toEqual([8, 22]);
    expect(axisRange(points([5, 5], 1))).toEqual([4, 6]);
    expect(axisRange(points([0, 0], 1))).toEqual([-1, 1]);
    expect(axisRange(points([Number.NaN, Infinity], 1))).toEqual([-1, 1]);
  });
});

describe("encodePng", () => {
  it("writes the PNG signature", async () => {
    const bytes = await encodePng(tileImages(GREY));
    expect([...bytes.subarray(0, 8)]).toEqual([137, 80, 78, 71, 13, 10, 26, 10]);
  });
});
