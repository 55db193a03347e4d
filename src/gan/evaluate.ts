/** @file One evaluation of the game: what the discriminator is shown, what it says, and the losses that follow. */

import type { Shape, Tensor } from "../graph/ops.ts";
import { inScope } from "../graph/scope.ts";
import * as t from "../graph/tensor.ts";
import type { Distribution } from "../nn/module.ts";
import { invariant } from "../util/errors.ts";
import { type Game, packSamples, penaltySlots } from "./game.ts";
import type { LossContext } from "./objective.ts";
import type { GameView, PlayerName, Shown } from "./penalty.ts";
import type { StepTrace } from "./trace.ts";

/** What a phase draws. */
export interface Samples {
  readonly real: Tensor;
  readonly fake: Tensor;
  readonly latent: Tensor;
  /** What the generator is asked for, and the reals are. */
  readonly condition: Tensor | undefined;
  /** What the generator showed when it made the fakes. */
  readonly shown: Shown;
}

/** What the discriminator is shown of samples: with instance noise, and packed. */
function showable(trace: StepTrace, game: Game, use: string, x: Tensor): Tensor {
  const { instanceNoise } = game;
  if (instanceNoise === undefined) return packSamples(x, game.packing);
  const noise = trace.random(`${use}/noise`, x.shape, { kind: "normal" });
  return packSamples(t.add(x, t.mul(noise, trace.scheduled("instanceNoise")("sigma", instanceNoise))), game.packing);
}

/** What the discriminator is told of samples: their labels, packed. A code it is not told: it must find it. */
function told({ condition: kind, packing }: Game, condition: Tensor | undefined): Tensor | undefined {
  return condition === undefined || kind?.kind !== "labels" ? undefined : packSamples(condition, packing);
}

/** One evaluation: both sets of logits under the players as they now are. `use` separates its noise from that of others. */
export function evaluate(trace: StepTrace, game: Game, use: string, samples: Samples, keepBuffers: boolean): GameView {
  const { latent, condition } = samples;
  const { discriminator, generator, objective } = game;
  const [real, fake] = (["real", "fake"] as const).map((side) =>
    showable(trace, game, `${use}/${side}`, samples[side]),
  ) as [Tensor, Tensor];
  const labels = told(game, condition);
  const judge = (x: Tensor, part: string, keep: boolean) =>
    trace.apply(discriminator, x, labels, `${use}/${part}`, keep);
  const ofReal = inScope("real", () => judge(real, "real", keepBuffers));
  const ofFake = inScope("fake", () => judge(fake, "fake", keepBuffers));
  const random = (name: string, shape: Shape, distribution: Distribution) =>
    trace.random(`${use}/${name}`, shape, distribution);
  const context: LossContext = {
    random: (name, ...rest) => random(`labels/${name}`, ...rest),
    meanOfFakes: (losses) => t.mean(losses),
    features: (side) => {
      const features = (side === "real" ? ofReal : ofFake).shown.get("features");
      invariant(features !== undefined, "the discriminator shows no features");
      return features;
    },
  };
  return {
    real,
    fake,
    realLogits: ofReal.output,
    fakeLogits: ofFake.output,
    shown: { real: ofReal.shown, fake: ofFake.shown, generator: samples.shown },
    condition,
    loss: (name) =>
      name === "generator"
        ? objective.generator(ofFake.output, ofReal.output, context)
        : objective.discriminator(ofReal.output, ofFake.output, context),
    latent,
    discriminate: (x) => judge(x, "extra", false).output,
    generate: (z) => packSamples(trace.apply(generator, z, condition, `${use}/extra`, false).output, game.packing),
    parameters: (name) => trace.state[name].params,
    random,
  };
}

/**
 * A penalty's weighted term for `player`. What it carries is read from the state as it was before the phase, and written
 * where `record` is set.
 */
export function penaltyTerm(
  trace: StepTrace,
  game: Game,
  key: string,
  view: GameView,
  player: PlayerName,
  record: boolean,
): Tensor {
  const penalty = game.penalties[key]!;
  const specs = Object.entries(penaltySlots(game, key));
  const name = (slot: string) => `penalty/${key}/${slot}`;
  const slots = Object.fromEntries(specs.map(([slot, { shape }]) => [slot, trace.input(name(slot), shape)]));
  const weight = trace.scheduled(`penalty/${key}`)("weight", penalty.weight);
  return inScope(`penalty/${key}`, () => {
    const result = penalty.term(view, slots, player);
    if ("op" in result) return t.mul(result, weight);
    if (record) for (const [slot, value] of Object.entries(result.slots)) trace.outputs[name(slot)] = value;
    return t.mul(result.term, weight);
  });
}

/** How a loss is put together. */
export interface LossOptions {
  /** Names of the penalties that are computed. */
  readonly penalties: readonly string[];
  /** Whether the terms are measured. Default true. */
  readonly measure?: boolean;
  /** Whether what penalties carry moves on. Default true. */
  readonly carry?: boolean;
}

/** A player's loss with its active penalties, each measured. */
export function lossOf(
  trace: StepTrace,
  game: Game,
  player: PlayerName,
  view: GameView,
  { penalties, measure = true, carry = true }: LossOptions,
): Tensor {
  const objective = view.loss(player);
  if (measure) trace.metrics.set(`loss/${player}`, objective);
  let loss = objective;
  for (const key of penalties) {
    const penalty = game.penalties[key]!;
    if (penalty.player !== player && penalty.player !== "both") continue;
    const term = penaltyTerm(trace, game, key, view, player, carry);
    if (measure) trace.metrics.set(`penalty/${key}`, term);
    loss = t.add(loss, penalty.every === 1 ? term : t.mul(term, penalty.every));
  }
  return loss;
}
