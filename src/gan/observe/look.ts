/**
 * @file Tracing a look at the players: samples, logits, features and slopes of one batch. Nothing moves, and nothing is
 * kept.
 *
 * The discriminator is shown samples as they are: without augmentation, noise or old fakes. Networks are in training
 * mode.
 */

import { grad } from "../../autodiff/grad.ts";
import { buildGraph, topological } from "../../graph/graph.ts";
import { sizeOf, type Tensor } from "../../graph/ops.ts";
import { inScope } from "../../graph/scope.ts";
import * as t from "../../graph/tensor.ts";
import { applyNetwork } from "../../nn/module.ts";
import { unpack } from "../../nn/pack.ts";
import { conditionSize, type Game, packSamples } from "../game/game.ts";
import { latentPairs } from "../game/reconstructor.ts";
import type { GameView, PlayerName, Shown } from "../penalty.ts";
import { drawSamples, normalise } from "../step/draw.ts";
import { evaluate, type Samples, told } from "../step/evaluate.ts";
import type { StepProgram } from "../step/step.ts";
import { StepTrace } from "../step/trace.ts";

/** Features have at most so many columns. */
export const FEATURE_COLUMNS = 256;

/** What to look at. */
export interface LookOptions {
  /** Whether reals that are not learned from are fed as `heldOut` (and `heldOutLabels`, for a game about classes). */
  readonly heldOut: boolean;
  /** What costs as much again, and needs fewer samples. Default: not looked at. */
  readonly details?: LookDetails;
}

/** What is looked at in some batches only: fakes again from moved latents, slopes of the logits at the samples, and gradients of both players' objectives by array. */
export interface LookDetails {
  /** Standard deviation of what is added to the latents for `samples/nudged`. */
  readonly nudge: number;
}

/** The game as a look plays it: the discriminator is shown samples as they are, and every fake counts. */
const plainGame = (game: Game): Game => ({
  ...game,
  augments: {},
  instanceNoise: undefined,
  replay: undefined,
  topK: undefined,
});

/** [B, …] -> [B, n]. */
const flat = (x: Tensor, rows = x.shape[0]!): Tensor => t.reshape(x, [rows, sizeOf(x.shape) / rows]);

/**
 * What a discriminator shows as its features, or its logits where it shows none, f32[N, columns]: averaged over space,
 * and of more than {@link FEATURE_COLUMNS} evenly spaced ones.
 */
function features(shown: Shown, logits: Tensor): Tensor {
  const whole = shown.get("features") ?? logits;
  const space = whole.shape.map((_, axis) => axis).slice(2);
  const rows = flat(space.length === 0 ? whole : t.mean(whole, space));
  const [n, columns] = rows.shape as [number, number];
  if (columns <= FEATURE_COLUMNS) return rows;
  const stride = Math.floor(columns / FEATURE_COLUMNS);
  const kept = t.slice(rows, [0, 0], [n, FEATURE_COLUMNS * stride]);
  return t.reshape(t.slice(t.reshape(kept, [n, FEATURE_COLUMNS, stride]), [0, 0, 0], [n, FEATURE_COLUMNS, 1]), [
    n,
    FEATURE_COLUMNS,
  ]);
}

/** Euclidean norms of the slope of the logits at each sample, f32[B]. `x` is packed. */
function slopes(logits: Tensor, x: Tensor, batch: number): Tensor {
  const [slope] = grad(t.sum(logits), [x]) as [Tensor];
  return t.sqrt(t.sum(t.square(flat(slope, batch)), [1]));
}

/**
 * Mean size of the derivative of the generator's loss by a fake's logit, times their number, f32[1]; undefined where
 * the loss does not look at the logits.
 */
function generatorSignal({ loss, fakeLogits }: GameView): Tensor | undefined {
  const value = loss("generator");
  if (!topological([value]).includes(fakeLogits)) return undefined;
  const [slope] = grad(value, [fakeLogits]) as [Tensor];
  return t.reshape(t.sum(t.abs(slope)), [1]);
}

/** Reals that are not learned from, judged as reals. */
function judgeHeldOut(trace: StepTrace, game: Game, latent: Tensor) {
  const { sample, batch, condition: asked, discriminator, generator, reconstructor } = game;
  const raw = trace.input("heldOut", [batch, ...sample.shape], sample.kind === "images" ? "u8" : "f32");
  const real = normalise(raw, sample);
  const condition = asked?.kind === "labels" ? trace.input("heldOutLabels", [batch, conditionSize(asked)]) : undefined;
  const pairs = reconstructor && latentPairs(trace, generator, reconstructor, real, latent);
  const x = packSamples(real, game.packing);
  const { output, shown } = trace.apply(discriminator, x, told(game, "real", { pairs, condition }), "held-out", false);
  return { real, logits: output, shown };
}

/** Fakes of the moving average from the same latents, in sampling mode, as it will be used. */
function averageFakes(trace: StepTrace, { generator }: Game, { latent, condition }: Samples): Tensor {
  const { layer, parameters, buffers } = generator;
  const packed = (name: string, length: number) => trace.input(`ema/${name}`, [length]);
  const { output } = applyNetwork("generator", layer, latent, {
    training: false,
    condition,
    params: unpack(packed("generator", parameters.length), parameters),
    buffers: buffers.length === 0 ? new Map() : unpack(packed("generator/buffers", buffers.length), buffers),
    random: (name, shape, distribution) => trace.random(`average/${name}`, shape, distribution),
  });
  return output;
}

/** Sizes of the gradients of a player's objective, one for each of its arrays, f32[arrays]. */
function layerGradients(trace: StepTrace, view: GameView, player: PlayerName): Tensor {
  const gradients = grad(view.loss(player), [...trace.state[player].params.values()]);
  return t.concat(
    gradients.map((x) => t.reshape(t.sqrt(t.sum(t.square(x))), [1])),
    0,
  );
}

/** The outputs of {@link LookDetails}. */
function lookCloser(trace: StepTrace, game: Game, view: GameView, { nudge }: LookDetails): Record<string, Tensor> {
  const { batch, generator } = game;
  const { latent, condition } = view;
  const moved = t.add(latent, t.mul(trace.random("nudge", latent.shape, { kind: "normal" }), nudge));
  return {
    // Under the noise of the fakes themselves: only the latents differ.
    "samples/nudged": flat(trace.apply(generator, moved, condition, "step", false).output),
    "slopes/real": slopes(view.realLogits, view.real, batch),
    "slopes/fake": slopes(view.fakeLogits, view.fake, batch),
    "gradients/generator": layerGradients(trace, view, "generator"),
    "gradients/discriminator": layerGradients(trace, view, "discriminator"),
  };
}

/**
 * Traces a look at one batch. The inputs are those of a step, without the optimisers' arrays: `real`, `labels`, noise,
 * both players, their buffers, `ema/…` where an average is kept; and those of {@link LookOptions}.
 *
 * Outputs, f32, of B samples of n numbers in N = B / packing packs: `samples/real`, `samples/fake`, `samples/held-out`
 * and `samples/average`, [B, n]; `logits/…` [N, 1] and `features/…` [N, at most {@link FEATURE_COLUMNS}] of `real`,
 * `fake` and `held-out`; `signal` [1], unless the generator's loss does not look at logits. With details also
 * `samples/nudged` [B, n], `slopes/real` and `slopes/fake` [B], and `gradients/generator` and `gradients/discriminator`,
 * one number for each of a player's arrays.
 */
export function traceLook(whole: Game, { heldOut, details }: LookOptions): Omit<StepProgram, "metrics"> {
  const game = plainGame(whole);
  const trace = new StepTrace(game);
  const samples = drawSamples(trace, game, false);
  const view = evaluate(trace, game, "look", samples, false);
  const outputs: Record<string, Tensor> = {
    "samples/real": flat(samples.real),
    "samples/fake": flat(samples.fake),
    "logits/real": view.realLogits,
    "logits/fake": view.fakeLogits,
    "features/real": features(view.shown.real, view.realLogits),
    "features/fake": features(view.shown.fake, view.fakeLogits),
  };
  const signal = generatorSignal(view);
  if (signal !== undefined) outputs.signal = signal;
  if (game.ema) outputs["samples/average"] = flat(inScope("average", () => averageFakes(trace, game, samples)));
  if (heldOut) {
    const { real, logits, shown } = inScope("heldOut", () => judgeHeldOut(trace, game, samples.latent));
    Object.assign(outputs, {
      "samples/held-out": flat(real),
      "logits/held-out": logits,
      "features/held-out": features(shown, logits),
    });
  }
  if (details !== undefined) Object.assign(outputs, lookCloser(trace, game, view, details));
  const graph = trace.feedScalars(buildGraph(outputs));
  const fed = new Set(graph.inputs.map(({ attrs }) => attrs.name));
  return { graph, randoms: trace.randoms.filter(({ name }) => fed.has(name)), scalars: trace.scalars };
}
