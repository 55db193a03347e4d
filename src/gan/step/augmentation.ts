/**
 * @file Where augmentations act: on what the discriminator is shown, in both players' evaluations, and nowhere else. The
 * sampler knows nothing of them.
 */

import type { Tensor } from "../../graph/ops.ts";
import { inScope } from "../../graph/scope.ts";
import * as t from "../../graph/tensor.ts";
import { adapt, adaptiveSlots, isAdaptive, signalOf } from "../augment/adaptive.ts";
import type { Augment, AugmentContext } from "../augment.ts";
import type { Game } from "../game/game.ts";
import type { GameView } from "../penalty.ts";
import type { StepTrace } from "./trace.ts";

const named = (game: Game): [string, Augment][] => Object.entries(game.augments ?? {});

const slotName = (key: string, slot: string) => `augment/${key}/${slot}`;

function strength(trace: StepTrace, key: string, { strength = 1 }: Augment): t.Operand {
  if (isAdaptive(strength)) return trace.input(slotName(key, "p"), []);
  return trace.scheduled(`augment/${key}`)("p", strength);
}

/** `use` tells apart the noise of reals and fakes, and of different evaluations. */
function contextOf(trace: StepTrace, key: string, augment: Augment, use: string): AugmentContext {
  return {
    random: (name, ...rest) => trace.random(`${use}/augment/${key}/${name}`, ...rest),
    strength: strength(trace, key, augment),
  };
}

/** The reals, or what stands in for them. */
export function replaceReals(
  trace: StepTrace,
  game: Game,
  use: string,
  real: Tensor,
  condition: Tensor | undefined,
): Tensor {
  const pseudo = () => {
    const latent = trace.random(`${use}/pseudo/latent`, [game.batch, game.latent], { kind: "normal" });
    const fakes = trace.apply(game.generator, latent, condition, `${use}/pseudo`, false).output;
    return t.stopGradient(fakes);
  };
  return named(game).reduce(
    (x, [key, augment]) =>
      inScope(`augment/${key}`, () => augment.replace?.(x, pseudo, contextOf(trace, key, augment, use)) ?? x),
    real,
  );
}

/** Samples [B, …] of either side, transformed by each augmentation in turn. */
export function transformSamples(trace: StepTrace, game: Game, use: string, x: Tensor): Tensor {
  return named(game).reduce(
    (value, [key, augment]) =>
      inScope(`augment/${key}`, () => augment.transform?.(value, contextOf(trace, key, augment, use)) ?? value),
    x,
  );
}

/**
 * Moves what is carried, and measures it: `augment/p`, and `augment/rt` where that steers p. Where several augmentations have
 * a strength, p is that of the one that adapts, or of the first. For phases that train D.
 */
export function adaptAugments(trace: StepTrace, game: Game, view: GameView): void {
  const strong = named(game).filter(([, augment]) => augment.strength !== undefined);
  const measured = strong.find(([, augment]) => isAdaptive(augment.strength)) ?? strong[0];
  if (measured === undefined) return;
  const p = strength(trace, ...measured);
  trace.metrics.set("augment/p", typeof p === "number" ? t.scalar(p) : p);
  for (const [key, augment] of strong) {
    if (!isAdaptive(augment.strength)) continue;
    const signal = signalOf(augment.strength.signal, view.realLogits, view.fakeLogits);
    trace.metrics.set("augment/rt", signal);
    const slots = Object.fromEntries(
      Object.entries(adaptiveSlots(augment.strength)).map(([slot, { shape }]) => [
        slot,
        trace.input(slotName(key, slot), shape),
      ]),
    );
    for (const [slot, value] of Object.entries(adapt(augment.strength, slots, signal, game.batch))) {
      trace.outputs[slotName(key, slot)] = value;
    }
  }
}
