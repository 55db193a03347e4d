/** @file A player's move: the gradient of its loss through its optimiser into its parameters, and what is measured of it. */

import { grad } from "../../autodiff/grad.ts";
import type { Tensor } from "../../graph/ops.ts";
import { inScope } from "../../graph/scope.ts";
import * as t from "../../graph/tensor.ts";
import { pack } from "../../nn/pack.ts";
import type { Slots } from "../../optim/transform.ts";
import type { Player } from "../game/player.ts";
import { type StepTrace, withParameters } from "./trace.ts";

/** Euclidean norm of a vector. */
const norm = (x: Tensor): Tensor => t.sqrt(t.sum(t.square(x)));

/** The state's name of what a player's optimiser carries as `slot`. */
export const slotName = (player: Player, slot: string): string => `optim/${player.name}/${slot}`;

/** What a player's optimiser carries, as it was before the phase. */
export function optimizerSlots(trace: StepTrace, player: Player): Slots<Tensor> {
  const specs = Object.entries(player.slots);
  return Object.fromEntries(specs.map(([slot, { shape }]) => [slot, trace.input(slotName(player, slot), shape)]));
}

/** The gradient of `loss` with respect to the player's parameters as they are now, packed. */
export function gradientOf(trace: StepTrace, player: Player, loss: Tensor): Tensor {
  return pack(grad(loss, [...trace.state[player.name].params.values()]));
}

/** The way that the player's optimiser goes for `gradient`, f32[length], from where the player is, and what it carries on. */
export function stepFor(
  trace: StepTrace,
  player: Player,
  gradient: Tensor,
  slots: Slots<Tensor>,
): { readonly delta: Tensor; readonly slots: Slots<Tensor> } {
  const scheduled = trace.scheduled(`optim/${player.name}`);
  const result = player.optimizer.update(gradient, slots, trace.state[player.name].packed, scheduled);
  return { delta: t.mul(result.update, trace.scalar(`lr/${player.name}`)), slots: result.slots };
}

/**
 * Moves `player` by its optimiser's answer to `gradient`, f32[length], and measures the move.
 *
 * @param slots What the optimiser carried before. Default: what the state says.
 */
export function move(
  trace: StepTrace,
  player: Player,
  gradient: Tensor,
  slots: Slots<Tensor> = optimizerSlots(trace, player),
): void {
  const state = trace.state[player.name];
  inScope(`optim/${player.name}`, () => {
    const step = stepFor(trace, player, gradient, slots);
    const unsettled = t.sub(state.packed, step.delta);
    const settled = player.optimizer.settle?.(unsettled, state.packed, slots);
    for (const [slot, value] of Object.entries({ ...step.slots, ...settled?.slots })) {
      trace.outputs[slotName(player, slot)] = value;
    }
    const moved = settled?.parameters ?? unsettled;
    const size = norm(state.packed);
    trace.metrics.set(`gradient/${player.name}`, norm(gradient));
    trace.metrics.set(`weight/${player.name}`, size);
    trace.metrics.set(`update/${player.name}`, t.div(norm(step.delta), size));
    trace.outputs[player.name] = moved;
    // The other player answers the moved weights as they are: it does not differentiate through this move.
    trace.state[player.name] = withParameters(player, state, t.stopGradient(moved));
  });
}
