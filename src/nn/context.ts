/** @file Layers around other layers: the context as the inner one is to see it. */

import type { Tensor } from "../graph/ops.ts";
import type { Context } from "./module.ts";

/** What is different for the inner layer. */
export interface ContextChanges {
  /** What it is asked for; undefined hides what the outer one is asked for. */
  readonly condition: Tensor | undefined;
  /** Hears everything that is shown, before it is shown. */
  readonly onShow?: (name: string, value: Tensor) => void;
}

/** `context` with changes that hold for the layers inside too. Names of parameters and noise stay the same. */
export function withContext(context: Context, changes: ContextChanges): Context {
  return {
    training: context.training,
    condition: changes.condition,
    param: (name, shape, init) => context.param(name, shape, init),
    buffer: (name, shape, initial) => context.buffer(name, shape, initial),
    update: (name, value) => context.update(name, value),
    once: (name, compute) => context.once(name, compute),
    random: (name, shape, distribution) => context.random(name, shape, distribution),
    show: (name, value) => {
      changes.onShow?.(name, value);
      context.show(name, value);
    },
    child: (name) => withContext(context.child(name), changes),
  };
}
