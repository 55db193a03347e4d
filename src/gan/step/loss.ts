/** @file A player's loss: the objective, and the penalties that are active. */

import type { Tensor } from "../../graph/ops.ts";
import { inScope } from "../../graph/scope.ts";
import * as t from "../../graph/tensor.ts";
import type { Game } from "../game/game.ts";
import { penaltySlots } from "../game/game-state.ts";
import { type GameView, type PlayerName, termName } from "../penalty.ts";
import type { StepTrace } from "./trace.ts";

/** How a loss is put together. */
export interface LossOptions {
  /** Names of the penalties that are computed. */
  readonly penalties: readonly string[];
  /** Whether the terms are measured. Default true. */
  readonly measure?: boolean;
  /** Whether what penalties carry moves on. Default true. */
  readonly carry?: boolean;
}

/**
 * A penalty's weighted term for `player`. What it carries is read from the state as it was before the phase, and written
 * where `carry` is set; what it measures is recorded where `measure` is.
 */
export function penaltyTerm(
  trace: StepTrace,
  game: Game,
  key: string,
  view: GameView,
  player: PlayerName,
  { carry = true, measure = true }: Omit<LossOptions, "penalties">,
): Tensor {
  const penalty = game.penalties[key]!;
  const specs = Object.entries(penaltySlots(game, key));
  const name = (slot: string) => `penalty/${key}/${slot}`;
  const slots = Object.fromEntries(specs.map(([slot, { shape }]) => [slot, trace.input(name(slot), shape)]));
  const weight = trace.scheduled(`penalty/${key}`)("weight", penalty.weight);
  return inScope(`penalty/${key}`, () => {
    const result = penalty.term(view, slots, player, trace.scheduled(`penalty/${key}`));
    if ("op" in result) return t.mul(result, weight);
    if (carry) for (const [slot, value] of Object.entries(result.slots)) trace.outputs[name(slot)] = value;
    if (measure) for (const [what, value] of Object.entries(result.measured ?? {})) trace.metrics.set(what, value);
    return t.mul(result.term, weight);
  });
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
    const term = penaltyTerm(trace, game, key, view, player, { carry, measure });
    if (measure) trace.metrics.set(termName(key, penalty, player), term);
    loss = t.add(loss, penalty.every === 1 ? term : t.mul(term, penalty.every));
  }
  return loss;
}
