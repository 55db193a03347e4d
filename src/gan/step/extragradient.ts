/**
 * @file Extragradient: both players look one move ahead, and move from where they were by the gradients found there.
 *
 * Gidel et al., "A Variational Inequality Perspective on Generative Adversarial Networks" (2019), Algorithms 2 and 4. Ours
 * uses one batch, one set of latents and the same noise for both halves, which makes it extragradient on one sampled game
 * (Mishchenko et al., "Revisiting Stochastic Extragradient", 2020); Gidel et al. draw a second batch, with which it may
 * diverge (Chavdarova et al., "Reducing Noise in GAN Training with Variance Reduced Extragradient", 2019). As in ExtraAdam, the optimiser is asked twice and its moments move twice, each half with
 * its own bias correction.
 *
 * The look-ahead keeps the limits on weights, but slow weights (`lookahead`) meet the fast ones only after the move. Layers'
 * buffers move on in the first half; what penalties carry is the same in both halves and moves on in the first.
 */

import type { Tensor } from "../../graph/ops.ts";
import { inScope } from "../../graph/scope.ts";
import * as t from "../../graph/tensor.ts";
import type { Slots } from "../../optim/transform.ts";
import { invariant } from "../../util/errors.ts";
import type { Game } from "../game/game.ts";
import type { GameView, PlayerName } from "../penalty.ts";
import { evaluate, type Samples } from "./evaluate.ts";
import { lossOf } from "./loss.ts";
import { gradientOf, move, optimizerSlots, stepFor } from "./move.ts";
import type { Phase } from "./phases.ts";
import { type StepTrace, withParameters } from "./trace.ts";

const PLAYERS = ["discriminator", "generator"] as const;

/** Puts `name` where one move would take it. Gives what its optimiser carries after that. */
function lookAhead(trace: StepTrace, game: Game, name: PlayerName, gradient: Tensor): Slots<Tensor> {
  const player = game[name];
  const state = trace.state[name];
  const before = optimizerSlots(trace, player);
  const { delta, slots } = stepFor(trace, player, gradient, before);
  const ahead = t.sub(state.packed, delta);
  const limited = player.optimizer.project?.(ahead) ?? ahead;
  trace.state[name] = withParameters(player, state, t.stopGradient(limited));
  return { ...before, ...slots };
}

/**
 * Moves both players.
 *
 * @param view The evaluation where the players are; what is measured of losses and penalties is measured there.
 * @param again Draws the same samples from the generator as it is when asked.
 */
export function extragradient(trace: StepTrace, game: Game, phase: Phase, view: GameView, again: () => Samples): void {
  const whole = phase.discriminator && phase.generator && phase.moves && game.updates.unroll === undefined;
  invariant(whole, "extragradient moves both players in every phase, and does not unroll");
  const { penalties } = phase;
  const here = PLAYERS.map((name) => gradientOf(trace, game[name], lossOf(trace, game, name, view, { penalties }))) as [
    Tensor,
    Tensor,
  ];
  const start = { ...trace.state };
  const [there, slots] = inScope("ahead", () => {
    const after = PLAYERS.map((name, i) => lookAhead(trace, game, name, here[i]!));
    // The same names, and so the same noise.
    const ahead = evaluate(trace, game, "step", again(), false);
    const quiet = { penalties, measure: false, carry: false };
    const gradients = PLAYERS.map((name) => gradientOf(trace, game[name], lossOf(trace, game, name, ahead, quiet)));
    return [gradients, after] as const;
  });
  for (const [i, name] of PLAYERS.entries()) {
    trace.state[name] = start[name];
    move(trace, game[name], there[i]!, slots[i]);
  }
}
