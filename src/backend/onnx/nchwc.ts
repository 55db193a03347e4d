/**
 * @file Convolutions on ONNX Runtime's channel-blocked kernels, with weights that change at every step.
 *
 * ONNX Runtime blocks channels by itself only where weights are constants. Here the reordering is part of the model: a
 * tensor [N, C, H, W] becomes [N, C/B, H, W, B] in memory (its declared shape stays [N, C, H, W]), a filter becomes
 * [O/B, I/B, kh, kw, B(i), B(o)]. All shapes below are written with the block B outermost-last, as they lie in memory.
 * Why each form is chosen, with figures: docs/decisions/0006-convolution-lowering.md.
 */

import type { ConvGeometry, Shape } from "../../graph/ops.ts";
import { type ModelBuilder, NCHWC } from "./model.ts";

/** NCHW -> blocked. */
const block = (model: ModelBuilder, x: string): string => model.node("ReorderInput", [x], {}, NCHWC);
/** Blocked -> NCHW, keeping the first `channels`. */
const unblock = (model: ModelBuilder, x: string, channels: number): string =>
  model.node("ReorderOutput", [x], { channels }, NCHWC);
const reshape = (model: ModelBuilder, x: string, shape: Shape): string =>
  model.node("Reshape", [x, model.shape(shape)]);
const transpose = (model: ModelBuilder, x: string, perm: readonly number[]): string =>
  model.node("Transpose", [x], { perm });

function blockedConv(
  model: ModelBuilder,
  x: string,
  w: string,
  kernel: readonly number[],
  {
    strides = [1, 1],
    pads = [0, 0, 0, 0],
    dilations = [1, 1],
    groups = 1,
  }: Partial<Record<"strides" | "pads" | "dilations", readonly number[]>> & { readonly groups?: number },
): string {
  return model.node("Conv", [x, w], { kernel_shape: kernel, strides, pads, dilations, group: groups }, NCHWC);
}

/**
 * Filter [O, I, kh, kw] -> [O/B, I/B, kh, kw, B(i), B(o)], as two block reorderings: two to three times faster than one
 * six-axis transpose.
 */
function blockFilter(model: ModelBuilder, w: string, [o, i, kh, kw]: readonly number[], B: number): string {
  const outer = block(model, reshape(model, w, [o! / B, B, i! * kh! * kw!, 1]));
  // Now [O/B, I, kh·kw, B(o)], read as NHWC with H = B(i) and kh·kw·B channels.
  const rows = reshape(model, outer, [(o! / B) * (i! / B), B, 1, kh! * kw! * B]);
  return reshape(model, model.node("ReorderInput", [rows], { channels_last: 1 }, NCHWC), [o!, i!, kh!, kw!]);
}

/** conv with channel counts, within each group, that are multiples of the block. */
export function blockedForward(
  model: ModelBuilder,
  x: string,
  w: string,
  wShape: Shape,
  g: ConvGeometry,
  B: number,
): string {
  const y = blockedConv(model, block(model, x), blockFilter(model, w, wShape, B), wShape.slice(2), g);
  return unblock(model, y, wShape[0]!);
}

/** conv of 1 or 3 channels: x stays NCHW, the filter is [O/B, I, kh, kw, B(o)]. */
export function blockedForwardFew(
  model: ModelBuilder,
  x: string,
  w: string,
  wShape: Shape,
  g: ConvGeometry,
  B: number,
): string {
  const [o, i, kh, kw] = wShape as [number, number, number, number];
  const filter = reshape(model, block(model, reshape(model, w, [o / B, B, i * kh * kw, 1])), [o, i, kh, kw]);
  return unblock(model, blockedConv(model, x, filter, [kh, kw], g), o);
}

/**
 * conv with a small output: the batch becomes part of the width, so that rows are long enough to be fast.
 *
 * Columns are cut into `stride` phases, which become channels; a step along the kernel is then a step of N columns.
 * Needs kernel widths divisible by the stride and batch-independent padding.
 */
export function blockedForwardWide(
  model: ModelBuilder,
  x: string,
  w: string,
  xShape: Shape,
  yShape: Shape,
  wShape: Shape,
  g: ConvGeometry,
  B: number,
): string {
  const [n, c, height, width] = xShape as [number, number, number, number];
  const [o, , kh, kw] = wShape as [number, number, number, number];
  const [rows, columns] = [yShape[2]!, yShape[3]!];
  const [vertical, s] = g.strides;
  const taps = kw / s;
  const groups = columns - 1 + taps;
  const padded = model.node("Pad", [x, model.ints([0, 0, 0, g.pads[1], 0, 0, 0, groups * s - width - g.pads[1]])]);
  const phases = reshape(model, block(model, padded), [n, c / B, height, groups, s, B]);
  const wide = reshape(model, transpose(model, phases, [4, 1, 2, 3, 0, 5]), [1, s * c, height, groups * n]);
  const filter = blockFilter(model, w, wShape, B);
  const split = reshape(model, filter, [o / B, c / B, kh * taps, s, B * B]);
  const cut = s === 1 ? filter : reshape(model, transpose(model, split, [0, 3, 1, 2, 4]), [o, s * c, kh, taps]);
  const y = blockedConv(model, wide, cut, [kh, taps], {
    strides: [vertical, 1],
    dilations: [1, n],
    pads: [g.pads[0], 0, g.pads[2], 0],
  });
  const back = transpose(model, reshape(model, y, [o / B, rows * columns, n, B]), [2, 0, 1, 3]);
  return unblock(model, reshape(model, back, [n, o, rows, columns]), o);
}

/** One axis of a transposed convolution, cut into `stride` ordinary convolutions: taps and pads of each output phase. */
export interface AxisPhases {
  /** How many outputs each phase has. */
  readonly count: number;
  readonly taps: readonly (readonly number[])[];
  readonly pads: readonly (readonly [number, number])[];
}

/**
 * The phases of output[u] = Σ y[j] w[κ] over s·j + κ − p = u, along one axis; null where they differ in length, or the
 * kernel is not a multiple of the stride, or a pad would be negative.
 */
export function axisPhases(
  input: number,
  output: number,
  kernel: number,
  stride: number,
  pad: number,
): AxisPhases | null {
  if (kernel % stride !== 0 || output % stride !== 0) return null;
  const [length, count] = [kernel / stride, output / stride];
  const taps: number[][] = [];
  const pads: [number, number][] = [];
  for (let first = 0; first < stride; first++) {
    // Outputs first, first + s, …: they use the kernel places congruent to `residue`.
    const residue = (first + pad) % stride;
    const begin = length - 1 - Math.floor((first + pad) / stride);
    const end = count - input + length - 1 - begin;
    if (begin < 0 || end < 0) return null;
    taps.push(Array.from({ length }, (_, b) => residue + stride * (length - 1 - b)));
    pads.push([begin, end]);
  }
  return { count, taps, pads };
}

/**
 * convTranspose as stride² small convolutions over one blocked input, interleaved while still blocked. Channel counts within
 * each group must be multiples of the block.
 */
export function blockedTranspose(
  model: ModelBuilder,
  y: string,
  w: string,
  yShape: Shape,
  wShape: Shape,
  groups: number,
  vertical: AxisPhases,
  horizontal: AxisPhases,
  B: number,
): string {
  const [n, o] = yShape as [number, number];
  const [, c, kh, kw] = wShape as [number, number, number, number];
  const [rows, columns] = [vertical.count, horizontal.count];
  const channels = groups * c;
  const [sv, sh] = [vertical.taps.length, horizontal.taps.length];
  const [th, tw] = [kh / sv, kw / sh];
  // [O, C/B, kh·kw, B(c)] with the kernel places in phase order, then the filters of all phases at once.
  const order = vertical.taps.flatMap((a) =>
    horizontal.taps.flatMap((b) => a.flatMap((i) => b.map((j) => i * kw + j))),
  );
  const places = reshape(model, block(model, w), [(o * c) / B, kh * kw, B]);
  const picked = model.node("Gather", [places, model.ints(order)], { axis: 1 });
  const split = reshape(model, picked, [
    ...(groups === 1 ? [] : [groups]),
    o / groups / B,
    B,
    c / B,
    sv * sh,
    th * tw,
    B,
  ]);
  const turned = transpose(model, split, groups === 1 ? [3, 2, 0, 4, 1, 5] : [4, 0, 3, 1, 5, 2, 6]);
  const filters = reshape(model, turned, [sv * sh * channels, o / groups, th, tw]);
  const each = model.nodeWithOutputs("Split", [filters], sv * sh, { axis: 0 });
  const blocked = block(model, y);
  const parts = vertical.pads.flatMap(([top, bottom], p) =>
    horizontal.pads.map(([left, right], q) =>
      blockedConv(model, blocked, each[p * sh + q]!, [th, tw], { pads: [top, left, bottom, right], groups }),
    ),
  );
  const joined = reshape(model, model.node("Concat", parts, { axis: 1 }), [n, sv, sh, channels / B, rows, columns, B]);
  const woven = transpose(model, joined, [0, 3, 4, 1, 5, 2, 6]);
  return unblock(model, reshape(model, woven, [n, channels, rows * sv, columns * sh]), channels);
}

/**
 * convFilterGrad with the batch as channels: y becomes the filter, and the channels of x lie along the width, so that one
 * convolution with dilation stride·C gives all of them. Groups stay groups, each with its own batch of channels; the channels of
 * y within a group must then be multiples of the block.
 */
export function blockedFilterGrad(
  model: ModelBuilder,
  x: string,
  y: string,
  xShape: Shape,
  yShape: Shape,
  kernel: readonly [number, number],
  g: ConvGeometry,
  B: number,
): string {
  const [n, , height, width] = xShape as [number, number, number, number];
  const [, o, rows, columns] = yShape as [number, number, number, number];
  const { groups } = g;
  const c = xShape[1]! / groups;
  const [kh, kw] = kernel;
  // What the kernel touches: at the end that may be less than the padded input.
  const [tall, wide] = [(rows - 1) * g.strides[0] + kh, (columns - 1) * g.strides[1] + kw];
  const lead = groups === 1 ? [0] : [0, 0];
  const pads = [...lead, g.pads[0], g.pads[1], 0, ...lead, tall - height - g.pads[0], wide - width - g.pads[1], 0];
  const turned =
    groups === 1
      ? transpose(model, x, [0, 2, 3, 1])
      : transpose(model, reshape(model, x, [n, groups, c, height, width]), [1, 0, 3, 4, 2]);
  const last = model.node("Pad", [turned, model.ints(pads)]);
  const images = block(model, reshape(model, last, [(groups * n) / B, B, tall, wide * c]));
  const filled = Math.ceil(o / B) * B;
  const full = filled === o ? y : model.node("Pad", [y, model.ints([0, 0, 0, 0, 0, filled - o, 0, 0])]);
  const weights = reshape(model, block(model, full), [n / B, B, filled / B, rows * columns, B]);
  const filter = reshape(model, transpose(model, weights, [2, 0, 3, 1, 4]), [filled, n, rows, columns]);
  const gradient = blockedConv(
    model,
    reshape(model, images, [1, groups * n, tall, wide * c]),
    filter,
    [rows, columns],
    {
      dilations: [g.strides[0], g.strides[1] * c],
      groups,
    },
  );
  const flat = reshape(model, unblock(model, gradient, o), [o, kh, kw, c]);
  return transpose(model, flat, [0, 3, 1, 2]);
}
