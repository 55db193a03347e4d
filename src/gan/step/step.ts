/** @file Tracing a phase: evaluation of the game, gradients, optimiser updates and measurements as one graph. */

import { buildGraph, type Graph } from "../../graph/graph.ts";
import type { Tensor } from "../../graph/ops.ts";
import { inScope } from "../../graph/scope.ts";
import * as t from "../../graph/tensor.ts";
import { pack } from "../../nn/pack.ts";
import { emaUpdate } from "../../optim/ema.ts";
import type { Game } from "../game/game.ts";
import type { Player } from "../game/player.ts";
import { replayFakes } from "../game/replay.ts";
import type { GameView } from "../penalty.ts";
import { moveOrAdd } from "./accumulate.ts";
import { adaptAugments } from "./augmentation.ts";
import { drawSamples } from "./draw.ts";
import { evaluate, type Samples } from "./evaluate.ts";
import { extragradient } from "./extragradient.ts";
import { lossOf } from "./loss.ts";
import type { Phase } from "./phases.ts";
import { type RandomSpec, type ScalarSpec, StepTrace } from "./trace.ts";
import { unrolledLoss } from "./unroll.ts";

export { normalise } from "./draw.ts";

/** A traced phase. Outputs are the new state arrays, under their input names, and `metrics`. */
export interface StepProgram {
  readonly graph: Graph;
  readonly randoms: readonly RandomSpec[];
  /** What each element of the `scalars` input is. */
  readonly scalars: readonly ScalarSpec[];
  /** What each element of the `metrics` output is. */
  readonly metrics: readonly string[];
}

/** What the discriminator learns from: old fakes among the new ones, where there is a replay. */
function forDiscriminator(trace: StepTrace, game: Game, samples: Samples): Samples {
  return game.replay === undefined ? samples : { ...samples, fake: replayFakes(trace, game.replay, samples.fake) };
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
  if (!game.ema || !phase.generator || !phase.moves) return;
  const decay = trace.scalar("ema/decay");
  const average = (name: string, value: Tensor) => {
    trace.outputs[`ema/${name}`] = emaUpdate(t.input(`ema/${name}`, value.shape), value, decay);
  };
  inScope("ema", () => {
    average("generator", trace.state.generator.packed);
    if (generatorBuffers !== undefined) average("generator/buffers", generatorBuffers);
  });
}

/** Evaluates the game and moves the players of `phase`. */
function play(trace: StepTrace, game: Game, phase: Phase, samples: Samples): void {
  const { mode, unroll } = game.updates;
  const seen = phase.discriminator ? forDiscriminator(trace, game, samples) : samples;
  const view = evaluate(trace, game, "step", seen, phase.discriminator);
  measureScores(trace, view, phase);
  if (phase.discriminator) adaptAugments(trace, game, view);
  if (mode === "extragradient") {
    extragradient(trace, game, phase, view, () => drawSamples(trace, game, false));
    return;
  }
  const options = { penalties: phase.penalties, carry: phase.moves };
  const lossOfGenerator = (answer: () => GameView) =>
    unroll === undefined
      ? lossOf(trace, game, "generator", answer(), options)
      : unrolledLoss(trace, game, phase, samples, unroll);
  // The generator is judged by its own fakes, and answers a discriminator that has moved.
  const answer = () => (phase.discriminator ? evaluate(trace, game, "answer", samples, false) : view);
  if (mode === "simultaneous" && phase.discriminator && phase.generator) {
    const losses = {
      discriminator: lossOf(trace, game, "discriminator", view, options),
      generator: lossOfGenerator(() => (seen === samples ? view : answer())),
    };
    moveOrAdd(trace, game, phase, "discriminator", losses.discriminator);
    moveOrAdd(trace, game, phase, "generator", losses.generator);
    return;
  }
  if (phase.discriminator) {
    moveOrAdd(trace, game, phase, "discriminator", lossOf(trace, game, "discriminator", view, options));
  }
  if (phase.generator) moveOrAdd(trace, game, phase, "generator", lossOfGenerator(answer));
}

/**
 * Traces one phase of the game.
 *
 * Inputs: `real` [B, …] (u8 images or f32 points), `labels` [B, K] for a game about classes, `random/latent` [B, latent] and
 * other noise, `scalars`, and the state. The fakes that the discriminator learns from are the ones the generator is then
 * judged by (as in PyTorch's DCGAN example): one pass of the generator serves both. A replay puts old ones in the place of
 * some, for the discriminator alone.
 */
export function traceStep(game: Game, phase: Phase): StepProgram {
  const trace = new StepTrace(game);
  play(trace, game, phase, drawSamples(trace, game, true));
  finish(trace, game, phase);
  const metrics = [...trace.metrics.keys()];
  const values = t.concat(
    [...trace.metrics.values()].map((x) => t.reshape(x, [1])),
    0,
  );
  const graph = trace.feedScalars(buildGraph({ ...trace.outputs, metrics: values }));
  // An evaluation that nothing asked for is not in the graph, and its noise need not be drawn.
  const fed = new Set(graph.inputs.map(({ attrs }) => attrs.name));
  return {
    graph,
    randoms: trace.randoms.filter(({ name }) => fed.has(name)),
    scalars: trace.scalars,
    metrics,
  };
}
