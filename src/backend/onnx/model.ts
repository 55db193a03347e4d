/**
 * @file Building an ONNX model: nodes, initialisers, inputs and outputs, encoded as a ModelProto.
 *
 * Field numbers are those of onnx.proto. The version written is IR 8, opset 17: the newest that Debian's checker knows.
 */

import type { DType, Shape } from "../../graph/ops.ts";
import { ProtoWriter } from "./protobuf.ts";

/** Element types of ONNX tensors by number (TensorProto.DataType). */
const ELEMENT = { f32: 1, u8: 2, i32: 6, i64: 7, bool: 9 } as const;

/** Types a model may contain: ours, and the int64 of shape operands. */
export type OnnxType = DType | "i64";

/** A node attribute: integers, floats (wrapped, because 1 and 1.0 are one number in JavaScript), strings. */
export type Attribute =
  | number
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | string;

/** Domain of the ONNX Runtime operators on channel-blocked tensors. */
export const NCHWC = "com.microsoft.nchwc";

function attribute(name: string, value: Attribute): ProtoWriter {
  const out = new ProtoWriter().bytes(1, name);
  if (typeof value === "number") return out.int(3, value).int(20, 2);
  if (typeof value === "string") return out.bytes(4, value).int(20, 3);
  if ("float" in value) return out.float(2, value.float).int(20, 1);
  if ("floats" in value) {
    for (const x of value.floats) out.float(7, x);
    return out.int(20, 6);
  }
  for (const x of value) out.int(8, x);
  return out.int(20, 7);
}

function valueInfo(name: string, shape: Shape, type: OnnxType): ProtoWriter {
  const dims = new ProtoWriter();
  for (const n of shape) dims.bytes(1, new ProtoWriter().int(1, n));
  const tensorType = new ProtoWriter().int(1, ELEMENT[type]).bytes(2, dims);
  return new ProtoWriter().bytes(1, name).bytes(2, new ProtoWriter().bytes(1, tensorType));
}

type InitializerData = Float32Array | Int32Array | Uint8Array | BigInt64Array;

interface ModelNode {
  readonly type: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attrs: Readonly<Record<string, Attribute>>;
  readonly domain: string;
}

/** Grows an ONNX graph. Every method that adds a value returns its name. */
export class ModelBuilder {
  private readonly nodes: ModelNode[] = [];
  private readonly initializers: ProtoWriter[] = [];
  private readonly inputs: ProtoWriter[] = [];
  private readonly outputs: ProtoWriter[] = [];
  private readonly constants = new Map<string, string>();
  /** Values that a node computes, and the output names given to some of them. */
  private readonly computed = new Set<string>();
  private readonly renamed = new Map<string, string>();
  private counter = 0;
  private readonly openShapes: boolean;

  /**
   * @param openShapes Declares the shape operands of Reshape and Expand as inputs too, which makes them overridable. ONNX
   * Runtime's planner then does not know the shapes behind them, and frees a buffer after its last use instead of holding
   * it for a later tensor of the same size. Default false.
   */
  constructor({ openShapes = false }: { readonly openShapes?: boolean } = {}) {
    this.openShapes = openShapes;
  }

  private fresh(): string {
    return `#${this.counter++}`;
  }

  /** Adds a node with `count` results. An empty input name stands for an absent optional input. */
  nodeWithOutputs(
    type: string,
    inputs: readonly string[],
    count: number,
    attrs: Readonly<Record<string, Attribute>> = {},
    domain = "",
  ): string[] {
    const outputs = Array.from({ length: count }, () => this.fresh());
    for (const name of outputs) this.computed.add(name);
    this.nodes.push({ type, inputs, outputs, attrs, domain });
    return outputs;
  }

  /** Adds a node with one result. */
  node(type: string, inputs: readonly string[], attrs: Readonly<Record<string, Attribute>> = {}, domain = ""): string {
    return this.nodeWithOutputs(type, inputs, 1, attrs, domain)[0]!;
  }

  /** An initialiser; small equal ones are shared. */
  initializer(type: OnnxType, shape: Shape, data: InitializerData): string {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    // By bytes, not by numbers: 0 and -0 print alike.
    const key = data.length <= 16 ? `${type}|${shape}|${bytes}` : undefined;
    const known = key === undefined ? undefined : this.constants.get(key);
    if (known !== undefined) return known;
    const name = this.addInitializer(type, shape, data);
    if (key !== undefined) this.constants.set(key, name);
    return name;
  }

  private addInitializer(type: OnnxType, shape: Shape, data: InitializerData): string {
    const name = this.fresh();
    const tensor = new ProtoWriter();
    for (const n of shape) tensor.int(1, n);
    tensor.int(2, ELEMENT[type]).bytes(8, name);
    this.initializers.push(tensor.bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)));
    return name;
  }

  /** The shape operand of a Reshape or Expand. */
  shape(values: Shape): string {
    if (!this.openShapes) return this.ints(values);
    const key = `open|${values}`;
    const known = this.constants.get(key);
    if (known !== undefined) return known;
    // A name of its own: axes and pads of the same numbers must stay constants.
    const name = this.addInitializer("i64", [values.length], BigInt64Array.from(values, BigInt));
    this.constants.set(key, name);
    this.inputs.push(valueInfo(name, [values.length], "i64"));
    return name;
  }

  /** A vector of int64, as axes and pads are given. */
  ints(values: readonly number[]): string {
    return this.initializer("i64", [values.length], BigInt64Array.from(values, BigInt));
  }

  /** A scalar float. */
  scalar(value: number): string {
    return this.initializer("f32", [], Float32Array.of(value));
  }

  /** Declares a model input. */
  input(name: string, shape: Shape, type: OnnxType): string {
    this.inputs.push(valueInfo(name, shape, type));
    return name;
  }

  /** Declares `value` as the model output `name`. It is written there directly where a node computes it. */
  output(name: string, value: string, shape: Shape, type: OnnxType): void {
    if (this.computed.has(value) && !this.renamed.has(value)) {
      this.renamed.set(value, name);
    } else {
      const copy = this.node("Identity", [value]);
      this.renamed.set(copy, name);
    }
    this.outputs.push(valueInfo(name, shape, type));
  }

  private encodeNode({ type, inputs, outputs, attrs, domain }: ModelNode): ProtoWriter {
    const node = new ProtoWriter();
    for (const x of inputs) node.bytes(1, this.renamed.get(x) ?? x);
    for (const x of outputs) node.bytes(2, this.renamed.get(x) ?? x);
    node.bytes(4, type);
    for (const [name, value] of Object.entries(attrs)) node.bytes(5, attribute(name, value));
    return domain === "" ? node : node.bytes(7, domain);
  }

  /** The finished ModelProto. `producer` names the program that made it. */
  finish(producer = "gantry"): Uint8Array {
    const graph = new ProtoWriter();
    for (const node of this.nodes) graph.bytes(1, this.encodeNode(node));
    graph.bytes(2, "gantry");
    for (const tensor of this.initializers) graph.bytes(5, tensor);
    for (const value of this.inputs) graph.bytes(11, value);
    for (const value of this.outputs) graph.bytes(12, value);
    const model = new ProtoWriter().int(1, 8).bytes(2, producer).bytes(7, graph);
    model.bytes(8, new ProtoWriter().bytes(1, "").int(2, 17));
    for (const domain of new Set(this.nodes.map((node) => node.domain))) {
      if (domain !== "") model.bytes(8, new ProtoWriter().bytes(1, domain).int(2, 1));
    }
    return model.finish();
  }
}
