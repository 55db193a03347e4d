/** @file How each op is said in ONNX: one row per op, adding nodes to a model and returning the name of the result. */

import type { NodeOf, OpName } from "../../graph/ops.ts";
import { lowerConv, lowerConvFilterGrad, lowerConvTranspose } from "./lower-conv.ts";
import { lowerRepeat, lowerWindows } from "./lower-windows.ts";
import type { LoweringContext } from "./lowering-context.ts";
import type { ModelBuilder } from "./model.ts";

type LowerRules = {
  readonly [K in OpName]: (node: NodeOf<K>, context: LoweringContext) => string;
};

const same =
  (type: string) =>
  (_: NodeOf<OpName>, { model, names }: LoweringContext): string =>
    model.node(type, names);

const ONNX_TYPE = { f32: 1, u8: 2, i32: 6, bool: 9 } as const;

function batchedTranspose(model: ModelBuilder, name: string, rank: number): string {
  const perm = Array.from({ length: rank }, (_, i) => (i < rank - 2 ? i : 2 * rank - 3 - i));
  return model.node("Transpose", [name], { perm });
}

/** Total table of ONNX lowerings. Leaves are handled by the emitter, which knows how they are fed. */
export const lowerRules: LowerRules = {
  input: () => {
    throw new Error("internal: inputs are declared by the emitter");
  },
  constant: ({ attrs, shape, dtype }, { model }) => model.initializer(dtype, shape, attrs.data),

  neg: same("Neg"),
  abs: same("Abs"),
  sign: same("Sign"),
  exp: same("Exp"),
  log: same("Log"),
  sqrt: same("Sqrt"),
  tanh: same("Tanh"),
  sigmoid: same("Sigmoid"),
  softplus: same("Softplus"),
  leakyRelu: ({ attrs: { slope } }, { model, names }) =>
    slope === 0 ? model.node("Relu", names) : model.node("LeakyRelu", names, { alpha: { float: slope } }),
  // ct times a factor that is 1 for positive x and the slope otherwise: x · 1e30 cut to [slope, 1]. On the CPU provider this
  // is three times faster than Where over a comparison. Slopes beyond 0..1 would need another cut.
  leakyReluGrad: ({ attrs: { slope } }, { model, names: [x, ct] }) => {
    const positive = () => model.node("Greater", [x!, model.scalar(0)]);
    if (slope < 0 || slope > 1)
      return model.node("Where", [positive(), ct!, model.node("Mul", [ct!, model.scalar(slope)])]);
    const steep = model.node("Mul", [x!, model.scalar(1e30)]);
    return model.node("Mul", [ct!, model.node("Clip", [steep, model.scalar(slope), model.scalar(1)])]);
  },
  stopGradient: (_, { names }) => names[0]!,

  add: same("Add"),
  sub: same("Sub"),
  mul: same("Mul"),
  div: same("Div"),
  maximum: same("Max"),
  minimum: same("Min"),
  greater: same("Greater"),
  equal: same("Equal"),
  select: same("Where"),
  cast: ({ attrs: { dtype } }, { model, names }) => model.node("Cast", names, { to: ONNX_TYPE[dtype] }),

  reshape: ({ shape }, { model, names }) => model.node("Reshape", [names[0]!, model.shape(shape)]),
  transpose: ({ attrs: { perm } }, { model, names }) => model.node("Transpose", names, { perm }),
  broadcastTo: (node, { model, names: [x] }) =>
    lowerRepeat(node, model, x!) ?? model.node("Expand", [x!, model.shape(node.shape)]),
  slice: ({ attrs: { starts, sizes }, inputs: [x] }, { model, names }) => {
    const axes = starts.map((_, i) => i).filter((i) => sizes[i] !== x!.shape[i]);
    if (axes.length === 0) return names[0]!;
    const pick = (f: (axis: number) => number) => model.ints(axes.map(f));
    return model.node("Slice", [
      names[0]!,
      pick((i) => starts[i]!),
      pick((i) => starts[i]! + sizes[i]!),
      pick((i) => i),
    ]);
  },
  pad: ({ attrs: { low, high } }, { model, names }) => model.node("Pad", [names[0]!, model.ints([...low, ...high])]),
  concat: ({ attrs: { axis } }, { model, names }) => model.node("Concat", names, { axis }),

  reduceSum: (node, { model, names: [x] }) =>
    lowerWindows(node, "AveragePool", model, x!) ??
    model.node("ReduceSum", [x!, model.ints(node.attrs.axes)], { keepdims: 1 }),
  reduceMax: (node, { model, names: [x] }) =>
    lowerWindows(node, "MaxPool", model, x!) ?? model.node("ReduceMax", [x!], { axes: node.attrs.axes, keepdims: 1 }),

  matmul: ({ attrs: { transposeA, transposeB }, shape }, { model, names: [a, b] }) => {
    if (shape.length === 2) {
      if (!transposeA && !transposeB) return model.node("MatMul", [a!, b!]);
      return model.node("Gemm", [a!, b!], { transA: Number(transposeA), transB: Number(transposeB) });
    }
    const left = transposeA ? batchedTranspose(model, a!, shape.length) : a!;
    const right = transposeB ? batchedTranspose(model, b!, shape.length) : b!;
    return model.node("MatMul", [left, right]);
  },

  conv: lowerConv,
  convTranspose: lowerConvTranspose,
  convFilterGrad: lowerConvFilterGrad,
};
