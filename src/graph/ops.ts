/**
 * @file The closed vocabulary of operations. Everything a training step does is written in these words.
 *
 * Adding an op means adding a row here and in each total table (infer, vjp, reference kernel, ONNX lowering); the
 * compiler names every table that still lacks the row.
 */

/** Element types. `f32` is the type of all arithmetic; `u8` and `i32` come in from data; `bool` comes from comparisons. */
export type DType = "f32" | "i32" | "u8" | "bool";

/** Dimensions, outermost first. A scalar is `[]`. All shapes are static. */
export type Shape = readonly number[];

/** What a constant holds. */
export type ConstantData = Float32Array | Int32Array | Uint8Array;

/** Geometry shared by the three convolution ops. Pads are [top, left, bottom, right] in elements. */
export interface ConvGeometry {
  readonly strides: readonly [number, number];
  readonly pads: readonly [number, number, number, number];
  readonly dilations: readonly [number, number];
  readonly groups: number;
}

/** The attributes of each op; the keys are the vocabulary. */
export interface OpAttrs {
  /** A value fed at run time. Names are unique in a graph. */
  input: { readonly name: string; readonly shape: Shape; readonly dtype: DType };
  /** A value known when the graph is built. */
  constant: { readonly data: ConstantData; readonly shape: Shape };

  neg: object;
  abs: object;
  /** -1, 0 or 1. */
  sign: object;
  exp: object;
  /** Natural logarithm. */
  log: object;
  sqrt: object;
  tanh: object;
  /** 1 / (1 + exp(-x)), without overflow. */
  sigmoid: object;
  /** log(1 + exp(x)), without overflow. */
  softplus: object;
  /** x where x > 0, else slope * x. Slope 0 is ReLU. */
  leakyRelu: { readonly slope: number };
  /** (x, ct): ct where x > 0, else slope * ct. The first derivative of leakyRelu, linear in ct. */
  leakyReluGrad: { readonly slope: number };
  /** The value itself; gradients do not pass. */
  stopGradient: object;

  /** Binary ops broadcast as numpy does. */
  add: object;
  sub: object;
  mul: object;
  div: object;
  maximum: object;
  minimum: object;
  /** a > b, as bool. */
  greater: object;
  /** a == b, as bool. */
  equal: object;
  /** (condition, a, b): a where the condition holds, else b; all three broadcast. */
  select: object;
  /** Conversion between element types; bool becomes 0 and 1. */
  cast: { readonly dtype: DType };

  reshape: { readonly shape: Shape };
  transpose: { readonly perm: readonly number[] };
  broadcastTo: { readonly shape: Shape };
  /** A box: `sizes` elements from `starts`, along every axis. */
  slice: { readonly starts: readonly number[]; readonly sizes: readonly number[] };
  /** Zeros before and after, along every axis. */
  pad: { readonly low: readonly number[]; readonly high: readonly number[] };
  concat: { readonly axis: number };

  /** Sum over `axes` (sorted), which stay as axes of size 1. */
  reduceSum: { readonly axes: readonly number[] };
  /** Maximum over `axes` (sorted), which stay as axes of size 1. */
  reduceMax: { readonly axes: readonly number[] };

  /** [..., M, K] x [..., K, N] with equal leading axes; either operand may be given transposed in its last two axes. */
  matmul: { readonly transposeA: boolean; readonly transposeB: boolean };

  /** (x [N, I, H, W], w [O, I/groups, kh, kw]) -> [N, O, h, w]: cross-correlation, as every framework's "convolution". */
  conv: ConvGeometry;
  /** (y [N, O, h, w], w [O, I/groups, kh, kw]) -> [N, I, H, W]: transposed convolution, the input gradient of `conv`. */
  convTranspose: ConvGeometry & { readonly size: readonly [number, number] };
  /** (x [N, I, H, W], y [N, O, h, w]) -> [O, I/groups, kh, kw]: the filter gradient of `conv`. */
  convFilterGrad: ConvGeometry & { readonly kernel: readonly [number, number] };
}

/** The name of an op. */
export type OpName = keyof OpAttrs;

/** A node of the graph with op `K`: immutable, and its own identity is the value it stands for. */
export interface NodeOf<K extends OpName> {
  readonly op: K;
  readonly attrs: OpAttrs[K];
  readonly inputs: readonly Tensor[];
  readonly shape: Shape;
  readonly dtype: DType;
  /** Where in the model it was traced, such as `generator/block2/conv`. */
  readonly scope: string;
}

/** A symbolic array: what layers, losses and optimisers take and return. */
export type Tensor = { [K in OpName]: NodeOf<K> }[OpName];

/** A table with one rule for each op. There is no partial table and no default: a missing row does not compile. */
export type OpTable<Rules extends { readonly [K in OpName]: unknown }> = Rules;

/** Number of elements of a shape. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** `f32[64,3,32,32]`, as used in errors and in printed graphs. */
export function typeText(tensor: { readonly dtype: DType; readonly shape: Shape }): string {
  return `${tensor.dtype}[${tensor.shape.join(",")}]`;
}
