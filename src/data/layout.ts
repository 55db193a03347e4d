/** @file Which axis of an array is what: guessed from its shape, or as the user says. */

import { ConfigError, DataError } from "../util/errors.ts";
import type { DataOptions } from "./dataset.ts";

/** Axis order of an array of samples. */
export type Layout = NonNullable<DataOptions["layout"]>;

const RANKS: Readonly<Record<Layout, number>> = { N: 1, ND: 2, NHW: 3, NHWC: 4, NCHW: 4 };
const CHANNELS: readonly (number | undefined)[] = [1, 3, 4];

/** A layout and, when it was guessed, the sentence that says so. */
export interface LayoutChoice {
  readonly layout: Layout;
  readonly note?: string;
}

/**
 * The layout of an array: as `wanted` says, else guessed from the shape. One, three or four values count as channels.
 *
 * @throws ConfigError when `wanted` does not fit the number of axes; DataError when no layout fits the shape.
 */
export function chooseLayout(shape: readonly number[], wanted: Layout | undefined, source: string): LayoutChoice {
  const printed = `(${shape.join(", ")})`;
  if (wanted !== undefined) {
    if (shape.length !== RANKS[wanted]) {
      throw new ConfigError(
        `${source}: layout ${wanted} needs ${RANKS[wanted]} axes, but the array's shape is ${printed}.`,
        {
          help: "Reshape the array, or leave the layout out to have it guessed.",
        },
      );
    }
    if (shape.length === 4) requireChannels(shape[wanted === "NHWC" ? 3 : 1] as number, wanted, printed, source);
    return { layout: wanted };
  }
  const layout = guess(shape, printed, source);
  return { layout, note: `Shape ${printed} was read as ${describe(layout)}; set layout if that is wrong.` };
}

/** Image layouts as [channels, height, width]. */
export function imageShape(
  shape: readonly number[],
  layout: "NHW" | "NHWC" | "NCHW",
): readonly [number, number, number] {
  const [, a = 0, b = 0, c = 0] = shape;
  if (layout === "NHW") return [1, a, b];
  return layout === "NHWC" ? [c, a, b] : [a, b, c];
}

function guess(shape: readonly number[], printed: string, source: string): Layout {
  switch (shape.length) {
    case 1:
      return "N";
    case 2:
      return "ND";
    case 3:
      if (shape[2] === 3 || shape[2] === 4) {
        throw new DataError(`${source} has shape ${printed}, which looks like one colour image, not a set of them.`, {
          help: "Stack the images along a first axis; for grey images of that width set layout to NHW.",
        });
      }
      return "NHW";
    case 4: {
      const last = CHANNELS.includes(shape[3]);
      const second = CHANNELS.includes(shape[1]);
      if (last && second) return skew(shape[1], shape[2]) <= skew(shape[2], shape[3]) ? "NHWC" : "NCHW";
      if (last) return "NHWC";
      if (second) return "NCHW";
      throw new DataError(
        `${source} has shape ${printed}: neither the second nor the last axis has 1, 3 or 4 channels.`,
        {
          help: "Images are stored as (N, height, width, channels) or (N, channels, height, width).",
        },
      );
    }
    default:
      throw new DataError(`${source} has ${shape.length} axes, shape ${printed}.`, {
        help: "Images have 3 or 4 axes (NHW, NHWC, NCHW), points have 1 or 2 (N, ND).",
      });
  }
}

function requireChannels(channels: number, layout: Layout, printed: string, source: string): void {
  if (CHANNELS.includes(channels)) return;
  throw new ConfigError(
    `${source}: with layout ${layout} the shape ${printed} has ${channels} channels; 1, 3 or 4 can be read.`,
    {
      help: `Perhaps the layout is ${layout === "NHWC" ? "NCHW" : "NHWC"}.`,
    },
  );
}

/** How far from square an image with these sides is: 1 for a square. */
function skew(a = 1, b = 1): number {
  return Math.max(a, b) / Math.min(a, b);
}

function describe(layout: Layout): string {
  if (layout === "N") return "single numbers (N)";
  return layout === "ND" ? "points (ND)" : `images (${layout})`;
}
