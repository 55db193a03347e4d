/**
 * @file The specification: what each op computes, in float64 and plain loops. Never optimised.
 */

import { type NodeOf, type OpName, type Shape, sizeOf } from "../../graph/ops.ts";

/** A value of the interpreter: float64 whatever the graph type (bool is 0 or 1). */
export type Values = Float64Array;

type Kernels = {
  readonly [K in OpName]: (node: NodeOf<K>, operands: readonly Values[]) => Values;
};

/** Row-major strides. */
function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = strides[i + 1]! * shape[i + 1]!;
  return strides;
}

/** Calls `visit` with every multi-index of `shape` in row-major order; the index array is reused. */
function forEachIndex(shape: Shape, visit: (index: readonly number[], flat: number) => void): void {
  const index = new Array<number>(shape.length).fill(0);
  const total = sizeOf(shape);
  for (let flat = 0; flat < total; flat++) {
    visit(index, flat);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = index[axis]! + 1;
      if (index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
  }
}

/** Position in an operand of `shape` that is broadcast to the index. */
function broadcastOffset(index: readonly number[], shape: Shape, strides: readonly number[]): number {
  const lead = index.length - shape.length;
  let offset = 0;
  for (let i = 0; i < shape.length; i++) if (shape[i] !== 1) offset += index[lead + i]! * strides[i]!;
  return offset;
}

/** Where an operand of `shape` is read for an element of the result: its multi-index, and its place in memory. */
function placeIn(shape: Shape, result: Shape): (index: readonly number[], flat: number) => number {
  if (shape.join() === result.join()) return (_, flat) => flat;
  if (sizeOf(shape) === 1) return () => 0;
  const strides = stridesOf(shape);
  return (index) => broadcastOffset(index, shape, strides);
}

/** A function of up to three operands, which are broadcast. What an op does not have is given as 0. */
function elementwise(f: (a: number, b: number, c: number) => number) {
  return (node: NodeOf<OpName>, operands: readonly Values[]): Values => {
    const out = new Float64Array(sizeOf(node.shape));
    const [a, b, c] = node.inputs.map((x, i) => {
      const place = placeIn(x.shape, node.shape);
      return (index: readonly number[], flat: number) => operands[i]![place(index, flat)]!;
    });
    forEachIndex(node.shape, (index, flat) => {
      out[flat] = f(a!(index, flat), b?.(index, flat) ?? 0, c?.(index, flat) ?? 0);
    });
    return out;
  };
}

function reduction(initial: number, f: (accumulator: number, x: number) => number) {
  return (node: NodeOf<"reduceSum"> | NodeOf<"reduceMax">, [x]: readonly Values[]): Values => {
    const out = new Float64Array(sizeOf(node.shape)).fill(initial);
    const strides = stridesOf(node.shape);
    forEachIndex(node.inputs[0]!.shape, (index, flat) => {
      const target = broadcastOffset(index, node.shape, strides);
      out[target] = f(out[target]!, x![flat]!);
    });
    return out;
  };
}

/** Calls `visit` for every (x, y, filter) triple that a convolution of this geometry multiplies together. */
function forEachTap(
  xShape: Shape,
  yShape: Shape,
  wShape: Shape,
  g: { strides: readonly number[]; pads: readonly number[]; dilations: readonly number[]; groups: number },
  visit: (x: number, y: number, w: number) => void,
): void {
  const [batch, outChannels, h, v] = yShape as [number, number, number, number];
  const [inPerGroup, kh, kw] = wShape.slice(1) as [number, number, number];
  const [xs, ys, ws] = [stridesOf(xShape), stridesOf(yShape), stridesOf(wShape)];
  const outPerGroup = outChannels / g.groups;
  const visitRow = (n: number, o: number, i: number, c: number, a: number): void => {
    const row = i * g.strides[0]! + a * g.dilations[0]! - g.pads[0]!;
    if (row < 0 || row >= xShape[2]!) return;
    const channel = Math.floor(o / outPerGroup) * inPerGroup + c;
    for (let j = 0; j < v; j++) {
      for (let b = 0; b < kw; b++) {
        const column = j * g.strides[1]! + b * g.dilations[1]! - g.pads[1]!;
        if (column < 0 || column >= xShape[3]!) continue;
        visit(
          n * xs[0]! + channel * xs[1]! + row * xs[2]! + column,
          n * ys[0]! + o * ys[1]! + i * ys[2]! + j,
          o * ws[0]! + c * ws[1]! + a * ws[2]! + b,
        );
      }
    }
  };
  forEachIndex([batch, outChannels, h, inPerGroup, kh], (index) =>
    visitRow(...(index as readonly [number, number, number, number, number])),
  );
}

/** Total table of reference kernels. */
export const kernels: Kernels = {
  input: () => {
    throw new Error("internal: inputs are fed, not computed");
  },
  constant: ({ attrs }) => Float64Array.from(attrs.data),

  neg: elementwise((x) => -x),
  abs: elementwise(Math.abs),
  sign: elementwise(Math.sign),
  exp: elementwise(Math.exp),
  log: elementwise(Math.log),
  sqrt: elementwise(Math.sqrt),
  tanh: elementwise(Math.tanh),
  sigmoid: elementwise((x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)))),
  softplus: elementwise((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  leakyRelu: (node, operands) => elementwise((x) => (x > 0 ? x : node.attrs.slope * x))(node, operands),
  leakyReluGrad: (node, operands) => elementwise((x, ct) => (x > 0 ? ct : node.attrs.slope * ct))(node, operands),
  stopGradient: (_, [x]) => x!,

  add: elementwise((a, b) => a + b),
  sub: elementwise((a, b) => a - b),
  mul: elementwise((a, b) => a * b),
  div: elementwise((a, b) => a / b),
  maximum: elementwise((a, b) => Math.max(a, b)),
  minimum: elementwise((a, b) => Math.min(a, b)),
  greater: elementwise((a, b) => (a > b ? 1 : 0)),
  equal: elementwise((a, b) => (a === b ? 1 : 0)),
  select: elementwise((condition, a, b) => (condition !== 0 ? a : b)),
  cast: (node, operands) => {
    const to = node.attrs.dtype;
    return elementwise((x) => (to === "f32" ? x : to === "bool" ? Number(x !== 0) : Math.trunc(x)))(node, operands);
  },

  reshape: (_, [x]) => x!,
  transpose: (node, [x]) => {
    const strides = stridesOf(node.inputs[0]!.shape);
    const out = new Float64Array(x!.length);
    forEachIndex(node.shape, (index, flat) => {
      out[flat] = x![node.attrs.perm.reduce((offset, axis, i) => offset + index[i]! * strides[axis]!, 0)]!;
    });
    return out;
  },
  broadcastTo: elementwise((x) => x),
  slice: (node, [x]) => {
    const strides = stridesOf(node.inputs[0]!.shape);
    const out = new Float64Array(sizeOf(node.shape));
    forEachIndex(node.shape, (index, flat) => {
      out[flat] = x![index.reduce((offset, n, axis) => offset + (n + node.attrs.starts[axis]!) * strides[axis]!, 0)]!;
    });
    return out;
  },
  pad: (node, [x]) => {
    const strides = stridesOf(node.shape);
    const out = new Float64Array(sizeOf(node.shape));
    forEachIndex(node.inputs[0]!.shape, (index, flat) => {
      out[index.reduce((offset, n, axis) => offset + (n + node.attrs.low[axis]!) * strides[axis]!, 0)] = x![flat]!;
    });
    return out;
  },
  concat: (node, operands) => {
    const strides = stridesOf(node.shape);
    const out = new Float64Array(sizeOf(node.shape));
    let offset = 0;
    operands.forEach((x, k) => {
      forEachIndex(node.inputs[k]!.shape, (index, flat) => {
        const target = index.reduce((at, n, axis) => at + n * strides[axis]!, offset * strides[node.attrs.axis]!);
        out[target] = x[flat]!;
      });
      offset += node.inputs[k]!.shape[node.attrs.axis]!;
    });
    return out;
  },

  reduceSum: reduction(0, (sum, x) => sum + x),
  reduceMax: reduction(-Infinity, Math.max),

  matmul: (node, [a, b]) => {
    const { transposeA, transposeB } = node.attrs;
    const aShape = node.inputs[0]!.shape;
    const [m, n] = node.shape.slice(-2) as [number, number];
    const k = aShape.at(transposeA ? -2 : -1)!;
    const out = new Float64Array(sizeOf(node.shape));
    forEachIndex(node.shape.slice(0, -2), (_, batch) => {
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          let sum = 0;
          for (let l = 0; l < k; l++) {
            const left = a![batch * m * k + (transposeA ? l * m + i : i * k + l)]!;
            sum += left * b![batch * k * n + (transposeB ? j * k + l : l * n + j)]!;
          }
          out[(batch * m + i) * n + j] = sum;
        }
      }
    });
    return out;
  },

  conv: (node, [x, w]) => {
    const out = new Float64Array(sizeOf(node.shape));
    forEachTap(node.inputs[0]!.shape, node.shape, node.inputs[1]!.shape, node.attrs, (i, j, k) => {
      out[j] = out[j]! + x![i]! * w![k]!;
    });
    return out;
  },
  convTranspose: (node, [y, w]) => {
    const out = new Float64Array(sizeOf(node.shape));
    forEachTap(node.shape, node.inputs[0]!.shape, node.inputs[1]!.shape, node.attrs, (i, j, k) => {
      out[i] = out[i]! + y![j]! * w![k]!;
    });
    return out;
  },
  convFilterGrad: (node, [x, y]) => {
    const out = new Float64Array(sizeOf(node.shape));
    forEachTap(node.inputs[0]!.shape, node.inputs[1]!.shape, node.shape, node.attrs, (i, j, k) => {
      out[k] = out[k]! + x![i]! * y![j]!;
    });
    return out;
  },
};
