/** @file Tracing a phase: evaluation of the game, gradients, optimiser updates and measurements as one graph. */

import { grad } from "../autodiff/grad.ts";
import { buildGraph, type Graph } from "../graph/graph.ts";
import type { Shape, Tensor } from "../graph/ops.ts";
import { inScope } from "../graph/scope.ts";
import * as t from "../graph/tensor.ts";
import { applyNetwork, type Distribution } from "../nn/module.ts";
import { pack, unpack } from "../nn/pack.ts";
import { emaUpdate } from "../optim/ema.ts";
import type { Slots } from "../optim/transform.ts";
import { type Game, type Player, packSamples, penaltySlots, type SampleType } from "./game.ts";
import type { GameView, PlayerName } from "./penalty.ts";
import type { Phase } from "./phases.ts";

/** Noise that must be fed: input `name`, drawn from the stream of the same name. */
export interface RandomSpec {
  readonly name: string;
  readonly shape: Shape;
  readonly distribution: Distribution;
}

/** Numbers fed at every step, in the order of the `scalars` input. */
export const STEP_SCALARS = ["lr/generator", "lr/discriminator", "ema/decay", "noise"] as const;

/** A traced phase. Outputs are the new state arrays, under their input names, and `metrics`. */
export interface StepProgram {
  readonly graph: Graph;
  readonly randoms: readonly RandomSpec[];
  /** What each element of the `metrics` output is. */
  readonly metrics: readonly string[];
}

/** uint8 0..255 -> -1..1; points as they are. */
export function normalise(x: Tensor, sample: SampleType): Tensor {
  return sample.kind === "images" ? t.sub(t.mul(t.cast(x, "f32"), 1 / 127.5), 1) : x;
}

/** Euclidean norm of a vector. */
const norm = (x: Tensor): Tensor => t.sqrt(t.sum(t.square(x)));

/** A player's arrays during the trace; they are replaced as it moves. */
interface PlayerState {
  packed: Tensor;
  params: ReadonlyMap<string, Tensor>;
  buffers: ReadonlyMap<string, Tensor>;
  /** What layers compute once for each state of the parameters. */
  computed: Map<string, Tensor>;
}

/** Everything one trace accumulates. */
class StepTrace {
  readonly randoms: RandomSpec[] = [];
  readonly metrics = new Map<string, Tensor>();
  readonly outputs: Record<string, Tensor> = {};
  readonly scalars = t.input("scalars", [STEP_SCALARS.length]);
  readonly state: Record<PlayerName, PlayerState>;
  private readonly noise = new Map<string, Tensor>();

  constructor(game: Game) {
    this.state = { generator: this.load(game.generator), discriminator: this.load(game.discriminator) };
  }

  private load(player: Player): PlayerState {
    const packed = t.input(player.name, [player.parameters.length]);
    const buffers = player.buffers.length > 0 ? t.input(`${player.name}/buffers`, [player.buffers.length]) : undefined;
    return {
      packed,
      params: unpack(packed, player.parameters),
      buffers: buffers === undefined ? new Map() : unpack(buffers, player.buffers),
      computed: new Map(),
    };
  }

  scalar(name: (typeof STEP_SCALARS)[number]): Tensor {
    return t.reshape(t.slice(this.scalars, [STEP_SCALARS.indexOf(name)], [1]), []);
  }

  random(name: string, shape: Shape, distribution: Distribution): Tensor {
    const path = `random/${name}`;
    const known = this.noise.get(path);
    if (known !== undefined) return known;
    const tensor = t.input(path, shape, distribution.kind === "bernoulli" ? "u8" : "f32");
    this.noise.set(path, tensor);
    this.randoms.push({ name: path, shape, distribution });
    return tensor;
  }

  /** Applies a player's network in training mode; `use` separates the noise of different applications. */
  apply(player: Player, x: Tensor, use: string, keepBuffers: boolean): Tensor {
    const state = this.state[player.name];
    const { output, buffers } = applyNetwork(player.name, player.layer, x, {
      training: true,
      params: state.params,
      buffers: state.buffers,
      computed: state.computed,
      random: (name, shape, distribution) => this.random(`${use}/${player.name}/${name}`, shape, distribution),
    });
    if (keepBuffers) state.buffers = buffers;
    return output;
  }
}

/** What a phase draws. */
interface Samples {
  readonly real: Tensor;
  readonly fake: Tensor;
  readonly latent: Tensor;
}

/** What the discriminator is shown of samples: with instance noise, and packed. */
function showable(trace: StepTrace, game: Game, use: string, x: Tensor): Tensor {
  const noise = () => t.mul(trace.random(`${use}/noise`, x.shape, { kind: "normal" }), trace.scalar("noise"));
  return packSamples(game.instanceNoise ? t.add(x, noise()) : x, game.packing);
}

/** One evaluation: both sets of logits under the discriminator as it now is. */
function evaluate(trace: StepTrace, game: Game, use: string, samples: Samples, keep: boolean): GameView {
  const { latent } = samples;
  const { discriminator } = game;
  const [real, fake] = (["real", "fake"] as const).map((side) =>
    showable(trace, game, `${use}/${side}`, samples[side]),
  ) as [Tensor, Tensor];
  const realLogits = inScope("real", () => trace.apply(discriminator, real, `${use}/real`, keep));
  const fakeLogits = inScope("fake", () => trace.apply(discriminator, fake, `${use}/fake`, keep));
  const random = (name: string, shape: Shape, distribution: Distribution) =>
    trace.random(`${use}/${name}`, shape, distribution);
  return {
    real,
    fake,
    realLogits,
    fakeLogits,
    loss: (name) => {
      const context = { random: (path: string, ...rest: [Shape, Distribution]) => random(`labels/${path}`, ...rest) };
      return name === "generator"
        ? game.objective.generator(fakeLogits, realLogits, context)
        : game.objective.discriminator(realLogits, fakeLogits, context);
    },
    latent,
    discriminate: (x) => trace.apply(discriminator, x, `${use}/extra`, false),
    generate: (z) => packSamples(trace.apply(game.generator, z, `${use}/extra`, false), game.packing),
    parameters: (name) => trace.state[name].params,
    random,
  };
}

/** A penalty's term; what it carries is read from and written to the state. */
function penaltyTerm(trace: StepTrace, game: Game, key: string, view: GameView): Tensor {
  const penalty = game.penalties[key]!;
  const specs = Object.entries(penaltySlots(game, key));
  const slots = Object.fromEntries(specs.map(([slot, { shape }]) => [slot, t.input(`penalty/${key}/${slot}`, shape)]));
  const result = penalty.term(view, slots);
  if ("op" in result) return result;
  for (const [slot, value] of Object.entries(result.slots)) trace.outputs[`penalty/${key}/${slot}`] = value;
  return result.term;
}

/** A player's loss with its active penalties, each measured. */
function lossOf(trace: StepTrace, game: Game, name: PlayerName, view: GameView, active: readonly string[]): Tensor {
  const objective = view.loss(name);
  trace.metrics.set(`loss/${name}`, objective);
  let loss = objective;
  for (const key of active) {
    const penalty = game.penalties[key]!;
    if (penalty.player !== name && penalty.player !== "both") continue;
    const term = inScope(`penalty/${key}`, () => penaltyTerm(trace, game, key, view));
    trace.metrics.set(`penalty/${key}`, term);
    loss = t.add(loss, penalty.every === 1 ? term : t.mul(term, penalty.every));
  }
  return loss;
}

/** Moves `player` against the gradient of `loss`, and measures the move. */
function move(trace: StepTrace, player: Player, loss: Tensor): void {
  const state = trace.state[player.name];
  const gradient = pack(grad(loss, [...state.params.values()]));
  inScope(`optim/${player.name}`, () => {
    const slotName = (slot: string) => `optim/${player.name}/${slot}`;
    const slots = Object.fromEntries(
      Object.entries(player.slots).map(([slot, { shape }]) => [slot, t.input(slotName(slot), shape)]),
    );
    const result = player.optimizer.update(gradient, slots, state.packed);
    for (const [slot, value] of Object.entries(result.slots)) trace.outputs[slotName(slot)] = value;
    const delta = t.mul(result.update, trace.scalar(`lr/${player.name}`));
    const moved = settle(trace, player, t.sub(state.packed, delta), slots, slotName);
    const size = norm(state.packed);
    trace.metrics.set(`gradient/${player.name}`, norm(gradient));
    trace.metrics.set(`weight/${player.name}`, size);
    trace.metrics.set(`update/${player.name}`, t.div(norm(delta), size));
    trace.outputs[player.name] = moved;
    // The other player answers the moved weights as they are: it does not differentiate through this move.
    state.packed = t.stopGradient(moved);
    state.params = unpack(state.packed, player.parameters);
    state.computed = new Map();
  });
}

/** What the optimiser does with the parameters after the move, such as clipping them. */
function settle(
  trace: StepTrace,
  player: Player,
  moved: Tensor,
  slots: Slots<Tensor>,
  slotName: (slot: string) => string,
): Tensor {
  const result = player.optimizer.settle?.(moved, trace.state[player.name].packed, slots);
  if (result === undefined) return moved;
  for (const [slot, value] of Object.entries(result.slots)) trace.outputs[slotName(slot)] = value;
  return result.parameters;
}

/** Mean and spread of the logits, and how often the discriminator is right; of reals only where they are looked at. */
function measureScores(trace: StepTrace, view: GameView, phase: Phase): void {
  for (const side of phase.discriminator ? (["real", "fake"] as const) : (["fake"] as const)) {
    const logits = view[`${side}Logits`];
    const mean = t.mean(logits);
    const right = t.cast(side === "real" ? t.greater(logits, 0) : t.greater(0, logits), "f32");
    trace.metrics.set(`score/${side}`, mean);
    trace.metrics.set(`spread/${side}`, t.sqrt(t.mean(t.square(t.sub(logits, mean)))));
    trace.metrics.set(`accuracy/${side}`, t.mean(right));
  }
}

/** New buffers, and the moving average of the generator when it has moved. */
function finish(trace: StepTrace, game: Game, phase: Phase): void {
  const newBuffers = (player: Player): Tensor | undefined =>
    player.buffers.length === 0
      ? undefined
      : pack(player.buffers.entries.map(({ name }) => trace.state[player.name].buffers.get(name)!));
  const generatorBuffers = newBuffers(game.generator);
  if (generatorBuffers !== undefined) trace.outputs["generator/buffers"] = generatorBuffers;
  const discriminatorBuffers = newBuffers(game.discriminator);
  if (discriminatorBuffers !== undefined && phase.discriminator) {
    trace.outputs["discriminator/buffers"] = discriminatorBuffers;
  }
  if (!game.ema || !phase.generator) return;
  const decay = trace.scalar("ema/decay");
  const average = (name: string, value: Tensor) => {
    trace.outputs[`ema/${name}`] = emaUpdate(t.input(`ema/${name}`, value.shape), value, decay);
  };
  inScope("ema", () => {
    average("generator", trace.state.generator.packed);
    if (generatorBuffers !== undefined) average("generator/buffers", generatorBuffers);
  });
}

/**
 * Traces one phase of the game.
 *
 * Inputs: `real` [B, …] (u8 images or f32 points), `random/latent` [B, latent] and other noise, `scalars`, and the state.
 * The fakes that the discriminator learns from are the ones the generator is then judged by (as in PyTorch's DCGAN
 * example): one pass of the generator serves both.
 */
export function traceStep(game: Game, phase: Phase): StepProgram {
  const trace = new StepTrace(game);
  const { sample, batch } = game;
  const raw = t.input("real", [batch, ...sample.shape], sample.kind === "images" ? "u8" : "f32");
  const real = normalise(raw, sample);
  const latent = trace.random("latent", [batch, game.latent], { kind: "normal" });
  const samples = { real, latent, fake: trace.apply(game.generator, latent, "step", true) };

  const view = evaluate(trace, game, "step", samples, phase.discriminator);
  measureScores(trace, view, phase);
  if (game.updates.mode === "simultaneous" && phase.discriminator && phase.generator) {
    const losses = {
      discriminator: lossOf(trace, game, "discriminator", view, phase.penalties),
      generator: lossOf(trace, game, "generator", view, phase.penalties),
    };
    move(trace, game.discriminator, losses.discriminator);
    move(trace, game.generator, losses.generator);
  } else {
    if (phase.discriminator) {
      move(trace, game.discriminator, lossOf(trace, game, "discriminator", view, phase.penalties));
    }
    if (phase.generator) {
      const answer = phase.discriminator ? evaluate(trace, game, "answer", samples, false) : view;
      move(trace, game.generator, lossOf(trace, game, "generator", answer, phase.penalties));
    }
  }
  finish(trace, game, phase);

  const metrics = [...trace.metrics.keys()];
  const values = t.concat(
    [...trace.metrics.values()].map((x) => t.reshape(x, [1])),
    0,
  );
  const graph = buildGraph({ ...trace.outputs, metrics: values });
  // An evaluation that nothing asked for is not in the graph, and its noise need not be drawn.
  const fed = new Set(graph.inputs.map(({ attrs }) => attrs.name));
  return { graph, randoms: trace.randoms.filter(({ name }) => fed.has(name)), metrics };
}
