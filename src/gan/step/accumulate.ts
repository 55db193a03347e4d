/**
 * @file Gradient accumulation: a move by the mean gradient of several batches.
 *
 * Every batch is evaluated at the same parameters, so for losses that are means over the batch, n batches of B make the
 * move of one batch of n B. Not so where the batch itself is looked at: batch normalisation and minibatch layers see B
 * samples. What layers carry (running averages, spectral normalisation's vectors) moves on with every batch; so do
 * the pool of a replay and a strength that adapts. What penalties and optimisers carry, and the generator's average, move with
 * the move.
 */

import type { Tensor } from "../../graph/ops.ts";
import * as t from "../../graph/tensor.ts";
import type { Game } from "../game/game.ts";
import type { PlayerName } from "../penalty.ts";
import { gradientOf, move } from "./move.ts";
import type { Phase } from "./phases.ts";
import type { StepTrace } from "./trace.ts";

/** Takes the gradient of `loss` and moves `name` by it; or adds it to those of other batches, and moves after the last. */
export function moveOrAdd(trace: StepTrace, game: Game, phase: Phase, name: PlayerName, loss: Tensor): void {
  const player = game[name];
  const gradient = gradientOf(trace, player, loss);
  const { accumulate = 1 } = game.updates;
  if (accumulate === 1) {
    move(trace, player, gradient);
    return;
  }
  const { length } = player.parameters;
  const sums = `accumulate/${name}`;
  const mean = t.add(trace.input(sums, [length]), t.mul(gradient, 1 / accumulate));
  trace.outputs[sums] = phase.moves ? t.full([length], 0) : mean;
  if (phase.moves) move(trace, player, mean);
}
