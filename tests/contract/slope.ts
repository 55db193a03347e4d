/** @file Finite differences of a player's loss in a traced step. */

import { evaluate } from "../../src/backend/reference/reference.ts";
import type { Game } from "../../src/gan/game/game.ts";
import type { PlayerName } from "../../src/gan/penalty.ts";
import type { StepProgram } from "../../src/gan/step/step.ts";
import { fillNormal, streamKey } from "../../src/util/rng.ts";
import { feedsOf, programOf } from "./combinations.ts";

/** The two players. */
export const PLAYERS = ["generator", "discriminator"] as const;

/** Half the span of the central differences: float64 allows little, and the kinks of the activations ask for it. */
const STEP = 1e-7;

/** A step of `game`, and what it is fed; learning rates are 1. */
export interface Tried {
  readonly game: Game;
  readonly program: StepProgram;
  readonly feeds: Readonly<Record<string, ArrayLike<number>>>;
}

/** Traces the first step of `game`, which must be simultaneous: neither player moves before the other looks. */
export function tryStep(game: Game): Tried {
  const program = programOf(game);
  return { game, program, feeds: feedsOf(game, program, 1) };
}

/** A direction for a player's parameters, from a normal distribution. */
export function direction(length: number, player: PlayerName): Float64Array {
  const values = new Float32Array(length);
  fillNormal(streamKey(2, player), 0, values);
  return Float64Array.from(values);
}

/** What a step subtracts from a player's parameters. */
export function moveOf({ program, feeds }: Tried, player: PlayerName): Float64Array {
  const after = evaluate(program.graph, feeds)[player]!;
  return Float64Array.from(feeds[player]!, (x, i) => x - after[i]!);
}

/** (L(θ + h d) − L(θ − h d)) / 2h of the sum of the measurements called `terms`. */
export function differenceAlong(
  { program, feeds }: Tried,
  player: PlayerName,
  d: Float64Array,
  terms: string[],
): number {
  const lossAt = (step: number) => {
    const moved = Float64Array.from(feeds[player]!, (x, i) => x + step * d[i]!);
    const { metrics } = evaluate(program.graph, { ...feeds, [player]: moved });
    return terms.reduce((sum, name) => sum + metrics![program.metrics.indexOf(name)]!, 0);
  };
  return (lossAt(STEP) - lossAt(-STEP)) / (2 * STEP);
}

/** a · b. */
export const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
