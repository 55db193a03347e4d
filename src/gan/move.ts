/** @file A player's move: the gradient of its loss through its optimiser into its parameters, and what is measured of it. */

import { grad } from "../autodiff/grad.ts";
import type { Tensor } from "../graph/ops.ts";
import { inScope } from "../graph/scope.ts";
import * as t from "../graph/tensor.ts";
import { pack } from "../nn/pack.ts";
import type { Slots } from "../optim/transform.ts";
import type { Player } from "./game.ts";
import { type StepTrace, withParameters } from "./trace.ts";

/** Euclidean norm of a vector. */
const norm = (x: Tensor): Tensor => t.sqrt(t.sum(t.square(x)));

/** Moves `player` against the gradient of `loss`, and measures the move. */
export function move(trace: StepTrace, player: Player, loss: Tensor): void {
  const state = trace.state[player.name];
  const gradient = pack(grad(loss, [...state.params.values()]));
  inScope(`optim/${player.name}`, () => {
    const slotName = (slot: string) => `optim/${player.name}/${slot}`;
    const slots = Object.fromEntries(
      Object.entries(player.slots).map(([slot, { shape }]) => [slot, t.input(slotName(slot), shape)]),
    );
    const scheduled = trace.scheduled(`optim/${player.name}`);
    const result = player.optimizer.update(gradient, slots, state.packed, scheduled);
    for (const [slot, value] of Object.entries(result.slots)) trace.outputs[slotName(slot)] = value;
    const delta = t.mul(result.update, trace.scalar(`lr/${player.name}`));
    const moved = settle(trace, player, t.sub(state.packed, delta), slots, slotName);
    const size = norm(state.packed);
    trace.metrics.set(`gradient/${player.name}`, norm(gradient));
    trace.metrics.set(`weight/${player.name}`, size);
    trace.metrics.set(`update/${player.name}`, t.div(norm(delta), size));
    trace.outputs[player.name] = moved;
    // The other player answers the moved weights as they are: it does not differentiate through this move.
    trace.state[player.name] = withParameters(player, state, t.stopGradient(moved));
  });
}

/** What the optimiser does with the parameters after the move, such as clipping them. */
function settle(
  trace: StepTrace,
  player: Player,
  moved: Tensor,
  slots: Slots<Tensor>,
  slotName: (slot: string) => string,
): Tensor {
  const result = player.optimizer.settle?.(moved, trace.state[player.name].packed, slots);
  if (result === undefined) return moved;
  for (const [slot, value] of Object.entries(result.slots)) trace.outputs[slotName(slot)] = value;
  return result.parameters;
}
