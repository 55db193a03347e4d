/**
 * @file The value of a game: M = E log D(x) + E log(1 − D(G(z))), which the discriminator wants large and the generator small,
 * whatever objective the players were trained by.
 */

import { buildGraph } from "../../graph/graph.ts";
import { add, mean, neg, softplus } from "../../graph/tensor.ts";
import type { Layer } from "../../nn/module.ts";
import { adam } from "../../optim/adam.ts";
import { createGame } from "../game/create-game.ts";
import type { Game } from "../game/game.ts";
import type { Objective } from "../objective.ts";
import { drawSamples } from "../step/draw.ts";
import { evaluate } from "../step/evaluate.ts";
import type { StepProgram } from "../step/step.ts";
import { StepTrace } from "../step/trace.ts";

/** Name of the number that {@link valueGame} adds to the logits: the last of the discriminator's parameters. */
const OFFSET = "valueOffset";

/** The discriminator with one more parameter, a constant that is added to its logits. */
const shifted = (discriminator: Layer): Layer => ({
  kind: discriminator.kind,
  apply: (x, context) =>
    add(
      discriminator.apply(x, context),
      context.param(OFFSET, [1], (_, __, out) => out.fill(0)),
    ),
});

/**
 * The discriminator maximises M. The generator minimises it by −log σ(f), which falls where log(1 − σ(f)) does and does not
 * vanish where the discriminator is sure.
 */
const value: Objective = {
  discriminator: (real, fake) => add(mean(softplus(neg(real))), mean(softplus(fake))),
  generator: (fake) => mean(softplus(neg(fake))),
};

/**
 * The same players, playing for M and nothing else: no penalties, augmentations, noise on samples, old fakes or limits on
 * weights; each moves by a fresh Adam (β₁ 0.5, β₂ 0.999). Conditions, packs and pairs of a sample and its latent stay.
 *
 * Parameters lie as in `game`, and the discriminator has one more, the last, that is added to its logits: objectives such as
 * the relativistic and the Wasserstein leave that constant free, and M does not.
 */
export function valueGame(game: Game): Game {
  return createGame({
    ...game,
    generator: { layer: game.generator.layer, optimizer: adam({ beta1: 0.5 }) },
    discriminator: { layer: shifted(game.discriminator.layer), optimizer: adam({ beta1: 0.5 }) },
    objective: value,
    penalties: {},
    updates: { mode: "alternating", discriminatorSteps: 1, generatorSteps: 1 },
    ema: false,
    instanceNoise: undefined,
    topK: undefined,
    replay: undefined,
    augments: {},
  });
}

/** Traces both sides' logits of one batch, `real` and `fake`, with the networks in training mode. Nothing moves. */
export function traceLogits(game: Game): Omit<StepProgram, "metrics"> {
  const trace = new StepTrace(game);
  const { realLogits, fakeLogits } = evaluate(trace, game, "step", drawSamples(trace, game, false), false);
  const graph = trace.feedScalars(buildGraph({ real: realLogits, fake: fakeLogits }));
  return { graph, randoms: trace.randoms, scalars: trace.scalars };
}
