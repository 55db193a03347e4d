/** @file Which updates happen when: a pure plan, so that the trainer knows no algorithm. */

import type { Updates } from "../game/updates.ts";
import type { Penalty, PlayerName } from "../penalty.ts";

/** One batch's worth of work: it draws one batch of data and one of latents. */
export interface Phase {
  /** Who takes part. */
  readonly discriminator: boolean;
  readonly generator: boolean;
  /** Names of the penalties computed in it. */
  readonly penalties: readonly string[];
  /** False where gradients are only added to those of other batches, for a move in a later phase. */
  readonly moves: boolean;
}

/** A name by which equal phases share one compiled program. */
export const phaseKey = (phase: Phase): string =>
  [phase.discriminator && "discriminator", phase.generator && "generator", !phase.moves && "adds", ...phase.penalties]
    .filter(Boolean)
    .join("+");

/** The moves of a step, as if each took one batch. */
function movesOf(updates: Updates, penalties: Readonly<Record<string, Penalty>>, step: number): Phase[] {
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
    return { discriminator, generator, penalties: active.map(([name]) => name), moves: true };
  });
}

/** The half of `phase` that is about one player. */
function half(phase: Phase, player: PlayerName, penalties: Readonly<Record<string, Penalty>>): Phase {
  const other = player === "generator" ? "discriminator" : "generator";
  return { ...phase, [other]: false, penalties: phase.penalties.filter((name) => penalties[name]!.player !== other) };
}

/**
 * The phases of step `step` (counted from 0).
 *
 * With n discriminator and m generator steps there are max(n, m) moves; the discriminator moves in the first n of them,
 * the generator in the last m. A lazy penalty is computed in every so many updates of its player
 * (one of both players: in all phases of every so many steps).
 *
 * With `accumulate` k, each move takes k phases, the last of which moves. Where the players alternate, the generator answers
 * a discriminator that has moved, so its k batches come after the discriminator's.
 */
export function planStep(updates: Updates, penalties: Readonly<Record<string, Penalty>>, step: number): Phase[] {
  const { mode, accumulate = 1 } = updates;
  const moves = movesOf(updates, penalties, step);
  if (accumulate === 1) return moves;
  const single = moves.flatMap((phase) =>
    mode === "alternating" && phase.discriminator && phase.generator
      ? [half(phase, "discriminator", penalties), half(phase, "generator", penalties)]
      : [phase],
  );
  return single.flatMap((phase) =>
    Array.from({ length: accumulate }, (_, i) => ({ ...phase, moves: i === accumulate - 1 })),
  );
}
