/** @file What to try against a failure of a run that has ended: in the order in which `--remedy auto` would, were it to go on. */

import type { Config } from "../../../config/config.ts";
import type { FailureCode } from "../../../health/codes.ts";
import { diagnosisOf } from "../../../health/diagnoses.ts";
import { ladderOf } from "../../../health/supervisor/ladder.ts";
import type { LoadedRun } from "../../store/load-run.ts";
import type { RunHistory } from "../../store/run-history.ts";
import { fits } from "../prepare/under-config.ts";
import { remediesLeft } from "./rollback.ts";

/** Remedies that are named: to see that a game can be made takes time for each. */
const MOST = 3;

/** What of a run is looked at. */
type Advised = Pick<LoadedRun, "config" | "game">;

/** Names of the remedies against `code` that apply to the run's config and were not tried in it, the one to try first in front; three at most. */
export function adviceOn(
  code: FailureCode,
  { config, game: { sample } }: Advised,
  { history, remedies }: Pick<RunHistory, "history" | "remedies">,
): readonly string[] {
  const { dataCount, realScale } = history.facts;
  // A run that took no look does not say how many samples it learned from.
  if (dataCount === null) {
    const untried = (name: string) => remedies.every((event) => event.name !== name);
    return diagnosisOf(code).remedies.filter(untried).slice(0, MOST);
  }
  const seen = realScale === null ? {} : { realScale };
  const failure = { code, ladder: ladderOf(code, config, remedies.length), seen };
  const isPossible = (other: Config) => fits(other, { ...sample, count: dataCount });
  const data = { sample, dataCount };
  const advice: string[] = [];
  for (const { remedy } of remediesLeft(failure, { config, data, past: remedies, fits: isPossible })) {
    if (advice.push(remedy.name) === MOST) break;
  }
  return advice;
}
