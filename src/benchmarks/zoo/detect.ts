/** @file Detection in the zoo: what the supervisor, and the rules of today, say of recorded runs, against the oracle. */

import { join } from "node:path";
import { FAILURE_CODES, type FailureCode } from "../../health/codes.ts";
import { DATA_CHECKS } from "../../health/preflight/preflight.ts";
import { openSupervision, supervise } from "../../health/supervisor/supervisor.ts";
import { HALVES, type Half } from "../../health/zoo/program.ts";
import { readEvents } from "../../run/store/event-log.ts";
import type { RunEvent } from "../../run/store/events.ts";
import { occurrencesOf } from "../../run/store/occurrences.ts";
import { runHistory } from "../../run/store/run-history.ts";
import { truthOf, type ZooRecord } from "./record.ts";
import { RULES_OF_TODAY } from "./rules-of-today.ts";
import { type Call, type DetectionScore, type Judged, type Known, scoreDetection } from "./score.ts";
import type { Truth } from "./truth.ts";

/** All that Gantry says of a run: warnings of the data before the training, and what its supervisor finds while it goes on. */
export const OURS = "gantry";
/** What the supervisor alone says. */
export const SUPERVISOR = "its supervisor alone";

/** What is compared, our own first. */
const DETECTORS: readonly string[] = [OURS, SUPERVISOR, ...RULES_OF_TODAY.map(({ name }) => name)];

/** How one detector did on the programs of one half. */
export interface DetectorScore extends DetectionScore {
  readonly detector: string;
  readonly half: Half;
}

/** One run, with what the oracle knows and what every detector said. */
export interface DetectedRun
  extends Pick<ZooRecord, "v" | "program" | "half" | "cause" | "plants" | "seed" | "planned"> {
  readonly outcome: Truth["outcome"];
  /** Null where the run counts for nothing: neither healthy nor failing. */
  readonly truth: Known | null;
  /** By detector; null where it did not call the run failing. */
  readonly calls: Readonly<Record<string, Call | null>>;
}

/** Runs that are neither healthy nor failing. */
export interface Aside {
  readonly half: Half;
  readonly outcome: "recovered" | "unclear";
  readonly runs: number;
  /** Those that ours called failing. */
  readonly called: number;
}

/** How ours did on a part of the runs of one half. */
export interface PartScore extends DetectionScore {
  readonly half: Half;
  /** What is left: such as `without faults of the data`, or the name of a program. */
  readonly part: string;
}

/** What detection in the zoo came to. */
export interface Detection {
  readonly scores: readonly DetectorScore[];
  readonly parts: readonly PartScore[];
  /** Runs that count for nothing, by why. */
  readonly aside: readonly Aside[];
}

const DATA_WARNING = new RegExp(`^(${DATA_CHECKS.map(({ name }) => name).join("|")}): `);

/** A warning of the data, given before the first step; null where there was none. */
function warningOf(events: readonly RunEvent[]): Call | null {
  const warned = events.some(
    (event) =>
      event.type === "note" && event.step === 0 && event.level === "warning" && DATA_WARNING.test(event.message),
  );
  return warned ? { code: "data-fault", step: 0, said: ["data-fault"] } : null;
}

/** What was said first, and all that was said. */
const together = (first: Call | null, second: Call | null): Call | null =>
  first && second ? { ...first, said: [...new Set([...first.said, ...second.said])] } : (first ?? second);

/**
 * What the supervisor calls a failure, read from the log as it would be to resume. While the thresholds are those under which
 * the run was trained, it is what was said then.
 */
export function callOf(events: Iterable<RunEvent>): Call | null {
  let supervision = openSupervision();
  let first: { readonly code: FailureCode | null; readonly step: number } | null = null;
  const said = new Set<FailureCode>();
  for (const event of events) {
    const occurrence = occurrencesOf(event);
    if (occurrence === null) continue;
    const told = supervise(supervision, occurrence);
    supervision = told.supervision;
    for (const response of told.responses) {
      if (response.kind === "finding" && response.finding.level === "failing") said.add(response.finding.code);
      if (response.kind === "health" && response.state === "failing")
        first ??= { code: response.code, step: event.step };
    }
  }
  return first && { ...first, said: [...said] };
}

/** What the oracle knows, for the score; null for what counts for nothing. */
function knownOf({ outcome, found, onset }: Truth): Known | null {
  if (outcome === "healthy") return { isFailing: false };
  return outcome === "failing" ? { isFailing: true, codes: found.map(({ code }) => code), onset: onset ?? 0 } : null;
}

function setAside(runs: readonly DetectedRun[]): Aside[] {
  return HALVES.flatMap((half) =>
    (["recovered", "unclear"] as const).map((outcome) => {
      const mine = runs.filter((run) => run.half === half && run.outcome === outcome);
      return { half, outcome, runs: mine.length, called: mine.filter(({ calls }) => calls[OURS]).length };
    }),
  );
}

/** A run that counts. */
type ClearRun = Omit<DetectedRun, "truth"> & { readonly truth: Known };

function score(runs: readonly ClearRun[], detector: string): DetectionScore {
  const judged = runs.map(
    ({ truth, calls, planned }): Judged => ({ truth, call: calls[detector] ?? null, steps: planned }),
  );
  return scoreDetection(judged, FAILURE_CODES);
}

/** Runs but those whose data were spoilt, which is mostly seen before the first step; and those of each program. */
function partsOf(runs: readonly ClearRun[]): PartScore[] {
  return HALVES.flatMap((half) => {
    const mine = runs.filter((run) => run.half === half);
    const sound = mine.filter(({ plants }) => plants !== "data-fault");
    const programs = [...new Set(mine.map(({ program }) => program))];
    return [
      { part: "without faults of the data", of: sound },
      ...programs.map((part) => ({ part, of: mine.filter(({ program }) => program === part) })),
    ].map(({ part, of }) => ({ half, part, ...score(of, OURS) }));
  });
}

/**
 * Scores what detectors said of runs.
 *
 * @param runs Of {@link judgeRuns}, in any order.
 */
export function scoreRuns(runs: readonly DetectedRun[]): Detection {
  const clear = runs.flatMap(({ truth, ...run }) => (truth === null ? [] : [{ ...run, truth }]));
  const scores = HALVES.flatMap((half) =>
    DETECTORS.map((detector) => {
      const mine = clear.filter((run) => run.half === half);
      return { detector, half, ...score(mine, detector) };
    }),
  );
  return { scores, parts: partsOf(clear), aside: setAside(runs) };
}

/**
 * Says what every detector says of recorded runs, and what the oracle knows.
 *
 * @param out The folder that the paths of the logs begin at.
 * @throws DataError when a log cannot be read.
 */
export const judgeRuns = (records: readonly ZooRecord[], out: string): DetectedRun[] =>
  records.map((record) => {
    const events = [...readEvents(join(out, record.events))];
    const { history } = runHistory(events);
    const rules = RULES_OF_TODAY.map((rule) => [rule.name, rule.call(history)] as const);
    const { program, half, cause, plants, seed, planned } = record;
    const found = callOf(events);
    const calls = { [OURS]: together(warningOf(events), found), [SUPERVISOR]: found, ...Object.fromEntries(rules) };
    const truth = truthOf(record);
    const { outcome } = truth;
    return { v: 1, program, half, cause, plants, seed, planned, outcome, truth: knownOf(truth), calls };
  });
