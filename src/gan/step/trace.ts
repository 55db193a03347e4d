/** @file What one trace of a step accumulates: the players' arrays as they move, noise and numbers to be fed, measurements. */

import { type Graph, rewriteGraph } from "../../graph/graph.ts";
import type { DType, Shape, Tensor } from "../../graph/ops.ts";
import * as t from "../../graph/tensor.ts";
import { type Applied, applyNetwork, type Distribution } from "../../nn/module.ts";
import { unpack } from "../../nn/pack.ts";
import type { AskScheduled, Ramp } from "../../optim/schedule.ts";
import type { Player } from "../game/player.ts";
import type { PlayerName } from "../penalty.ts";

/** Noise that must be fed: input `name`, drawn from the stream of the same name. */
export interface RandomSpec {
  readonly name: string;
  readonly shape: Shape;
  readonly distribution: Distribution;
}

/** A number that must be fed: one element of the input `scalars`. */
export interface ScalarSpec {
  readonly name: string;
  /** How it moves during training; without one it is for the trainer to say (learning rates, the decay of the average). */
  readonly ramp?: Ramp;
}

/** A player's arrays during the trace; they are replaced as it moves. */
export interface PlayerState {
  readonly packed: Tensor;
  readonly params: ReadonlyMap<string, Tensor>;
  readonly buffers: ReadonlyMap<string, Tensor>;
  /** What layers compute once for each state of the parameters. */
  readonly computed: Map<string, Tensor>;
}

/** A player's state with other parameters. */
export function withParameters(player: Player, state: PlayerState, packed: Tensor): PlayerState {
  return { packed, params: unpack(packed, player.parameters), buffers: state.buffers, computed: new Map() };
}

function loadPlayer(player: Player): PlayerState {
  const packed = t.input(player.name, [player.parameters.length]);
  const buffers = player.buffers.length > 0 ? t.input(`${player.name}/buffers`, [player.buffers.length]) : undefined;
  return {
    packed,
    params: unpack(packed, player.parameters),
    buffers: buffers === undefined ? new Map() : unpack(buffers, player.buffers),
    computed: new Map(),
  };
}

/** Prefix of the placeholders that {@link StepTrace.feedScalars} replaces. */
const SCALAR = "scalar/";

/** Everything one trace accumulates. */
export class StepTrace {
  readonly randoms: RandomSpec[] = [];
  readonly scalars: ScalarSpec[] = [];
  readonly metrics = new Map<string, Tensor>();
  readonly outputs: Record<string, Tensor> = {};
  readonly state: Record<PlayerName, PlayerState>;
  private readonly fed = new Map<string, Tensor>();

  constructor({ generator, discriminator }: Readonly<Record<PlayerName, Player>>) {
    this.state = { generator: loadPlayer(generator), discriminator: loadPlayer(discriminator) };
  }

  private once(name: string, make: () => Tensor): Tensor {
    const known = this.fed.get(name);
    if (known !== undefined) return known;
    const tensor = make();
    this.fed.set(name, tensor);
    return tensor;
  }

  /** The fed number called `name`. */
  scalar(name: string, ramp?: Ramp): Tensor {
    return this.once(SCALAR + name, () => {
      this.scalars.push({ name, ...(ramp && { ramp }) });
      return t.input(SCALAR + name, []);
    });
  }

  /** Scheduled numbers below `prefix`: constants as they are, ramps as fed numbers. */
  scheduled(prefix: string): AskScheduled {
    return (name, value) => (typeof value === "number" ? value : this.scalar(`${prefix}/${name}`, value));
  }

  /** The fed array called `name`: part of the batch, or a carried array as it was before the phase. */
  input(name: string, shape: Shape, dtype: DType = "f32"): Tensor {
    return this.once(name, () => t.input(name, shape, dtype));
  }

  random(name: string, shape: Shape, distribution: Distribution): Tensor {
    const path = `random/${name}`;
    return this.once(path, () => {
      this.randoms.push({ name: path, shape, distribution });
      return t.input(path, shape, distribution.kind === "bernoulli" ? "u8" : "f32");
    });
  }

  /** Applies a player's network in training mode; `use` separates the noise of different applications. */
  apply(player: Player, x: Tensor, condition: Tensor | undefined, use: string, keepBuffers: boolean): Applied {
    const state = this.state[player.name];
    const applied = applyNetwork(player.name, player.layer, x, {
      training: true,
      condition,
      params: state.params,
      buffers: state.buffers,
      computed: state.computed,
      random: (name, shape, distribution) => this.random(`${use}/${player.name}/${name}`, shape, distribution),
    });
    if (keepBuffers) this.state[player.name] = { ...state, buffers: applied.buffers };
    return applied;
  }

  /** `graph` with its placeholders for numbers replaced by elements of one input, `scalars`. */
  feedScalars(graph: Graph): Graph {
    const vector = t.input("scalars", [this.scalars.length]);
    const place = new Map(this.scalars.map(({ name }, i) => [SCALAR + name, i]));
    return rewriteGraph(graph, (node) => {
      const i = node.op === "input" ? place.get(node.attrs.name) : undefined;
      return i === undefined ? node : t.reshape(t.slice(vector, [i], [1]), []);
    });
  }
}
