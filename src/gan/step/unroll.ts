/**
 * @file The unrolled discriminator: the generator plays against the discriminator as it would be some updates later.
 *
 * Metz, Poole, Pfau and Sohl-Dickstein, "Unrolled Generative Adversarial Networks" (2017), equations 7 to 9. The further
 * updates are graph and the generator's gradient passes through them; the discriminator keeps only its own single update.
 * In the paper both players start from the same parameters, which is `simultaneous` here; `alternating` unrolls from the
 * moved discriminator.
 *
 * Each further update is on the batch of the phase, with noise of its own (instance noise, dropout), and on the
 * discriminator's whole loss: every penalty of its own with its plain weight, also those that are computed lazily, whose
 * mean over the updates is that. Batch normalisation uses the batch, as in every training step, and its running averages
 * do not move; spectral normalisation makes one power iteration under each of the further parameters, always from the
 * vector that the state holds. Slow weights (`lookahead`) do not meet the fast ones; limits on weights hold.
 */

import type { Tensor } from "../../graph/ops.ts";
import { inScope } from "../../graph/scope.ts";
import * as t from "../../graph/tensor.ts";
import { adam } from "../../optim/adam.ts";
import { sgd } from "../../optim/sgd.ts";
import type { Slots, Transform } from "../../optim/transform.ts";
import type { Game } from "../game/game.ts";
import type { Player } from "../game/player.ts";
import type { Unroll } from "../game/updates.ts";
import type { GameView } from "../penalty.ts";
import { evaluate, type Samples } from "./evaluate.ts";
import { lossOf, penaltyTerm } from "./loss.ts";
import { gradientOf, optimizerSlots, slotName } from "./move.ts";
import type { Phase } from "./phases.ts";
import { type StepTrace, withParameters } from "./trace.ts";

/** What makes the further updates, and what it starts from. */
function innerOptimizer(
  trace: StepTrace,
  player: Player,
  unroll: Unroll,
): { transform: Transform; slots: Slots<Tensor> } {
  if (unroll.optimizer === "own") {
    // Where the discriminator has moved in this phase, its moments have too; they are what they are, as its parameters.
    const before = Object.entries(optimizerSlots(trace, player));
    const now = before.map(([slot, value]) => [slot, t.stopGradient(trace.outputs[slotName(player, slot)] ?? value)]);
    return { transform: player.optimizer, slots: Object.fromEntries(now) };
  }
  const { beta1, beta2 } = unroll;
  const transform = unroll.optimizer === "sgd" ? sgd() : adam({ beta1, beta2 });
  const specs = Object.entries(transform.slots(player.parameters.length));
  const slots = Object.fromEntries(specs.map(([slot, { shape, initial }]) => [slot, t.full(shape, initial)]));
  return { transform, slots };
}

/** The discriminator's loss with all of its penalties, none measured, none moved on. */
function wholeLoss(trace: StepTrace, game: Game, view: GameView): Tensor {
  const terms = Object.entries(game.penalties)
    .filter(([, { player }]) => player !== "generator")
    .map(([key]) => penaltyTerm(trace, game, key, view, "discriminator", { carry: false, measure: false }));
  return terms.reduce((sum, term) => t.add(sum, term), view.loss("discriminator"));
}

/**
 * The samples as new nodes. The further parameters depend on the batch, so a penalty that asks for the slope of D at a sample
 * would find the ways through them too; none of them leads through the new nodes.
 */
function apart({ real, fake, ...rest }: Samples): Samples {
  return { ...rest, real: t.mul(real, 1), fake: t.mul(fake, 1) };
}

/** Moves the traced discriminator by the further updates. Outputs are left alone. */
function unrollDiscriminator(trace: StepTrace, game: Game, samples: Samples, unroll: Unroll): void {
  const { discriminator } = game;
  const inner = innerOptimizer(trace, discriminator, unroll);
  const scheduled = trace.scheduled("optim/discriminator");
  const rate = unroll.lr ?? trace.scalar("lr/discriminator");
  let slots: Slots<Tensor> = inner.slots;
  for (let i = 1; i <= unroll.steps; i++) {
    const state = trace.state.discriminator;
    const view = evaluate(trace, game, `unroll${i}`, apart(samples), false);
    const gradient = gradientOf(trace, discriminator, wholeLoss(trace, game, view));
    const result = inner.transform.update(gradient, slots, state.packed, scheduled);
    slots = { ...slots, ...result.slots };
    const moved = t.sub(state.packed, t.mul(result.update, rate));
    const limited = discriminator.optimizer.project?.(moved) ?? moved;
    trace.state.discriminator = withParameters(discriminator, state, limited);
  }
}

/** The generator's loss against the discriminator after its further updates. */
export function unrolledLoss(trace: StepTrace, game: Game, phase: Phase, samples: Samples, unroll: Unroll): Tensor {
  const present = trace.state.discriminator;
  return inScope("unroll", () => {
    unrollDiscriminator(trace, game, samples, unroll);
    const view = evaluate(trace, game, "answer", apart(samples), false);
    const loss = lossOf(trace, game, "generator", view, { penalties: phase.penalties, carry: phase.moves });
    trace.state.discriminator = present;
    return loss;
  });
}
