/** @file Detection in the zoo: what the supervisor, and the rules of today, say of recorded runs, against the oracle. */

import { join } from "node:path";
import { FAILURE_CODES } from "../../health/codes.ts";
import { openSupervision, supervise } from "../../health/supervisor.ts";
import { HALVES, type Half } from "../../health/zoo/program.ts";
import { readEvents } from "../../run/store/event-log.ts";
import type { RunEvent } from "../../run/store/events.ts";
import { occurrencesOf } from "../../run/store/occurrences.ts";
import { runHistory } from "../../run/store/run-history.ts";
import { truthOf, type ZooRecord } from "./record.ts";
import { RULES_OF_TODAY } from "./rules-of-today.ts";
import { type Call, type DetectionScore, type Judged, type Known, scoreDetection } from "./score.ts";

/** What is compared, our own first. */
export const OURS = "gantry";

/** How one detector did on the programs of one half. */
export interface DetectorScore extends DetectionScore {
  readonly detector: string;
  readonly half: Half;
}

/** One run with what ours said, for a list. */
export interface DetectedRun {
  readonly record: ZooRecord;
  readonly truth: Known;
  readonly call: Call | null;
}

/** What detection in the zoo came to. */
export interface Detection {
  readonly scores: readonly DetectorScore[];
  readonly runs: readonly DetectedRun[];
  /** Runs of which the oracle says neither that they are good nor that they are bad: they count for nothing. */
  readonly unclear: number;
}

/**
 * The first failure that the supervisor calls so, read from the log as `gantry diagnose` would. While the thresholds are those
 * under which the run was trained, it is what was said then.
 */
export function callOf(events: Iterable<RunEvent>): Call | null {
  let supervision = openSupervision();
  for (const event of events) {
    const occurrence = occurrencesOf(event);
    if (occurrence === null) continue;
    const told = supervise(supervision, occurrence);
    supervision = told.supervision;
    for (const response of told.responses) {
      if (response.kind === "health" && response.state === "failing") return { code: response.code, step: event.step };
    }
  }
  return null;
}

/** What the oracle knows, for the score; null where it is not clear. */
function knownOf(record: ZooRecord): Known | null {
  const { outcome, found, onset } = truthOf(record);
  if (outcome === "unclear") return null;
  if (outcome === "healthy") return { isFailing: false };
  return { isFailing: true, codes: found.map(({ code }) => code), onset: onset ?? 0 };
}

/**
 * Scores every detector on recorded runs.
 *
 * @param out The folder that the paths of the logs begin at.
 * @throws DataError when a log cannot be read.
 */
export function detect(records: readonly ZooRecord[], out: string): Detection {
  const calls = new Map<string, { readonly half: Half; readonly judged: Judged }[]>();
  const runs: DetectedRun[] = [];
  let unclear = 0;
  for (const record of records) {
    const truth = knownOf(record);
    if (truth === null) {
      unclear++;
      continue;
    }
    const events = [...readEvents(join(out, record.events))];
    const { history } = runHistory(events);
    const call = callOf(events);
    runs.push({ record, truth, call });
    const said = [[OURS, call] as const, ...RULES_OF_TODAY.map((rule) => [rule.name, rule.call(history)] as const)];
    for (const [detector, its] of said) {
      const judged: Judged = { truth, call: its, steps: record.planned };
      calls.set(detector, [...(calls.get(detector) ?? []), { half: record.half, judged }]);
    }
  }
  const scores = HALVES.flatMap((half) =>
    [...calls].map(([detector, all]) => {
      const mine = all.filter((one) => one.half === half).map(({ judged }) => judged);
      return { detector, half, ...scoreDetection(mine, FAILURE_CODES) };
    }),
  );
  return { scores, runs, unclear };
}
