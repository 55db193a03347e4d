/** @file Contract cases of the three convolutions. One list of geometries serves all: each op is a view of the same triple. */

import { convOutputSize } from "../../src/graph/infer.ts";
import type { ConvGeometry, Shape } from "../../src/graph/ops.ts";
import * as t from "../../src/graph/tensor.ts";
import { floats, type OpCase } from "./op-case.ts";

interface Triple {
  readonly name: string;
  /** Image [N, I, H, W], filter [O, I/groups, kh, kw], result [N, O, h, w]. */
  readonly x: Shape;
  readonly w: Shape;
  readonly y: Shape;
  readonly geometry: ConvGeometry;
}

/** Short forms: one number for both axes, or for all four sides. */
interface Short {
  readonly stride?: number | readonly [number, number];
  readonly pad?: number | readonly [number, number, number, number];
  readonly dilation?: number | readonly [number, number];
  readonly groups?: number;
}

function triple(name: string, x: Shape, w: Shape, { stride = 1, pad = 0, dilation = 1, groups = 1 }: Short): Triple {
  const geometry: ConvGeometry = {
    strides: typeof stride === "number" ? [stride, stride] : stride,
    pads: typeof pad === "number" ? [pad, pad, pad, pad] : pad,
    dilations: typeof dilation === "number" ? [dilation, dilation] : dilation,
    groups,
  };
  const { strides, pads, dilations } = geometry;
  const h = convOutputSize(x[2]!, w[2]!, strides[0], pads[0] + pads[2], dilations[0]);
  const v = convOutputSize(x[3]!, w[3]!, strides[1], pads[1] + pads[3], dilations[1]);
  return { name, x, w, y: [x[0]!, w[0]!, h, v], geometry };
}

/** Small shapes: every form of geometry, and every derivative. */
const small: readonly Triple[] = [
  triple("1x1", [2, 2, 3, 3], [3, 2, 1, 1], {}),
  triple("3x3 same", [2, 1, 5, 4], [2, 1, 3, 3], { pad: 1 }),
  triple("3x3 valid, colour", [1, 3, 5, 5], [2, 3, 3, 3], {}),
  triple("4x4 stride 2 (DCGAN)", [2, 2, 8, 8], [3, 2, 4, 4], { stride: 2, pad: 1 }),
  triple("5x5 stride 2, same with uneven pads", [1, 2, 8, 8], [2, 2, 5, 5], { stride: 2, pad: [1, 1, 2, 2] }),
  triple("stride 2 that does not divide (output padding)", [1, 2, 6, 7], [2, 2, 3, 3], { stride: 2 }),
  triple("stride 3 that does not divide", [1, 1, 8, 9], [2, 1, 2, 2], { stride: 3 }),
  triple("stride longer than the kernel", [1, 2, 7, 7], [2, 2, 1, 2], { stride: 3 }),
  triple("uneven everything", [2, 2, 7, 9], [3, 2, 2, 3], { stride: [1, 2], pad: [0, 2, 1, 0], dilation: [2, 1] }),
  triple("dilation 2", [1, 2, 7, 7], [2, 2, 3, 3], { dilation: 2, pad: 2 }),
  triple("dilation 2, stride 2", [1, 1, 9, 8], [2, 1, 3, 3], { dilation: 2, stride: 2, pad: 1 }),
  triple("two groups", [2, 4, 4, 4], [6, 2, 3, 3], { groups: 2, pad: 1 }),
  triple("depthwise, stride 2", [1, 3, 5, 5], [3, 1, 3, 3], { groups: 3, stride: 2, pad: 1 }),
  triple("groups with a rest", [1, 4, 6, 6], [4, 2, 3, 3], { groups: 2, stride: 2 }),
  triple("the kernel is the whole image", [3, 2, 4, 4], [5, 2, 4, 4], {}),
  triple("one row", [1, 1, 1, 8], [2, 1, 1, 3], { stride: [1, 2], pad: [0, 1, 0, 1] }),
  triple("pads beyond the kernel", [1, 1, 3, 3], [1, 1, 2, 2], { pad: 3 }),
  triple("16 to 32 channels", [2, 16, 4, 4], [32, 16, 3, 3], { pad: 1 }),
  triple("32 to 16 channels, stride 2", [1, 32, 6, 6], [16, 32, 4, 4], { stride: 2, pad: 1 }),
  triple("3 to 16 channels, stride 2", [2, 3, 8, 8], [16, 3, 4, 4], { stride: 2, pad: 1 }),
  triple("16 to 1 channels", [2, 16, 4, 4], [1, 16, 4, 4], {}),
  triple("16 to 3 channels, 5x5", [1, 16, 5, 5], [3, 16, 5, 5], { pad: 2 }),
  triple("32 channels in two groups", [1, 32, 4, 4], [32, 16, 3, 3], { groups: 2, pad: 1 }),
];

/** Channel counts and batches for which a backend may have other code: multiples of 16, and many. */
const wide: readonly Triple[] = [
  triple("1 to 16 channels", [2, 1, 5, 5], [16, 1, 3, 3], { pad: 1 }),
  triple("8 to 32 channels", [2, 8, 4, 4], [32, 8, 3, 3], { pad: 1 }),
  triple("16 to 24 channels", [1, 16, 3, 3], [24, 16, 3, 3], { pad: 1 }),
  triple("16 channels, uneven pads", [1, 16, 6, 6], [16, 16, 5, 5], { stride: 2, pad: [1, 1, 2, 2] }),
  triple("16 channels, a stride that does not divide", [1, 16, 6, 7], [16, 16, 3, 3], { stride: 2 }),
  triple("16 channels, a stride longer than the kernel", [1, 16, 7, 7], [16, 16, 2, 2], { stride: 3 }),
  triple("16 channels, all pads on one side", [1, 16, 6, 6], [16, 16, 4, 4], { stride: 2, pad: [3, 0, 0, 3] }),
  triple("16 channels, 6x6, stride 2", [1, 16, 6, 6], [16, 16, 6, 6], { stride: 2, pad: 2 }),
  triple("16 channels, 4x4, stride 2, no pads", [1, 16, 8, 8], [32, 16, 4, 4], { stride: 2 }),
  triple("16 channels, 4x4, stride 2, uneven pads", [1, 16, 7, 9], [16, 16, 4, 4], { stride: 2, pad: [1, 0, 0, 1] }),
  triple("16 channels, kernel = stride", [2, 16, 6, 6], [32, 16, 3, 3], { stride: 3 }),
  triple("16 channels, unlike axes", [2, 16, 3, 6], [16, 16, 3, 4], { stride: [1, 2], pad: 1 }),
  triple("16 channels, more pad than kernel", [1, 16, 2, 2], [16, 16, 2, 2], { stride: 2, pad: 2 }),
  triple("16 channels, dilation 2", [1, 16, 5, 5], [16, 16, 3, 3], { dilation: 2, pad: 2 }),
  triple("the kernel is the whole image, 16 to 32 channels", [3, 16, 4, 4], [32, 16, 4, 4], {}),
  triple("the image from one point, dilated", [2, 16, 3, 3], [16, 16, 2, 2], { dilation: 2 }),
  triple("128 channels, small, stride 2", [2, 128, 4, 4], [16, 128, 2, 2], { stride: 2 }),
  triple("128 channels, small, stride 1", [3, 128, 2, 2], [16, 128, 3, 3], { pad: 1 }),
  triple("128 channels, small, unlike axes", [2, 128, 3, 5], [16, 128, 2, 4], { stride: [1, 2], pad: [1, 1, 0, 2] }),
  triple("128 channels, small, a stride that does not divide", [2, 128, 5, 5], [16, 128, 2, 2], { stride: 2 }),
  triple("128 channels, small, 3x3 stride 2", [1, 128, 5, 5], [16, 128, 3, 3], { stride: 2, pad: 1 }),
  triple("16 to 128 channels", [1, 16, 4, 4], [128, 16, 4, 4], { stride: 2, pad: 1 }),
  triple("two groups of 16 to 32 channels", [2, 32, 5, 4], [64, 16, 3, 3], { groups: 2, pad: 1 }),
  triple("three groups of 32 to 16 channels, stride 2", [2, 96, 6, 6], [48, 32, 4, 4], {
    groups: 3,
    stride: 2,
    pad: 1,
  }),
  triple("two groups of 8 channels", [2, 16, 4, 4], [16, 8, 3, 3], { groups: 2, pad: 1 }),
  triple("two groups of 128 channels, small", [2, 256, 2, 2], [32, 128, 3, 3], { groups: 2, pad: 1 }),
  triple("two groups, dilated", [1, 32, 5, 5], [32, 16, 3, 3], { groups: 2, dilation: 2, pad: 2 }),
  triple("a batch of 16, two groups of 16", [16, 32, 4, 3], [32, 16, 3, 3], { groups: 2, pad: 1 }),
  triple("a batch of 32, three groups of 16 to 32, stride 2", [32, 48, 5, 4], [96, 16, 3, 2], {
    groups: 3,
    stride: 2,
    pad: [1, 0, 0, 1],
  }),
  triple("a batch of 16, two groups of 8", [16, 16, 4, 4], [16, 8, 3, 3], { groups: 2, pad: 1 }),
  triple("a batch of 16, groups of 24 to 16", [16, 48, 4, 4], [32, 24, 3, 3], { groups: 2, pad: 1 }),
  triple("a batch of 16", [16, 16, 3, 3], [24, 16, 2, 2], {}),
  triple("a batch of 16, uneven, with a rest", [16, 16, 5, 4], [16, 16, 3, 2], { stride: 2, pad: [1, 0, 0, 1] }),
  triple("a batch of 16, 17 channels to 3", [16, 17, 4, 4], [3, 17, 3, 3], { stride: 2, pad: 1 }),
  triple("a batch of 16, 2 channels to 5", [16, 2, 5, 4], [5, 2, 3, 3], { stride: 2, pad: [0, 0, 1, 1] }),
  triple("2 to 6 channels, uneven pads", [2, 2, 4, 5], [6, 2, 3, 2], { pad: [2, 0, 1, 1] }),
  triple("6 to 2 channels, uneven pads", [2, 6, 4, 5], [2, 6, 3, 2], { pad: [2, 0, 1, 1] }),
  triple("6 to 2 channels, dilation 2", [1, 6, 5, 6], [2, 6, 3, 3], { dilation: 2, pad: [3, 2, 1, 4] }),
  triple("2 to 6 channels, dilation 2", [1, 2, 5, 6], [6, 2, 3, 3], { dilation: 2, pad: [3, 2, 1, 4] }),
  triple("6 to 2 channels, more pad than kernel", [1, 6, 3, 3], [2, 6, 2, 2], { pad: [2, 1, 1, 2] }),
  triple("6 to 2 channels, 1x1", [1, 6, 3, 3], [2, 6, 1, 1], {}),
  // Multiples of three and not of four to multiples of four: WebGPU's kernels have code of their own, see webgpu-faults.ts.
  triple("6 to 4 channels, stride 2", [2, 6, 6, 6], [4, 6, 4, 4], { stride: 2, pad: 1 }),
  triple("15 to 8 channels", [1, 15, 4, 4], [8, 15, 3, 3], { pad: 1 }),
  triple("a batch of 6, 2 to 4 channels", [6, 2, 4, 4], [4, 2, 3, 3], { pad: 1 }),
  triple("a batch of 16, rows left over", [16, 16, 6, 6], [16, 16, 2, 2], { stride: 3 }),
];

const triples = [
  ...small.map((x) => ({ ...x, differences: true })),
  ...wide.map((x) => ({ ...x, differences: false })),
];

const pair = (shape: Shape): readonly [number, number] => [shape[2]!, shape[3]!];

/** (x, w) -> y. */
export const convCases: readonly OpCase[] = triples.map(({ name, x, w, y, geometry, differences }) => ({
  name,
  differences,
  operands: [floats(x), floats(w)],
  apply: ([image, filter]) => t.conv(image!, filter!, geometry),
  shape: y,
}));

/** (y, w) -> x. */
export const convTransposeCases: readonly OpCase[] = triples.map(({ name, x, w, y, geometry, differences }) => ({
  name,
  differences,
  operands: [floats(y), floats(w)],
  apply: ([result, filter]) => t.convTranspose(result!, filter!, { ...geometry, size: pair(x) }),
  shape: x,
}));

/** (x, y) -> w. */
export const convFilterGradCases: readonly OpCase[] = triples.map(({ name, x, w, y, geometry, differences }) => ({
  name,
  differences,
  operands: [floats(x), floats(y)],
  apply: ([image, result]) => t.convFilterGrad(image!, result!, { ...geometry, kernel: pair(w) }),
  shape: w,
}));
