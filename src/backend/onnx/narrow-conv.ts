/**
 * @file Convolutions of stride 1 between few channels and many, by whichever standard operator is faster.
 *
 * ONNX Runtime's Conv unfolds its input into a matrix of (channels in) x kernel columns, its ConvTranspose folds one of
 * (channels out) x kernel columns. At stride 1 either can do the other's work with the filter turned around, so the operator is
 * taken whose matrix is on the side with fewer channels. docs/decisions/0006-convolution-lowering.md has figures.
 */

import type { ConvGeometry } from "../../graph/ops.ts";
import type { ModelBuilder } from "./model.ts";

/** How many times fewer the channels of one side must be for a change of operator to be worth it. */
const FEWER = 2;

const isPlain = ({ strides, groups, dilations, pads }: ConvGeometry, kernel: readonly number[]): boolean =>
  strides.every((n) => n === 1) &&
  groups === 1 &&
  kernel.some((n) => n > 1) &&
  pads.every((pad, side) => pad <= dilations[side % 2]! * (kernel[side % 2]! - 1));

/** Whether a convolution is better a transposed one: its outputs are few. */
export const isNarrowConv = (g: ConvGeometry, [outputs, inputs, ...kernel]: readonly number[]): boolean =>
  outputs! * FEWER <= inputs! && isPlain(g, kernel);

/** Whether a transposed convolution is better a convolution: its inputs are few. */
export const isNarrowTranspose = (g: ConvGeometry, [inputs, outputs, ...kernel]: readonly number[]): boolean =>
  inputs! * FEWER <= outputs! && isPlain(g, kernel);

/**
 * `Conv` as `ConvTranspose` or the other way round, for which {@link isNarrowConv} or {@link isNarrowTranspose} holds. The filter
 * w [a, b, kh, kw] becomes [b, a, kh, kw], turned by half a circle; a pad becomes what is left of the kernel's reach.
 */
export function otherConv(
  model: ModelBuilder,
  operator: "Conv" | "ConvTranspose",
  x: string,
  w: string,
  g: ConvGeometry,
  kernel: readonly number[],
): string {
  const swapped = model.node("Transpose", [w], { perm: [1, 0, 2, 3] });
  const ends = kernel.map((n) => -n - 1);
  const turned = model.node("Slice", [swapped, ...[[-1, -1], ends, [2, 3], [-1, -1]].map((list) => model.ints(list))]);
  return model.node(operator, [x, turned], {
    pads: g.pads.map((pad, side) => g.dilations[side % 2]! * (kernel[side % 2]! - 1) - pad),
    dilations: g.dilations,
    kernel_shape: kernel,
  });
}
