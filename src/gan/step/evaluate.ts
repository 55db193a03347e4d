/** @file One evaluation of the game: what the discriminator is shown, and what it says. */

import type { Shape, Tensor } from "../../graph/ops.ts";
import { inScope } from "../../graph/scope.ts";
import * as t from "../../graph/tensor.ts";
import type { Distribution } from "../../nn/module.ts";
import { ConfigError } from "../../util/errors.ts";
import { type Game, packSamples } from "../game/game.ts";
import type { Pairs } from "../game/reconstructor.ts";
import type { LossContext } from "../objective.ts";
import type { GameView, Shown } from "../penalty.ts";
import { replaceReals, transformSamples } from "./augmentation.ts";
import { meanOfBest } from "./top-k.ts";
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
  /** The latents of both sides, where the discriminator judges pairs. */
  readonly pairs?: Pairs | undefined;
}

/** What the discriminator is shown of samples: augmented, with instance noise, and packed. */
function showable(trace: StepTrace, game: Game, use: string, plain: Tensor): Tensor {
  const { instanceNoise } = game;
  const x = transformSamples(trace, game, use, plain);
  if (instanceNoise === undefined) return packSamples(x, game.packing);
  const noise = trace.random(`${use}/noise`, x.shape, { kind: "normal" });
  return packSamples(t.add(x, t.mul(noise, trace.scheduled("instanceNoise")("sigma", instanceNoise))), game.packing);
}

/**
 * What the discriminator is told of one side's samples, packed: their labels, or their latents where it judges pairs. A code
 * it is not told: it must find it.
 */
export function told(
  { condition: kind, packing }: Game,
  side: "real" | "fake",
  samples: Pick<Samples, "pairs" | "condition">,
): Tensor | undefined {
  const { pairs, condition } = samples;
  if (pairs !== undefined) return packSamples(pairs[side], packing);
  return condition === undefined || kind?.kind !== "labels" ? undefined : packSamples(condition, packing);
}

/** A mean over fakes as the generator counts them. */
function meanForGenerator(trace: StepTrace, { topK }: Game, logits: Tensor): LossContext["meanOfFakes"] {
  return topK === undefined ? (losses) => t.mean(losses) : meanOfBest(logits, trace.scheduled("topK")("share", topK));
}

/** One evaluation: both sets of logits under the players as they now are. `use` separates its noise from that of others. */
export function evaluate(trace: StepTrace, game: Game, use: string, samples: Samples, keepBuffers: boolean): GameView {
  const { latent, condition } = samples;
  const { discriminator, generator, objective, packing = 1 } = game;
  const reals = replaceReals(trace, game, `${use}/real`, samples.real, condition);
  const real = showable(trace, game, `${use}/real`, reals);
  const fake = showable(trace, game, `${use}/fake`, samples.fake);
  const judge = (x: Tensor, side: "real" | "fake", part: string, keep: boolean) =>
    trace.apply(discriminator, x, told(game, side, samples), `${use}/${part}`, keep);
  const ofReal = inScope("real", () => judge(real, "real", "real", keepBuffers));
  const ofFake = inScope("fake", () => judge(fake, "fake", "fake", keepBuffers));
  const random = (name: string, shape: Shape, distribution: Distribution) =>
    trace.random(`${use}/${name}`, shape, distribution);
  const context: LossContext = {
    random: (name, ...rest) => random(`labels/${name}`, ...rest),
    meanOfFakes: meanForGenerator(trace, game, ofFake.output),
    features: (side) => {
      const features = (side === "real" ? ofReal : ofFake).shown.get("features");
      if (features !== undefined) return features;
      throw new ConfigError("the objective compares features, and this discriminator shows none", {
        help: "put showFeatures() before its last layer",
      });
    },
  };
  return {
    real,
    fake,
    plainFake: packSamples(samples.fake, packing),
    packing,
    realLogits: ofReal.output,
    fakeLogits: ofFake.output,
    shown: { real: ofReal.shown, fake: ofFake.shown, generator: samples.shown },
    condition,
    loss: (name) =>
      name === "generator"
        ? objective.generator(ofFake.output, ofReal.output, context)
        : objective.discriminator(ofReal.output, ofFake.output, context),
    latent,
    discriminate: (x) => {
      if (samples.pairs === undefined) return judge(x, "real", "extra", false).output;
      throw new ConfigError("a penalty asks the discriminator about samples whose latents nobody knows", {
        help: "with a reconstructor use penalties on the reals and fakes themselves, such as r1 and r2",
      });
    },
    generate: (z) => packSamples(trace.apply(generator, z, condition, `${use}/extra`, false).output, packing),
    parameters: (name) => trace.state[name].params,
    random,
  };
}
