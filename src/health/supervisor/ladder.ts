/** @file In which order remedies are tried against a failure. */

import type { Config } from "../../config/schema.ts";
import type { FailureCode } from "../codes.ts";
import { diagnosisOf } from "../diagnoses.ts";
import { REMEDIES } from "../remedies.ts";

/** Failures that do not come from how the players move: what is wrong there is the data, or how few they are. */
export const NOT_OF_THE_GAME: readonly FailureCode[] = ["data-fault", "memorization", "discriminator-overfitting"];

/** The whole recipe in place of the game. */
const RECIPE = "recommended-game";

/**
 * Names of remedies against `code`, the one to try first in front.
 *
 * - Where the config has one plain fault, such as a generator that moves five times as often as the discriminator: what takes it
 *   away, then the whole recommended game, then what the diagnosis says.
 * - Where it has several, one change leaves the others: the recommended game, then the rest.
 * - Where the run has had a remedy already: the recommended game, then the rest. A second half-measure helps seldom.
 * - Else what the diagnosis says, in its order.
 *
 * @param tried How many remedies the run has had.
 */
export function ladderOf(code: FailureCode, config: Config, tried: number): readonly string[] {
  const { remedies } = diagnosisOf(code);
  if (NOT_OF_THE_GAME.includes(code)) return remedies;
  const mending = REMEDIES.filter(({ mends }) => mends?.(config)).map(({ name }) => name);
  const [only, ...others] = mending;
  if (only === undefined) return tried === 0 ? remedies : [...new Set([RECIPE, ...remedies])];
  const front = others.length === 0 && tried === 0 ? [only, RECIPE] : [RECIPE, ...mending];
  return [...new Set([...front, ...remedies])];
}
