/** @file Which updates happen when: a pure plan, so that the trainer knows no algorithm. */

import type { Updates } from "./game.ts";
import type { Penalty } from "./penalty.ts";

/** One batch's worth of updates: it draws one batch of data and one of latents. */
export interface Phase {
  readonly discriminator: boolean;
  readonly generator: boolean;
  /** Names of the penalties computed in it. */
  readonly penalties: readonly string[];
}

/** A name by which equal phases share one compiled program. */
export const phaseKey = (phase: Phase): string =>
  [phase.discriminator && "discriminator", phase.generator && "generator", ...phase.penalties]
    .filter(Boolean)
    .join("+");

/**
 * The phases of step `step` (counted from 0).
 *
 * With n discriminator and m generator steps there are max(n, m) phases; the discriminator moves in the first n of them,
 * the generator in the last m. A lazy penalty is computed in every so many updates of its player
 * (one of both players: in all phases of every so many steps).
 */
export function planStep(updates: Updates, penalties: Readonly<Record<string, Penalty>>, step: number): Phase[] {
  const { discriminatorSteps, generatorSteps } = updates;
  const count = Math.max(discriminatorSteps, generatorSteps);
  return Array.from({ length: count }, (_, i) => {
    const discriminator = i < discriminatorSteps;
    const generator = i >= count - generatorSteps;
    const before = {
      discriminator: step * discriminatorSteps + i,
      generator: step * generatorSteps + i - (count - generatorSteps),
    };
    const active = Object.entries(penalties).filter(([, { player, every }]) =>
      player === "both"
        ? step % every === 0
        : (player === "generator" ? generator : discriminator) && before[player] % every === 0,
    );
    return { discriminator, generator, penalties: active.map(([name]) => name) };
  });
}
