/** @file Pictures of samples as PNG files: images tiled in a grid, 2-D points as a scatter plot, 1-D points as a histogram. */

import { invariant } from "../../util/errors.ts";
import { writeFileAtomic } from "../store/atomic-file.ts";

/** Images as uint8 [N, C, H, W] with C = 1 (grey) or 3 (red, green, blue). */
export interface ImageBatch {
  readonly data: Uint8Array;
  readonly shape: readonly [count: number, channels: number, height: number, width: number];
}

export interface GridOptions {
  /** Images in a row. Default: the smallest number that makes the grid no taller than wide. */
  readonly columns?: number;
  /** Whole-number enlargement, nearest neighbour. Default: what makes an image at least 56 pixels large, at most 8. */
  readonly scale?: number;
  /** Pixels between images and around them. Default 2. */
  readonly gap?: number;
}

/** Points as float32 [N, D]. */
export interface PointBatch {
  readonly data: Float32Array;
  readonly shape: readonly [count: number, dimensions: number];
}

/** A picture in memory: row-major, `channels` bytes a pixel. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array;
}

type Colour = readonly [red: number, green: number, blue: number];

const GAP_SHADE = 72;
const READABLE = 56;
const PLOT_SIZE = 512;
const BINS = 64;
const PAPER: Colour = [255, 255, 255];
const AXIS: Colour = [221, 221, 221];
const REAL: Colour = [136, 136, 136];
const FAKE: Colour = [213, 74, 26];

/** Writes a batch of images as one PNG grid, atomically. Throws DataError when the file cannot be written. */
export async function writeImageGrid(path: string, images: ImageBatch, options: GridOptions = {}): Promise<void> {
  writeFileAtomic(path, [await encodePng(tileImages(images, options))]);
}

/**
 * Writes real and generated points over the same fixed axes, 512 by 512 pixels, atomically: a scatter plot of the first two
 * dimensions, or a histogram of one. Reals are grey, fakes red. Fakes outside the range are drawn on the border.
 *
 * @param range Lowest and highest value of every axis; keep it the same over a run, see {@link axisRange}.
 * @throws DataError when the file cannot be written.
 */
export async function writePointPlot(
  path: string,
  points: { reals: PointBatch; fakes: PointBatch },
  range: readonly [low: number, high: number],
): Promise<void> {
  writeFileAtomic(path, [await encodePng(plotPoints(points, range))]);
}

/** Lays images out row by row. Empty places of the last row are left in the colour of the gaps. */
export function tileImages(images: ImageBatch, options: GridOptions = {}): Raster {
  const [count, channels, height, width] = images.shape;
  invariant(channels === 1 || channels === 3, `images of ${channels} channels cannot be drawn`);
  invariant(images.data.length === count * channels * height * width, `wrong length for images [${images.shape}]`);
  invariant(count > 0 && height > 0 && width > 0, `images [${images.shape}] are empty`);
  const { columns = Math.ceil(Math.sqrt(count)), gap = 2 } = options;
  const scale = options.scale ?? Math.min(8, Math.ceil(READABLE / Math.max(height, width)));
  invariant(
    Number.isInteger(columns) && columns > 0 && Number.isInteger(scale) && scale > 0,
    "impossible grid options",
  );
  const stepX = width * scale + gap;
  const stepY = height * scale + gap;
  const raster: Raster = {
    width: gap + columns * stepX,
    height: gap + Math.ceil(count / columns) * stepY,
    channels,
    data: new Uint8Array((gap + columns * stepX) * (gap + Math.ceil(count / columns) * stepY) * channels).fill(
      GAP_SHADE,
    ),
  };
  for (let image = 0; image < count; image++) {
    const left = gap + (image % columns) * stepX;
    const top = gap + Math.floor(image / columns) * stepY;
    for (let y = 0; y < height * scale; y++) {
      const row = Math.floor(y / scale);
      for (let x = 0; x < width * scale; x++) {
        const to = ((top + y) * raster.width + left + x) * channels;
        for (let channel = 0; channel < channels; channel++) {
          const from = ((image * channels + channel) * height + row) * width + Math.floor(x / scale);
          raster.data[to + channel] = images.data[from] as number;
        }
      }
    }
  }
  return raster;
}

/** Draws points; see {@link writePointPlot}. Points that are not finite are left out. */
export function plotPoints(
  points: { reals: PointBatch; fakes: PointBatch },
  range: readonly [low: number, high: number],
): Raster {
  const { reals, fakes } = points;
  invariant(reals.shape[1] === fakes.shape[1], `reals [${reals.shape}] and fakes [${fakes.shape}] differ in dimension`);
  invariant(range[0] < range[1], `impossible axis range ${range}`);
  const raster: Raster = {
    width: PLOT_SIZE,
    height: PLOT_SIZE,
    channels: 3,
    data: new Uint8Array(PLOT_SIZE * PLOT_SIZE * 3),
  };
  for (let i = 0; i < PLOT_SIZE * PLOT_SIZE; i++) raster.data.set(PAPER, i * 3);
  const zero = pixel(0, range);
  if (zero > 0 && zero < PLOT_SIZE - 1) fill(raster, zero, 0, 1, PLOT_SIZE, AXIS, 1);
  if (reals.shape[1] === 1) {
    drawHistograms(raster, histogram(reals, range), histogram(fakes, range));
    return raster;
  }
  if (zero > 0 && zero < PLOT_SIZE - 1) fill(raster, 0, PLOT_SIZE - 1 - zero, PLOT_SIZE, 1, AXIS, 1);
  scatter(raster, reals, range, REAL);
  scatter(raster, fakes, range, FAKE);
  return raster;
}

/** One range for all axes that holds every finite real point with a fifth of room around, symmetric about zero if it holds zero. */
export function axisRange(reals: PointBatch): [low: number, high: number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of reals.data) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [-1, 1];
  if (low <= 0 && high >= 0) {
    const reach = Math.max(-low, high) * 1.2 || 1;
    return [-reach, reach];
  }
  const room = (high - low) * 0.2 || 1;
  return [low - room, high + room];
}

/** A raster as the bytes of a PNG file; the same raster gives the same bytes. */
export async function encodePng(raster: Raster): Promise<Uint8Array> {
  const { default: sharp } = await import("sharp");
  const { width, height, channels, data } = raster;
  const image = sharp(data, { raw: { width, height, channels } });
  return (channels === 1 ? image.toColourspace("b-w") : image).png().toBuffer();
}

/** The pixel column of a value, clamped into the picture. */
function pixel(value: number, [low, high]: readonly [number, number]): number {
  return Math.round(Math.min(1, Math.max(0, (value - low) / (high - low))) * (PLOT_SIZE - 1));
}

/** Blends a rectangle into the raster; what lies outside is cut off. */
function fill(
  raster: Raster,
  x: number,
  y: number,
  width: number,
  height: number,
  colour: Colour,
  alpha: number,
): void {
  for (let row = Math.max(0, y); row < Math.min(raster.height, y + height); row++) {
    for (let column = Math.max(0, x); column < Math.min(raster.width, x + width); column++) {
      const at = (row * raster.width + column) * 3;
      for (let channel = 0; channel < 3; channel++) {
        const under = raster.data[at + channel] as number;
        raster.data[at + channel] = Math.round(under + alpha * ((colour[channel] as number) - under));
      }
    }
  }
}

function scatter(raster: Raster, points: PointBatch, range: readonly [number, number], colour: Colour): void {
  const [count, dimensions] = points.shape;
  for (let i = 0; i < count; i++) {
    const x = points.data[i * dimensions] as number;
    const y = points.data[i * dimensions + 1] as number;
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
    fill(raster, pixel(x, range) - 1, PLOT_SIZE - 1 - pixel(y, range) - 1, 3, 3, colour, 0.6);
  }
}

/** The share of the points in each bin; those outside the range count in the outermost bins. */
function histogram(points: PointBatch, range: readonly [number, number]): Float64Array {
  const shares = new Float64Array(BINS);
  for (const value of points.data) {
    if (!Number.isFinite(value)) continue;
    const bin = Math.floor(((value - range[0]) / (range[1] - range[0])) * BINS);
    const clamped = Math.min(BINS - 1, Math.max(0, bin));
    shares[clamped] = (shares[clamped] as number) + 1 / points.shape[0];
  }
  return shares;
}

/** The reals' highest bar takes two thirds of the height, so the scale stays the same while the fakes change. */
function drawHistograms(raster: Raster, reals: Float64Array, fakes: Float64Array): void {
  const perShare = ((PLOT_SIZE * 2) / 3) * (1 / Math.max(...reals, 1e-9));
  const barWidth = PLOT_SIZE / BINS;
  for (const [shares, colour] of [
    [reals, REAL],
    [fakes, FAKE],
  ] as const) {
    shares.forEach((share, bin) => {
      const height = Math.min(PLOT_SIZE, Math.round(share * perShare));
      fill(raster, bin * barWidth, PLOT_SIZE - height, barWidth - 1, height, colour, 0.6);
    });
  }
}
