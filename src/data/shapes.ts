/**
 * @file Computed colour sprites whose modes are known: a shape in a colour, of some brightness, lit from one side.
 *
 * A small set of images for which the truth is exact: every sample belongs to one of 16 modes, and the nearest template says
 * to which. A sample depends on (seed, index) alone, so a smaller `count` gives the first samples of a larger one.
 */

import { fillBits, fillUniform, streamKey } from "../util/rng.ts";
import type { DataOptions, ImageDataset } from "./dataset.ts";
import { checkOptions, limited } from "./options.ts";
import type { Reader } from "./reader.ts";

/** Pixels of a side. */
export const SHAPES_SIZE = 16;

const PIXELS = SHAPES_SIZE * SHAPES_SIZE;
const DEFAULT_COUNT = 20_000;

/** What varies within a mode, uniform between these. */
const RANGES = {
  /** Of the sprite in its middle, as a share of its full colour. */
  brightness: [0.6, 0.8],
  /** How much brighter it is at the right edge of the picture than in the middle, and darker at the left. */
  light: [-0.2, 0.2],
  /** Grey of the background, of 255. */
  background: [0, 40],
} as const satisfies Readonly<Record<string, readonly [number, number]>>;

type Variation = Readonly<Record<keyof typeof RANGES, number>>;

/** Whether the sprite covers the point at (x, y) pixels from its middle. */
const SHAPES: Readonly<Record<string, (x: number, y: number) => boolean>> = {
  square: (x, y) => Math.max(Math.abs(x), Math.abs(y)) < 4,
  diamond: (x, y) => Math.abs(x) + Math.abs(y) < 5.5,
  cross: (x, y) => Math.min(Math.abs(x), Math.abs(y)) < 1.5 && Math.max(Math.abs(x), Math.abs(y)) < 5.5,
  frame: (x, y) => Math.max(Math.abs(x), Math.abs(y)) < 5.5 && Math.max(Math.abs(x), Math.abs(y)) > 3,
};

const COLOURS: Readonly<Record<string, readonly [number, number, number]>> = {
  red: [255, 40, 40],
  green: [40, 255, 40],
  blue: [60, 80, 255],
  yellow: [255, 230, 40],
};

/** Names of the modes, in the order of the labels: every colour of the first shape, then of the next. */
export const SHAPE_MODES: readonly string[] = Object.keys(SHAPES).flatMap((shape) =>
  Object.keys(COLOURS).map((colour) => `${colour} ${shape}`),
);

/** One sprite as uint8 [3, 16, 16]. */
function draw(mode: number, { brightness, light, background }: Variation): Uint8Array {
  const colours = Object.values(COLOURS);
  const covers = Object.values(SHAPES)[Math.floor(mode / colours.length)]!;
  const colour = colours[mode % colours.length]!;
  const middle = (SHAPES_SIZE - 1) / 2;
  const out = new Uint8Array(3 * PIXELS);
  for (let row = 0; row < SHAPES_SIZE; row++) {
    for (let column = 0; column < SHAPES_SIZE; column++) {
      const x = column - middle;
      const inside = covers(x, row - middle);
      for (let c = 0; c < 3; c++) {
        const value = inside ? (brightness + (light * x) / middle) * colour[c]! : background;
        out[c * PIXELS + row * SHAPES_SIZE + column] = Math.round(value);
      }
    }
  }
  return out;
}

/**
 * The middle of every mode, uint8 [modes, 3, 16, 16]: the nearest to a sample of the set is that of its mode.
 */
export function shapeTemplates(): Uint8Array {
  const middle = Object.fromEntries(Object.entries(RANGES).map(([name, [low, high]]) => [name, (low + high) / 2]));
  const out = new Uint8Array(SHAPE_MODES.length * 3 * PIXELS);
  SHAPE_MODES.forEach((_, mode) => {
    out.set(draw(mode, middle as Variation), mode * 3 * PIXELS);
  });
  return out;
}

/** The sprites, uint8 [N, 3, 16, 16], each mode equally likely; labels are the modes. 20,000 by default. */
export function shapes(options: DataOptions = {}): ImageDataset {
  checkOptions(options);
  const count = limited(options.count ?? DEFAULT_COUNT, options);
  const seed = options.seed ?? 0;
  const bits = new Uint32Array(count);
  fillBits(streamKey(seed, "data/shapes/mode"), 0, bits);
  const uniform = new Float32Array(3 * count);
  fillUniform(streamKey(seed, "data/shapes/variation"), 0, uniform);
  const between = (name: keyof Variation, share: number) =>
    RANGES[name][0] + (RANGES[name][1] - RANGES[name][0]) * share;
  const data = new Uint8Array(count * 3 * PIXELS);
  const labels = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const mode = Math.floor((bits[i]! / 2 ** 32) * SHAPE_MODES.length);
    const [brightness, light, background] = [...uniform.subarray(3 * i, 3 * i + 3)] as [number, number, number];
    labels[i] = mode;
    const variation = {
      brightness: between("brightness", brightness),
      light: between("light", light),
      background: between("background", background),
    };
    data.set(draw(mode, variation), i * 3 * PIXELS);
  }
  return {
    kind: "images",
    name: "shapes",
    count,
    shape: [3, SHAPES_SIZE, SHAPES_SIZE],
    data,
    labels,
    classes: SHAPE_MODES,
    valueRange: { min: 0, max: 255, convention: "0..255" },
    skipped: [],
    notes: [],
  };
}

/** The sprites by name. */
export const shapesReader: Reader = {
  name: "shapes",
  describe: "4 shapes in 4 colours, 20,000 computed colour images of 16x16",
  builtIn: true,
  options: ["count"],
  matches: ({ text }) => text === "shapes",
  read: async (_, options) => shapes(options),
};
