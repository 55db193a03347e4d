/**
 * @file Graph -> one ONNX model.
 *
 * Two things are decided here rather than in the op table: how inputs are fed, and how slices of one vector are cut.
 * A network's parameters are one packed vector; a large contiguous slice of such an input becomes a model input of its
 * own, fed with a view of the same memory, so that weights are never copied. Memory of a device has no views: there every
 * input is one feed, and its slices are cut inside the model.
 */

import type { Graph } from "../../graph/graph.ts";
import { type NodeOf, type OpName, type Shape, sizeOf, type Tensor } from "../../graph/ops.ts";
import { lowerRules } from "./lower.ts";
import type { LoweringContext, LoweringOptions } from "./lowering-context.ts";
import { ModelBuilder } from "./model.ts";
import { splitFirstAxis } from "./webgpu-faults.ts";

/** One input of the emitted model: a graph input, or a stretch of one. */
export interface ModelFeed {
  /** Name in the model. */
  readonly name: string;
  /** Name of the graph input whose memory is fed. */
  readonly source: string;
  /** Elements skipped at the start of the source, and elements fed. */
  readonly offset: number;
  readonly length: number;
  readonly shape: Shape;
  readonly dtype: Tensor["dtype"];
}

/** A model and how to feed it. */
export interface EmittedModel {
  readonly bytes: Uint8Array;
  readonly feeds: readonly ModelFeed[];
}

/** Slices of an input below this many elements are cut inside the model: a feed costs more than the copy. */
const VIEW_MINIMUM = 16_384;

type AnyLowering = (node: NodeOf<OpName>, context: LoweringContext) => string;

function collect<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

/** The vector slices of each rank-1 tensor. */
function vectorSlices(graph: Graph): Map<Tensor, NodeOf<"slice">[]> {
  const slices = new Map<Tensor, NodeOf<"slice">[]>();
  for (const node of graph.nodes) {
    if (node.op !== "slice" || node.shape.length !== 1) continue;
    collect(slices, node.inputs[0]!, node);
  }
  return slices;
}

/** The pieces between all the cut points of `slices`, or null when two slices overlap. */
function partition(length: number, slices: readonly NodeOf<"slice">[]): { start: number; size: number }[] | null {
  const sorted = [...slices].sort((a, b) => a.attrs.starts[0]! - b.attrs.starts[0]!);
  const pieces: { start: number; size: number }[] = [];
  let at = 0;
  for (const { attrs } of sorted) {
    const [start, size] = [attrs.starts[0]!, attrs.sizes[0]!];
    if (start < at) return null;
    if (start > at) pieces.push({ start: at, size: start - at });
    pieces.push({ start, size });
    at = start + size;
  }
  if (at < length) pieces.push({ start: at, size: length - at });
  return pieces;
}

/** Emits `graph` as one model. */
export function emitModel(graph: Graph, options: LoweringOptions): EmittedModel {
  const model = new ModelBuilder({ openShapes: options.openShapes ?? false });
  const feeds: ModelFeed[] = [];
  const names = new Map<Tensor, string>();
  const slices = vectorSlices(graph);
  const users = new Map<Tensor, Tensor[]>();
  for (const node of graph.nodes) for (const x of node.inputs) collect(users, x, node);
  const outputs = new Set(Object.values(graph.outputs));

  /** Feeds that exist, by name: one stretch may be asked for twice, also in two shapes. */
  const fed = new Map<string, Shape>();
  const feed = (source: NodeOf<"input">, offset: number, shape: Shape): string => {
    const whole = sizeOf(shape) === sizeOf(source.shape);
    const plain = whole && !(source.attrs.name in graph.outputs);
    const stretch = plain ? source.attrs.name : `${source.attrs.name}[${offset}:${offset + sizeOf(shape)}]`;
    const taken = fed.get(stretch);
    const name = taken === undefined || taken.join() === shape.join() ? stretch : `${stretch} as ${shape.join("x")}`;
    if (fed.has(name)) return name;
    fed.set(name, shape);
    feeds.push({ name, source: source.attrs.name, offset, length: sizeOf(shape), shape, dtype: source.dtype });
    return model.input(name, shape, source.dtype);
  };

  /** A slice of an input vector becomes a feed; where its only use is one reshape, that shape is fed directly. */
  const feedView = (node: NodeOf<"slice">): boolean => {
    const source = node.inputs[0]!;
    if (options.views === false) return false;
    if (source.op !== "input" || source.shape.length !== 1 || sizeOf(node.shape) < VIEW_MINIMUM) return false;
    const tensor = node as unknown as Tensor;
    const reshapes = users.get(tensor)?.every((user) => user.op === "reshape") && !outputs.has(tensor);
    const shapes = new Set(users.get(tensor)?.map((user) => user.shape.join()));
    const target = reshapes && shapes.size === 1 ? users.get(tensor)![0]! : tensor;
    const name = feed(source, node.attrs.starts[0]!, target.shape);
    names.set(tensor, name);
    if (target !== tensor) for (const user of users.get(tensor)!) names.set(user, name);
    return true;
  };

  const split = (source: Tensor): void => {
    const wanted = slices.get(source)!.filter((node) => !names.has(node as unknown as Tensor));
    const pieces = partition(source.shape[0]!, wanted);
    if (pieces === null || pieces.length < 2) return;
    const sizes = pieces.map((piece) => piece.size);
    const results = splitFirstAxis({ ...options, model }, names.get(source)!, sizes);
    for (const node of wanted) {
      const at = pieces.findIndex(
        (piece) => piece.start === node.attrs.starts[0] && piece.size === node.attrs.sizes[0],
      );
      names.set(node as unknown as Tensor, results[at]!);
    }
  };

  for (const node of graph.nodes) {
    if (names.has(node)) continue;
    if (node.op === "input") {
      for (const piece of slices.get(node) ?? []) feedView(piece);
      const fedElsewhere = users.get(node)?.every((user) => names.has(user)) && !outputs.has(node);
      if (!fedElsewhere) names.set(node, feed(node, 0, node.shape));
    } else {
      const rule = lowerRules[node.op] as unknown as AnyLowering;
      const operands = node.inputs.map((x) => names.get(x)!);
      names.set(node, rule(node as NodeOf<OpName>, { ...options, model, names: operands }));
    }
    if (slices.has(node) && names.has(node)) split(node);
  }
  for (const [name, x] of Object.entries(graph.outputs)) model.output(name, names.get(x)!, x.shape, x.dtype);
  return { bytes: model.finish(), feeds };
}
