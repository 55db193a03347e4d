/** @file What to try against a failure of a run that has ended: in the order in which `--remedy auto` would, were it to go on. */

import type { Config } from "../../../config/config.ts";
import { gameFromConfig } from "../../../config/game-from-config.ts";
import type { SampleType } from "../../../gan/game/game.ts";
import type { FailureCode } from "../../../health/codes.ts";
import { diagnosisOf } from "../../../health/diagnoses.ts";
import { ladderOf } from "../../../health/supervisor/ladder.ts";
import { ConfigError } from "../../../util/errors.ts";
import type { LoadedRun } from "../../store/load-run.ts";
import type { RunHistory } from "../../store/run-history.ts";
import { remediesLeft } from "./rollback.ts";

/** What of a run is looked at. */
type Advised = Pick<LoadedRun, "config" | "game">;

/** Names of the remedies against `code` that apply to the run's config and were not tried in it, the one to try first in front. */
export function adviceOn(
  code: FailureCode,
  { config, game: { sample } }: Advised,
  { history, remedies }: Pick<RunHistory, "history" | "remedies">,
): readonly string[] {
  const { dataCount } = history.facts;
  // A run that took no look does not say how many samples it learned from.
  if (dataCount === null) {
    return diagnosisOf(code).remedies.filter((name) => remedies.every((event) => event.name !== name));
  }
  const failure = { code, ladder: ladderOf(code, config, remedies.length) };
  const fits = (other: Config) => isGame(other, sample);
  const left = remediesLeft(failure, { config, data: { sample, dataCount }, past: remedies, fits });
  return Array.from(left, ({ remedy }) => remedy.name);
}

function isGame(config: Config, sample: SampleType): boolean {
  try {
    gameFromConfig(config, sample);
    return true;
  } catch (error) {
    if (error instanceof ConfigError) return false;
    throw error;
  }
}
