/**
 * @file VEEGAN's reconstructor: a third network F that finds the latent of a sample. It belongs to the generator's player,
 * learns only from ‖z − F(G(z))‖², and lets the discriminator judge pairs of a sample and its latent.
 */

import type { Shape, Tensor } from "../../graph/ops.ts";
import * as t from "../../graph/tensor.ts";
import { applyLayer, type Layer } from "../../nn/module.ts";
import type { Scheduled } from "../../optim/schedule.ts";
import { invariant } from "../../util/errors.ts";
import type { Penalty } from "../penalty.ts";
import type { StepTrace } from "../step/trace.ts";
import type { GameOptions, Reconstructor } from "./game.ts";
import type { Player } from "./player.ts";

/** What the discriminator is told of both sides, [B, latent] each. */
export interface Pairs {
  readonly real: Tensor;
  readonly fake: Tensor;
}

/** Name of the part in the generator's parameters, as in `generator/reconstructor/dense1/weight`. */
const PART = "reconstructor";

/** The generator with the reconstructor beside it, which is shown what was made. Sampling leaves it out of its graph. */
const reconstructing = (generator: Layer, encoder: Layer): Layer => ({
  kind: generator.kind,
  apply(z, context) {
    const fake = generator.apply(z, context);
    context.show("reconstruction", applyLayer(encoder, PART, fake, context));
    return fake;
  },
});

/** The reconstructor alone, with the parameters that it has in the generator. */
const alone = (encoder: Layer): Layer => ({
  kind: encoder.kind,
  apply: (x, context) => applyLayer(encoder, PART, x, context),
});

/** x [N, C, …] and what is told, [N, K] -> [N, C + K, …]: more coordinates for points, constant planes for images. */
function beside(x: Tensor, told: Tensor): Tensor {
  const [n, channels] = told.shape as [number, number];
  const pixels = x.shape.slice(2);
  const planes = t.reshape(told, [n, channels, ...pixels.map(() => 1)]);
  return t.concat([x, t.broadcastTo(planes, [n, channels, ...pixels])], 1);
}

/** The discriminator of pairs: it sees what it is told beside the sample. */
const judgingPairs = (discriminator: Layer): Layer => ({
  kind: discriminator.kind,
  apply(x, context) {
    invariant(context.condition !== undefined, "a discriminator of pairs is told no latent");
    return discriminator.apply(beside(x, context.condition), context);
  },
});

/**
 * ‖z − F(G(z))‖², summed over the latent and averaged over the batch. The paper's d is any distance of latents and this its
 * choice; its code takes the normal log-likelihood, which has a half more.
 */
const reconstruction = (weight: Scheduled): Penalty => ({
  player: "generator",
  every: 1,
  weight,
  term: ({ latent, shown }) => {
    const found = shown.generator.get("reconstruction");
    invariant(found !== undefined, "the generator shows no reconstruction");
    return t.mean(t.sum(t.square(t.sub(latent, found)), [1]));
  },
});

/**
 * The game with a reconstructor: fakes are judged as (G(z), z), reals as (x, F(x)).
 *
 * As in the paper's algorithm, F learns from the reconstruction alone: what the discriminator says of (x, F(x)) is not
 * differentiated through F, under no objective. The generator learns from both. The term is measured as
 * `penalty/reconstruction`. Srivastava, Valkov, Russell, Gutmann and Sutton, "VEEGAN: Reducing Mode Collapse in GANs using
 * Implicit Variational Learning" (2017), algorithm 1.
 */
export function withReconstructor(options: GameOptions, reconstructor: Reconstructor): GameOptions {
  const { generator, discriminator, penalties } = options;
  return {
    ...options,
    generator: { ...generator, layer: reconstructing(generator.layer, reconstructor.encoder) },
    discriminator: { ...discriminator, layer: judgingPairs(discriminator.layer) },
    penalties: { ...penalties, reconstruction: reconstruction(reconstructor.weight) },
    reconstructor,
  };
}

/** The latents that the discriminator is told: those of the fakes, and F's of the reals. Constants to differentiation. */
export function latentPairs(
  trace: StepTrace,
  generator: Player,
  { encoder, noise }: Reconstructor,
  real: Tensor,
  latent: Tensor,
): Pairs {
  const found = trace.apply({ ...generator, layer: alone(encoder) }, real, undefined, "reconstruct", false).output;
  const spread = (shape: Shape) => t.mul(trace.random("reconstruct/noise", shape, { kind: "normal" }), noise);
  return { real: t.stopGradient(noise === 0 ? found : t.add(found, spread(found.shape))), fake: latent };
}
