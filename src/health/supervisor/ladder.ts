/** @file In which order remedies are tried against a failure. */

import type { Config } from "../../config/schema.ts";
import type { FailureCode } from "../codes.ts";
import { diagnosisOf } from "../diagnoses.ts";
import { REMEDIES } from "../remedies.ts";

/** Failures that do not come from how the players move: what is wrong there is the data, or how few they are. */
const NOT_OF_THE_GAME: readonly FailureCode[] = ["data-fault", "memorization", "discriminator-overfitting"];

/**
 * Names of remedies against `code`, the one to try first in front: what takes away a plain fault of the config, then what the
 * diagnosis says. A generator that moves five times as often as the discriminator is better made to move once than
 * told to play for something else.
 */
export function ladderOf(code: FailureCode, config: Config): readonly string[] {
  const mending = REMEDIES.filter(({ mends }) => mends?.(config)).map(({ name }) => name);
  const { remedies } = diagnosisOf(code);
  return NOT_OF_THE_GAME.includes(code) ? remedies : [...new Set([...mending, ...remedies])];
}
