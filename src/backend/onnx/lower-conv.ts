/** @file Choosing how each convolution is said in ONNX. Blocked forms live in nchwc.ts; the rest is standard operators. */

import type { ConvGeometry, NodeOf, Shape } from "../../graph/ops.ts";
import type { LoweringContext } from "./lowering-context.ts";
import type { ModelBuilder } from "./model.ts";
import { isNarrowConv, isNarrowTranspose, otherConv } from "./narrow-conv.ts";
import {
  axisPhases,
  blockedFilterGrad,
  blockedForward,
  blockedForwardFew,
  blockedForwardWide,
  blockedTranspose,
} from "./nchwc.ts";
import { legible, splitFirstAxis } from "./webgpu-faults.ts";

/** A kernel as large as its unpadded input is a matrix product. */
function isDense(x: Shape, y: Shape, g: ConvGeometry): boolean {
  return y[2] === 1 && y[3] === 1 && g.groups === 1 && g.pads.every((n) => n === 0) && x[2]! * x[3]! > 0;
}

/** True for the shapes that {@link isDense} needs of the kernel: it covers x exactly. */
const covers = (x: Shape, kernel: readonly number[], g: ConvGeometry): boolean =>
  x[2] === kernel[0] && x[3] === kernel[1] && g.dilations.every((n) => n === 1);

const matrix = (model: ModelBuilder, x: string, rows: number): string =>
  model.node("Reshape", [x, model.shape([rows, -1])]);

/** No dilation, and within a group whole blocks of both channel counts. */
const isBlockable = (g: ConvGeometry, B: number, ...perGroup: readonly number[]): boolean =>
  g.dilations.every((n) => n === 1) && (g.groups === 1 || perGroup.every((n) => n % B === 0));

/** conv: a matrix product, a blocked form, or ONNX Conv. */
export function lowerConv(node: NodeOf<"conv">, context: LoweringContext): string {
  const { model, names, channelBlock: B } = context;
  const { attrs, shape, inputs } = node;
  const [x, w] = names as [string, string];
  const [xShape, wShape] = [inputs[0]!.shape, inputs[1]!.shape];
  const [o, i, , kw] = wShape as [number, number, number, number];
  if (isDense(xShape, shape, attrs) && covers(xShape, wShape.slice(2), attrs)) {
    const product = model.node("Gemm", [matrix(model, x, shape[0]!), matrix(model, w, o)], { transB: 1 });
    return model.node("Reshape", [product, model.shape(shape)]);
  }
  if (B > 0 && o % B === 0 && isBlockable(attrs, B, o / attrs.groups, i)) {
    if (i < B)
      return i === 1 || i === 3 ? blockedForwardFew(model, x, w, wShape, attrs, B) : standardConv(node, context);
    if (i % B === 0) {
      const small = attrs.groups === 1 && shape[2]! <= 4 && i >= 128 && kw % attrs.strides[1] === 0;
      if (small) return blockedForwardWide(model, x, w, xShape, shape, wShape, attrs, B);
      return blockedForward(model, x, w, wShape, attrs, B);
    }
  }
  if (B > 0 && isNarrowConv(attrs, wShape)) return otherConv(model, "ConvTranspose", x, w, attrs, wShape.slice(2));
  return standardConv(node, context);
}

function standardConv({ attrs, inputs }: NodeOf<"conv">, context: LoweringContext): string {
  const { model, names } = context;
  const [outputs, channels] = inputs[1]!.shape as [number, number];
  const operands = attrs.groups === 1 ? legible(context, names, channels, outputs) : names;
  return model.node("Conv", operands, {
    strides: attrs.strides,
    pads: attrs.pads,
    dilations: attrs.dilations,
    group: attrs.groups,
    kernel_shape: inputs[1]!.shape.slice(2),
  });
}

/** convTranspose: a matrix product, phases of blocked convolutions, or ONNX ConvTranspose, whose filter layout is ours. */
export function lowerConvTranspose(
  node: NodeOf<"convTranspose">,
  { model, names, channelBlock: B }: LoweringContext,
): string {
  const { attrs, inputs, shape } = node;
  const [yShape, wShape] = [inputs[0]!.shape, inputs[1]!.shape];
  const [o, c, kh, kw] = wShape as [number, number, number, number];
  if (isDense(shape, yShape, attrs) && covers(shape, [kh, kw], attrs)) {
    const product = model.node("Gemm", [matrix(model, names[0]!, yShape[0]!), matrix(model, names[1]!, o)]);
    return model.node("Reshape", [product, model.shape(shape)]);
  }
  if (B > 0 && o % B === 0 && c % B === 0 && isBlockable(attrs, B, o / attrs.groups)) {
    const vertical = axisPhases(yShape[2]!, attrs.size[0], kh, attrs.strides[0], attrs.pads[0]);
    const horizontal = axisPhases(yShape[3]!, attrs.size[1], kw, attrs.strides[1], attrs.pads[1]);
    if (vertical !== null && horizontal !== null) {
      return blockedTranspose(model, names[0]!, names[1]!, yShape, wShape, attrs.groups, vertical, horizontal, B);
    }
  }
  if (B > 0 && isNarrowTranspose(attrs, wShape)) return otherConv(model, "Conv", names[0]!, names[1]!, attrs, [kh, kw]);
  // What the output would measure without extra rows; the rest is the operator's output_padding.
  const extra = ([0, 1] as const).map((i) => {
    const span = attrs.strides[i] * (yShape[2 + i]! - 1) + attrs.dilations[i] * (wShape[2 + i]! - 1) + 1;
    return attrs.size[i] - (span - attrs.pads[i]! - attrs.pads[i + 2]!);
  });
  return model.node("ConvTranspose", names, {
    strides: attrs.strides,
    pads: attrs.pads,
    dilations: attrs.dilations,
    group: attrs.groups,
    kernel_shape: wShape.slice(2),
    output_padding: extra,
  });
}

/** convFilterGrad: a matrix product, a blocked form, or a standard convolution of the transposed operands. */
export function lowerConvFilterGrad(node: NodeOf<"convFilterGrad">, context: LoweringContext): string {
  const { model, names, channelBlock: B } = context;
  const { attrs, inputs, shape } = node;
  const [xShape, yShape] = [inputs[0]!.shape, inputs[1]!.shape];
  const n = xShape[0]!;
  if (isDense(xShape, yShape, attrs) && covers(xShape, attrs.kernel, attrs)) {
    const [ys, xs] = [matrix(model, names[1]!, n), matrix(model, names[0]!, n)];
    return model.node("Reshape", [model.node("Gemm", [ys, xs], { transA: 1 }), model.shape(shape)]);
  }
  if (B > 0 && n % B === 0 && xShape[1]! >= 2 && isBlockable(attrs, B, yShape[1]! / attrs.groups)) {
    return blockedFilterGrad(model, names[0]!, names[1]!, xShape, yShape, attrs.kernel, attrs, B);
  }
  return standardFilterGrad(node, context);
}

/**
 * x [I, N, H, W] convolved with y [O, N, h, w] as the filter, strides and dilations exchanged. Rows beyond the kernel,
 * where the stride did not divide, are cut off.
 */
function standardFilterGrad(node: NodeOf<"convFilterGrad">, context: LoweringContext): string {
  const { model, names } = context;
  const { attrs, inputs } = node;
  const [n, outputs] = [inputs[0]!.shape[0]!, inputs[1]!.shape[1]!];
  const [kh, kw] = attrs.kernel;
  const swap = (name: string) => model.node("Transpose", [name], { perm: [1, 0, 2, 3] });
  const groups = (name: string, channels: number) =>
    splitFirstAxis(context, name, new Array<number>(attrs.groups).fill(channels / attrs.groups));
  const xs = groups(swap(names[0]!), inputs[0]!.shape[1]!);
  const ys = groups(swap(names[1]!), outputs);
  const span = ([0, 1] as const).map((i) => {
    const padded = inputs[0]!.shape[2 + i]! + attrs.pads[i]! + attrs.pads[i + 2]!;
    return Math.floor((padded - attrs.strides[i] * (inputs[1]!.shape[2 + i]! - 1) - 1) / attrs.dilations[i]) + 1;
  });
  const parts = xs.map((x, g) => {
    const grad = model.node("Conv", legible(context, [x, ys[g]!], n, outputs / attrs.groups), {
      strides: attrs.dilations,
      dilations: attrs.strides,
      pads: attrs.pads,
      kernel_shape: inputs[1]!.shape.slice(2),
    });
    const ends = [model.ints([0, 0]), model.ints([kh, kw]), model.ints([2, 3])];
    const cut = span[0] === kh && span[1] === kw ? grad : model.node("Slice", [grad, ...ends]);
    return model.node("Transpose", [cut], { perm: [1, 0, 2, 3] });
  });
  return parts.length === 1 ? parts[0]! : model.node("Concat", parts, { axis: 0 });
}
