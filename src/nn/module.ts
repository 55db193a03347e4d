/**
 * @file What a layer is: a function from tensor to tensor that asks its context for parameters, buffers and noise.
 *
 * The same function declares a network (collecting what it asks for) and applies it (looking up tensors), so a layer is
 * written once and has no state.
 */

import { topological } from "../graph/graph.ts";
import { type Shape, sizeOf, type Tensor } from "../graph/ops.ts";
import { inScope } from "../graph/scope.ts";
import { input } from "../graph/tensor.ts";
import { ConfigError, invariant } from "../util/errors.ts";
import type { Initializer } from "./init.ts";

/** How noise is drawn. Bernoulli noise is 1 with probability `p`, else 0, and has type u8. */
export type Distribution =
  | { readonly kind: "normal" }
  | { readonly kind: "uniform" }
  | { readonly kind: "bernoulli"; readonly p: number };

/** A learned array. */
export interface ParamSpec {
  /** Path within the network, such as `conv1/weight`. */
  readonly name: string;
  readonly shape: Shape;
  readonly init: Initializer;
}

/** An array that is not learned but carried along, such as a running average. */
export interface BufferSpec {
  readonly name: string;
  readonly shape: Shape;
  /** Every element's first value, or what draws them. */
  readonly initial: number | Initializer;
}

/** What a layer may ask for. All names are relative to the layer's place in the network. */
export interface Context {
  /** True while training: batch statistics, dropout. False while sampling. */
  readonly training: boolean;
  /** What the network is asked for, f32[N, K], such as one-hot labels; undefined where nothing is asked. */
  readonly condition: Tensor | undefined;
  /** A learned array. */
  param(name: string, shape: Shape, init: Initializer): Tensor;
  /** A carried array, as it was before this application. */
  buffer(name: string, shape: Shape, initial: number | Initializer): Tensor;
  /** Sets what a carried array is afterwards. Ignored unless training. */
  update(name: string, value: Tensor): void;
  /**
   * Computes something once for each state of the parameters, however often the network is applied under it. What `compute`
   * updates is updated once too.
   */
  once(name: string, compute: () => Tensor): Tensor;
  /** Noise of its own stream, new at every run. */
  random(name: string, shape: Shape, distribution: Distribution): Tensor;
  /** Shows a value inside the network, such as `features`, to whoever applies it. The name is one for the whole network. */
  show(name: string, value: Tensor): void;
  /** The context of a layer inside this one. */
  child(name: string): Context;
}

/** A layer, or a whole network: they are the same thing. */
export interface Layer {
  /** What it is called in parameter names and errors, such as `conv`. */
  readonly kind: string;
  readonly apply: (x: Tensor, context: Context) => Tensor;
}

/** Runs `layer` as the part called `name` of the current one. */
export function applyLayer(layer: Layer, name: string, x: Tensor, context: Context): Tensor {
  return inScope(name, () => layer.apply(x, context.child(name)));
}

/** Layers one after another. Parts are called by kind and number: `conv1`, `batchNorm1`, `conv2`, … */
export function sequential(...layers: readonly Layer[]): Layer {
  const counts = new Map<string, number>();
  const named = layers.map((layer) => {
    const count = (counts.get(layer.kind) ?? 0) + 1;
    counts.set(layer.kind, count);
    return { name: `${layer.kind}${count}`, layer };
  });
  return {
    kind: "sequential",
    apply: (x, context) => named.reduce((value, part) => applyLayer(part.layer, part.name, value, context), x),
  };
}

/** What a network needs, found by tracing it once. */
export interface NetworkSpec {
  readonly params: readonly ParamSpec[];
  readonly buffers: readonly BufferSpec[];
  /** Shape of the result, batch axis included. */
  readonly output: Shape;
  /** Shapes of what the network shows of its inside, by name. */
  readonly shown: ReadonlyMap<string, Shape>;
  /** Whether the result depends on what the network is asked for. */
  readonly conditioned: boolean;
}

/**
 * Traces `layer` on an input of `inputShape` (batch axis included) and lists its parameters and buffers.
 *
 * @param conditionShape Shape of {@link Context.condition}, for a network that is asked for something.
 */
export function declareNetwork(name: string, layer: Layer, inputShape: Shape, conditionShape?: Shape): NetworkSpec {
  const condition = conditionShape && input("condition", conditionShape);
  const params = new Map<string, ParamSpec>();
  const buffers = new Map<string, BufferSpec>();
  const shown = new Map<string, Shape>();
  const context = (prefix: string): Context => ({
    training: true,
    condition,
    param(local, shape, init) {
      const path = prefix + local;
      if (params.has(path)) throw new ConfigError(`two parameters of the ${name} are called "${path}"`);
      params.set(path, { name: path, shape, init });
      return input(path, shape);
    },
    buffer(local, shape, initial) {
      buffers.set(prefix + local, { name: prefix + local, shape, initial });
      return input(prefix + local, shape);
    },
    update() {},
    once: (_, compute) => compute(),
    random: (local, shape, distribution) =>
      input(prefix + local, shape, distribution.kind === "bernoulli" ? "u8" : "f32"),
    show: (what, value) => {
      shown.set(what, value.shape);
    },
    child: (part) => context(`${prefix}${part}/`),
  });
  const output = inScope(name, () => layer.apply(input("x", inputShape), context("")));
  return {
    params: [...params.values()],
    buffers: [...buffers.values()],
    output: output.shape,
    shown,
    conditioned: condition !== undefined && topological([output]).includes(condition),
  };
}

/** Tensors to apply a network with. */
export interface Bindings {
  readonly training: boolean;
  /** See {@link Context.condition}. */
  readonly condition?: Tensor | undefined;
  readonly params: ReadonlyMap<string, Tensor>;
  readonly buffers: ReadonlyMap<string, Tensor>;
  /** What {@link Context.once} has computed, by path; shared between applications under the same parameters. */
  readonly computed?: Map<string, Tensor>;
  /** Draws noise; the name is the path within the network. */
  readonly random: (name: string, shape: Shape, distribution: Distribution) => Tensor;
}

/** A network's result, its buffers afterwards, and what it shows of its inside. */
export interface Applied {
  readonly output: Tensor;
  readonly buffers: ReadonlyMap<string, Tensor>;
  readonly shown: ReadonlyMap<string, Tensor>;
}

/** Traces `layer` on `x` with the given tensors. */
export function applyNetwork(name: string, layer: Layer, x: Tensor, bindings: Bindings): Applied {
  const buffers = new Map(bindings.buffers);
  const shown = new Map<string, Tensor>();
  const find = (map: ReadonlyMap<string, Tensor>, path: string, shape: Shape): Tensor => {
    const tensor = map.get(path);
    invariant(tensor !== undefined, `${name} has no array "${path}"`);
    invariant(sizeOf(tensor.shape) === sizeOf(shape), `${name} "${path}" has shape [${tensor.shape}], not [${shape}]`);
    return tensor;
  };
  const context = (prefix: string): Context => ({
    training: bindings.training,
    condition: bindings.condition,
    param: (local, shape) => find(bindings.params, prefix + local, shape),
    buffer: (local, shape) => find(bindings.buffers, prefix + local, shape),
    update: (local, value) => {
      if (bindings.training) buffers.set(prefix + local, value);
    },
    once: (local, compute) => {
      const known = bindings.computed?.get(prefix + local);
      if (known !== undefined) return known;
      const value = compute();
      bindings.computed?.set(prefix + local, value);
      return value;
    },
    random: (local, shape, distribution) => bindings.random(prefix + local, shape, distribution),
    show: (what, value) => {
      shown.set(what, value);
    },
    child: (part) => context(`${prefix}${part}/`),
  });
  return { output: inScope(name, () => layer.apply(x, context(""))), buffers, shown };
}
