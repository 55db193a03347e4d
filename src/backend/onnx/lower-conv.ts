/** @file Convolutions as standard ONNX operators. */

import type { NodeOf } from "../../graph/ops.ts";
import type { LoweringContext } from "./lower.ts";

/** conv as ONNX Conv. */
export function lowerConv({ attrs, inputs: [, w] }: NodeOf<"conv">, { model, names }: LoweringContext): string {
  return model.node("Conv", names, {
    strides: attrs.strides,
    pads: attrs.pads,
    dilations: attrs.dilations,
    group: attrs.groups,
    kernel_shape: w!.shape.slice(2),
  });
}

/** convTranspose as ONNX ConvTranspose, whose filter layout [C_in, C_out/groups, kh, kw] is ours. */
export function lowerConvTranspose(
  { attrs, inputs: [y, w] }: NodeOf<"convTranspose">,
  { model, names }: LoweringContext,
): string {
  // What the output would measure without extra rows; the rest is the operator's output_padding.
  const extra = ([0, 1] as const).map((i) => {
    const span = attrs.strides[i] * (y!.shape[2 + i]! - 1) + attrs.dilations[i] * (w!.shape[2 + i]! - 1) + 1;
    return attrs.size[i] - (span - attrs.pads[i]! - attrs.pads[i + 2]!);
  });
  return model.node("ConvTranspose", names, {
    strides: attrs.strides,
    pads: attrs.pads,
    dilations: attrs.dilations,
    group: attrs.groups,
    kernel_shape: w!.shape.slice(2),
    output_padding: extra,
  });
}

/**
 * convFilterGrad as a convolution of the transposed operands: x [I, N, H, W] with y [O, N, h, w] as the filter, strides
 * and dilations exchanged. Rows beyond the kernel, where the stride did not divide, are cut off.
 */
export function lowerConvFilterGrad(node: NodeOf<"convFilterGrad">, { model, names }: LoweringContext): string {
  const { attrs, inputs } = node;
  const [kh, kw] = attrs.kernel;
  const swap = (name: string) => model.node("Transpose", [name], { perm: [1, 0, 2, 3] });
  const groups = (name: string) =>
    attrs.groups === 1 ? [name] : model.nodeWithOutputs("Split", [name], attrs.groups, { axis: 0 });
  const xs = groups(swap(names[0]!));
  const ys = groups(swap(names[1]!));
  const span = ([0, 1] as const).map((i) => {
    const padded = inputs[0]!.shape[2 + i]! + attrs.pads[i]! + attrs.pads[i + 2]!;
    return Math.floor((padded - attrs.strides[i] * (inputs[1]!.shape[2 + i]! - 1) - 1) / attrs.dilations[i]) + 1;
  });
  const parts = xs.map((x, g) => {
    const grad = model.node("Conv", [x, ys[g]!], {
      strides: attrs.dilations,
      dilations: attrs.strides,
      pads: attrs.pads,
      kernel_shape: inputs[1]!.shape.slice(2),
    });
    const cut =
      span[0] === kh && span[1] === kw
        ? grad
        : model.node("Slice", [grad, model.ints([0, 0]), model.ints([kh, kw]), model.ints([2, 3])]);
    return model.node("Transpose", [cut], { perm: [1, 0, 2, 3] });
  });
  return parts.length === 1 ? parts[0]! : model.node("Concat", parts, { axis: 0 });
}
