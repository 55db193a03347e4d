/**
 * @file What an optimiser is: a pure pair that says which arrays it carries and turns a gradient into an update.
 *
 * Everything works on one vector, a player's packed parameters. Transforms compose: `chain(clipByGlobalNorm(1), adam())`.
 * The trainer applies `parameters - lr * update`.
 */

import type { Shape, Tensor } from "../graph/ops.ts";
import type { AskScheduled } from "./schedule.ts";

/** An array carried between steps. */
export interface SlotSpec {
  readonly shape: Shape;
  /** Every element's first value. */
  readonly initial: number;
}

/** Carried arrays by name. */
export type Slots<V> = Readonly<Record<string, V>>;

/** A step of an optimiser. */
export interface Transform {
  /** The arrays carried for a vector of `length` parameters. */
  readonly slots: (length: number) => Slots<SlotSpec>;
  /**
   * Turns the gradient (and the slots and parameters before the step) into an update and the slots after the step. Hyper-
   * parameters that move during training are asked for by name.
   */
  readonly update: (
    gradient: Tensor,
    slots: Slots<Tensor>,
    parameters: Tensor,
    scheduled?: AskScheduled,
  ) => { readonly update: Tensor; readonly slots: Slots<Tensor> };
  /** What to do with the parameters after the move, given those before it and the slots before the step. Default: nothing. */
  readonly settle?: (
    moved: Tensor,
    before: Tensor,
    slots: Slots<Tensor>,
  ) => { readonly parameters: Tensor; readonly slots: Slots<Tensor> };
  /**
   * Brings parameters that are only looked at (an extragradient look-ahead, an unrolled discriminator) to where they are
   * allowed to be: the part of `settle` that has no memory. Default: nothing.
   */
  readonly project?: (parameters: Tensor) => Tensor;
}

/** A transform without memory. */
export function stateless(update: (gradient: Tensor, parameters: Tensor) => Tensor): Transform {
  return {
    slots: () => ({}),
    update: (gradient, _, parameters) => ({ update: update(gradient, parameters), slots: {} }),
  };
}

/** Transforms one after another; each sees the update of the one before. Slots of different transforms must differ in name. */
export function chain(...transforms: readonly Transform[]): Transform {
  return {
    slots: (length) => Object.assign({}, ...transforms.map((transform) => transform.slots(length))),
    update: (gradient, slots, parameters, scheduled) => {
      let update = gradient;
      const after: Record<string, Tensor> = {};
      for (const transform of transforms) {
        const result = transform.update(update, slots, parameters, scheduled);
        update = result.update;
        Object.assign(after, result.slots);
      }
      return { update, slots: after };
    },
    ...(transforms.some((transform) => transform.settle) && { settle: settleAll(transforms) }),
    ...(transforms.some((transform) => transform.project) && {
      project: (parameters) => transforms.reduce((x, { project }) => project?.(x) ?? x, parameters),
    }),
  };
}

function settleAll(transforms: readonly Transform[]): NonNullable<Transform["settle"]> {
  return (moved, before, slots) => {
    let parameters = moved;
    const after: Record<string, Tensor> = {};
    for (const transform of transforms) {
      const result = transform.settle?.(parameters, before, slots);
      if (result === undefined) continue;
      parameters = result.parameters;
      Object.assign(after, result.slots);
    }
    return { parameters, slots: after };
  };
}
