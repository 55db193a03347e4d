/** @file What to try against a failure of a run that has ended: in the order in which `--remedy auto` would, were it to go on. */

import type { Config } from "../../../config/config.ts";
import type { SampleType } from "../../../gan/game/game.ts";
import type { FailureCode } from "../../../health/codes.ts";
import { diagnosisOf } from "../../../health/diagnoses.ts";
import { ladderOf } from "../../../health/supervisor/ladder.ts";
import type { RunHistory } from "../../store/run-history.ts";
import { fits } from "../prepare/under-config.ts";
import { remediesLeft, untried } from "./rollback.ts";

/** Remedies that are named: to see that a game can be made takes time for each. */
const MOST = 3;

/** Points of a run without a checkpoint: remedies do not ask of how many dimensions. */
const ANY_POINTS: SampleType = { kind: "points", shape: [1] };

/** What of a run is looked at. Each is null where it is not known: the config of a log alone, the samples of a run without a checkpoint. */
export interface Advised {
  readonly config: Config | null;
  readonly sample: SampleType | null;
}

/**
 * Names of the remedies against `code` that apply to the run's config and were not tried in it, the one to try first in front; three at most. Where
 * the config, what kind of samples there are, or their number are not known, those that were not tried.
 */
export function adviceOn(
  code: FailureCode,
  { config, sample }: Advised,
  { history, remedies: past }: Pick<RunHistory, "history" | "remedies">,
): readonly string[] {
  const { dataCount, realScale, kind } = history.facts;
  const ladder = config === null ? diagnosisOf(code).remedies : ladderOf(code, config, past.length);
  const shown = sample ?? (kind === "points" ? ANY_POINTS : null);
  if (config === null || shown === null || dataCount === null) return untried(ladder, past).slice(0, MOST);
  const seen = realScale === null ? {} : { realScale };
  const data = { sample: shown, dataCount };
  const isPossible = (other: Config) => sample === null || fits(other, { ...sample, count: dataCount });
  const advice: string[] = [];
  for (const { remedy } of remediesLeft({ code, ladder, seen }, { config, data, past, fits: isPossible })) {
    if (advice.push(remedy.name) === MOST) break;
  }
  return advice;
}
