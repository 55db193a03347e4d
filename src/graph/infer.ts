/** @file Shape and type rules: one row per op, each refusing what does not fit with both operands named. */

import { ShapeError } from "../util/errors.ts";
import {
  type ConvGeometry,
  type DType,
  type OpAttrs,
  type OpName,
  type Shape,
  sizeOf,
  type Tensor,
  typeText,
} from "./ops.ts";
import { currentScope } from "./scope.ts";

/** Shape and element type of a result. */
export interface TensorType {
  readonly shape: Shape;
  readonly dtype: DType;
}

type InferRules = {
  readonly [K in OpName]: (inputs: readonly Tensor[], attrs: OpAttrs[K]) => TensorType;
};

function fail(op: OpName, problem: string, help?: string): never {
  const place = currentScope();
  throw new ShapeError(`${op}${place === "" ? "" : ` at ${place}`}: ${problem}`, help === undefined ? {} : { help });
}

/** The numpy broadcast of two shapes, or null where they do not fit. */
export function broadcastShapes(a: Shape, b: Shape): Shape | null {
  const rank = Math.max(a.length, b.length);
  const out: number[] = [];
  for (let i = 0; i < rank; i++) {
    const m = a[a.length - rank + i] ?? 1;
    const n = b[b.length - rank + i] ?? 1;
    if (m !== n && m !== 1 && n !== 1) return null;
    out.push(m === 1 ? n : m);
  }
  return out;
}

function checkFloat(op: OpName, ...operands: readonly Tensor[]): void {
  for (const x of operands) if (x.dtype !== "f32") fail(op, `needs f32, got ${typeText(x)}`, "cast it first");
}

function floatUnary(op: OpName) {
  return ([x]: readonly Tensor[]): TensorType => {
    checkFloat(op, x!);
    return { shape: x!.shape, dtype: "f32" };
  };
}

function binary(op: OpName, result?: DType) {
  return ([a, b]: readonly Tensor[]): TensorType => {
    if (a!.dtype !== b!.dtype) fail(op, `operands differ in type: ${typeText(a!)} and ${typeText(b!)}`);
    if (result === undefined) checkFloat(op, a!);
    const shape = broadcastShapes(a!.shape, b!.shape);
    if (shape === null) return fail(op, `shapes do not broadcast: ${typeText(a!)} and ${typeText(b!)}`);
    return { shape, dtype: result ?? a!.dtype };
  };
}

function reduce(op: OpName) {
  return ([x]: readonly Tensor[], { axes }: { readonly axes: readonly number[] }): TensorType => {
    checkFloat(op, x!);
    for (const axis of axes) checkAxis(op, axis, x!);
    if (new Set(axes).size < axes.length) fail(op, `[${axes.join(",")}] names an axis of ${typeText(x!)} twice`);
    return { shape: x!.shape.map((n, i) => (axes.includes(i) ? 1 : n)), dtype: "f32" };
  };
}

function checkAxis(op: OpName, axis: number, x: Tensor): void {
  if (!Number.isInteger(axis) || axis < 0 || axis >= x.shape.length) {
    fail(op, `axis ${axis} is not an axis of ${typeText(x)}`);
  }
}

/** Output length of a convolution along one axis. */
export function convOutputSize(input: number, kernel: number, stride: number, pad: number, dilation: number): number {
  return Math.floor((input + pad - dilation * (kernel - 1) - 1) / stride) + 1;
}

function convOutput(x: Shape, kernel: readonly [number, number], g: ConvGeometry): [number, number] {
  return [
    convOutputSize(x[2]!, kernel[0], g.strides[0], g.pads[0] + g.pads[2], g.dilations[0]),
    convOutputSize(x[3]!, kernel[1], g.strides[1], g.pads[1] + g.pads[3], g.dilations[1]),
  ];
}

function checkGeometry(op: OpName, { strides, pads, dilations, groups }: ConvGeometry): void {
  const atLeast = (least: number, what: string, values: readonly number[]) => {
    if (values.some((n) => !Number.isInteger(n) || n < least)) {
      fail(op, `${what} must be whole numbers of at least ${least}, got [${values.join(",")}]`);
    }
  };
  atLeast(1, "strides", strides);
  atLeast(0, "pads", pads);
  atLeast(1, "dilations", dilations);
  atLeast(1, "groups", [groups]);
}

function checkRank4(op: OpName, role: string, x: Tensor): void {
  if (x.shape.length !== 4) fail(op, `${role} must have 4 axes [N, C, H, W], got ${typeText(x)}`);
}

/** Total table of shape rules. */
export const inferRules: InferRules = {
  input: (_, { name, shape, dtype }) => {
    if (shape.some((n) => !Number.isInteger(n) || n < 0))
      fail("input", `"${name}" cannot have shape [${shape.join(",")}]`);
    return { shape, dtype };
  },
  constant: (_, { data, shape }) => {
    if (data.length !== sizeOf(shape)) fail("constant", `${data.length} values do not fill shape [${shape.join(",")}]`);
    return { shape, dtype: data instanceof Float32Array ? "f32" : data instanceof Int32Array ? "i32" : "u8" };
  },

  neg: floatUnary("neg"),
  abs: floatUnary("abs"),
  sign: floatUnary("sign"),
  exp: floatUnary("exp"),
  log: floatUnary("log"),
  sqrt: floatUnary("sqrt"),
  tanh: floatUnary("tanh"),
  sigmoid: floatUnary("sigmoid"),
  softplus: floatUnary("softplus"),
  leakyRelu: floatUnary("leakyRelu"),
  leakyReluGrad: ([x, ct]) => {
    checkFloat("leakyReluGrad", x!, ct!);
    if (x!.shape.join() !== ct!.shape.join()) {
      fail("leakyReluGrad", `x is ${typeText(x!)} but its gradient is ${typeText(ct!)}`);
    }
    return { shape: x!.shape, dtype: "f32" };
  },
  stopGradient: ([x]) => ({ shape: x!.shape, dtype: x!.dtype }),

  add: binary("add"),
  sub: binary("sub"),
  mul: binary("mul"),
  div: binary("div"),
  maximum: binary("maximum"),
  minimum: binary("minimum"),
  greater: binary("greater", "bool"),
  equal: binary("equal", "bool"),
  select: ([condition, a, b]) => {
    if (condition!.dtype !== "bool") fail("select", `the condition must be bool, got ${typeText(condition!)}`);
    if (a!.dtype !== b!.dtype) fail("select", `branches differ in type: ${typeText(a!)} and ${typeText(b!)}`);
    const branches = broadcastShapes(a!.shape, b!.shape);
    const shape = branches && broadcastShapes(condition!.shape, branches);
    if (!shape) {
      return fail("select", `shapes do not broadcast: ${typeText(condition!)}, ${typeText(a!)} and ${typeText(b!)}`);
    }
    return { shape, dtype: a!.dtype };
  },
  cast: ([x], { dtype }) => ({ shape: x!.shape, dtype }),

  reshape: ([x], { shape }) => {
    if (shape.some((n) => !Number.isInteger(n) || n < 0)) {
      fail("reshape", `the ${sizeOf(x!.shape)} elements of ${typeText(x!)} do not fill [${shape.join(",")}]`);
    }
    if (sizeOf(shape) !== sizeOf(x!.shape)) {
      fail("reshape", `${typeText(x!)} has ${sizeOf(x!.shape)} elements, [${shape.join(",")}] has ${sizeOf(shape)}`);
    }
    return { shape, dtype: x!.dtype };
  },
  transpose: ([x], { perm }) => {
    if ([...perm].sort((a, b) => a - b).join() !== x!.shape.map((_, i) => i).join()) {
      fail("transpose", `[${perm.join(",")}] does not permute the axes of ${typeText(x!)}`);
    }
    return { shape: perm.map((axis) => x!.shape[axis]!), dtype: x!.dtype };
  },
  broadcastTo: ([x], { shape }) => {
    const result = broadcastShapes(x!.shape, shape);
    if (result === null || result.join() !== shape.join()) {
      fail("broadcastTo", `${typeText(x!)} does not broadcast to [${shape.join(",")}]`);
    }
    return { shape, dtype: x!.dtype };
  },
  slice: ([x], { starts, sizes }) => {
    const fits =
      starts.length === x!.shape.length &&
      sizes.length === x!.shape.length &&
      x!.shape.every((n, i) => starts[i]! >= 0 && sizes[i]! >= 0 && starts[i]! + sizes[i]! <= n);
    if (!fits) fail("slice", `[${starts.join(",")}] + [${sizes.join(",")}] does not lie inside ${typeText(x!)}`);
    return { shape: sizes, dtype: x!.dtype };
  },
  pad: ([x], { low, high }) => {
    if (low.length !== x!.shape.length || high.length !== x!.shape.length || [...low, ...high].some((n) => n < 0)) {
      fail(
        "pad",
        `[${low.join(",")}] and [${high.join(",")}] must be non-negative, one for each axis of ${typeText(x!)}`,
      );
    }
    return { shape: x!.shape.map((n, i) => low[i]! + n + high[i]!), dtype: x!.dtype };
  },
  concat: (inputs, { axis }) => {
    const first = inputs[0];
    if (first === undefined) return fail("concat", "needs at least one operand");
    checkAxis("concat", axis, first);
    let total = 0;
    for (const x of inputs) {
      const fits = x.dtype === first.dtype && x.shape.length === first.shape.length;
      if (!fits || x.shape.some((n, i) => i !== axis && n !== first.shape[i])) {
        fail("concat", `${typeText(first)} and ${typeText(x)} must match except along axis ${axis}`);
      }
      total += x.shape[axis]!;
    }
    return { shape: first.shape.map((n, i) => (i === axis ? total : n)), dtype: first.dtype };
  },

  reduceSum: reduce("reduceSum"),
  reduceMax: reduce("reduceMax"),

  matmul: ([a, b], { transposeA, transposeB }) => {
    checkFloat("matmul", a!, b!);
    const [p, q] = [a!.shape, b!.shape];
    if (p.length < 2 || q.length !== p.length) {
      fail(
        "matmul",
        `needs two operands with the same number (at least 2) of axes, got ${typeText(a!)} and ${typeText(b!)}`,
      );
    }
    const [m, k] = transposeA ? [p.at(-1)!, p.at(-2)!] : [p.at(-2)!, p.at(-1)!];
    const [k2, n] = transposeB ? [q.at(-1)!, q.at(-2)!] : [q.at(-2)!, q.at(-1)!];
    if (k !== k2 || p.slice(0, -2).join() !== q.slice(0, -2).join()) {
      const text = (x: Tensor, t: boolean) => typeText(x) + (t ? " transposed" : "");
      fail("matmul", `inner or leading axes differ: ${text(a!, transposeA)} and ${text(b!, transposeB)}`);
    }
    return { shape: [...p.slice(0, -2), m, n], dtype: "f32" };
  },

  conv: ([x, w], g) => {
    checkFloat("conv", x!, w!);
    checkGeometry("conv", g);
    checkRank4("conv", "x", x!);
    checkRank4("conv", "the filter", w!);
    const [outChannels, inPerGroup, kh, kw] = w!.shape as [number, number, number, number];
    if (outChannels % g.groups !== 0) {
      fail("conv", `${g.groups} groups do not divide the ${outChannels} output channels of the filter ${typeText(w!)}`);
    }
    if (inPerGroup * g.groups !== x!.shape[1]) {
      fail("conv", `the filter ${typeText(w!)} expects ${inPerGroup * g.groups} input channels, x is ${typeText(x!)}`);
    }
    const [h, v] = convOutput(x!.shape, [kh, kw], g);
    if (h < 1 || v < 1) fail("conv", `a ${kh}x${kw} kernel does not fit into ${typeText(x!)} with pads [${g.pads}]`);
    return { shape: [x!.shape[0]!, outChannels, h, v], dtype: "f32" };
  },
  convTranspose: ([y, w], g) => {
    checkFloat("convTranspose", y!, w!);
    checkGeometry("convTranspose", g);
    checkRank4("convTranspose", "y", y!);
    checkRank4("convTranspose", "the filter", w!);
    const [outChannels, inPerGroup, kh, kw] = w!.shape as [number, number, number, number];
    const shape = [y!.shape[0]!, inPerGroup * g.groups, g.size[0], g.size[1]];
    if (outChannels % g.groups !== 0) {
      fail("convTranspose", `${g.groups} groups do not divide the ${outChannels} input channels of ${typeText(w!)}`);
    }
    if (outChannels !== y!.shape[1]) {
      fail("convTranspose", `the filter ${typeText(w!)} expects ${outChannels} input channels, y is ${typeText(y!)}`);
    }
    const [h, v] = convOutput(shape, [kh, kw], g);
    if (h !== y!.shape[2] || v !== y!.shape[3]) {
      fail("convTranspose", `an output of ${g.size.join("x")} would need an input of ${h}x${v}, y is ${typeText(y!)}`);
    }
    return { shape, dtype: "f32" };
  },
  convFilterGrad: ([x, y], g) => {
    checkFloat("convFilterGrad", x!, y!);
    checkGeometry("convFilterGrad", g);
    checkRank4("convFilterGrad", "x", x!);
    checkRank4("convFilterGrad", "y", y!);
    const [h, v] = convOutput(x!.shape, g.kernel, g);
    if (h !== y!.shape[2] || v !== y!.shape[3] || x!.shape[0] !== y!.shape[0]) {
      fail(
        "convFilterGrad",
        `a ${g.kernel.join("x")} kernel over ${typeText(x!)} gives ${h}x${v}, y is ${typeText(y!)}`,
      );
    }
    if (x!.shape[1]! % g.groups !== 0 || y!.shape[1]! % g.groups !== 0) {
      fail("convFilterGrad", `${g.groups} groups do not divide the channels of ${typeText(x!)} and ${typeText(y!)}`);
    }
    return { shape: [y!.shape[1]!, x!.shape[1]! / g.groups, g.kernel[0], g.kernel[1]], dtype: "f32" };
  },
};
