/** @file The history of a run of ours, from its log, with what was found and done while it trained. */

import { BROKEN_STEP } from "../../health/diagnoses/numerical-divergence.ts";
import { directionOf } from "../../health/evidence/metric-names.ts";
import { emptyHistory, type History } from "../../health/history.ts";
import { type TimedStep, upTo } from "../../health/post-mortem.ts";
import { remember } from "../../health/supervisor/remember.ts";
import { figuresOf } from "../evaluation/evaluation.ts";
import type { RunEvent, RunEventOf } from "./events.ts";
import { occurrencesOf } from "./occurrences.ts";

/** A run's log, as diagnoses and post-mortems read it. */
export interface RunHistory {
  readonly history: History;
  /** Which way each metric is good. */
  readonly better: Readonly<Record<string, "small" | "large">>;
  /** How long it had trained, without the pauses before it was resumed. */
  readonly moments: readonly TimedStep[];
  /** What was found while it trained, in order. */
  readonly findings: readonly RunEventOf<"finding">[];
  /** The remedies that were applied. */
  readonly remedies: readonly RunEventOf<"remedy">[];
  /** The last status; null for a log without one. */
  readonly status: RunEventOf<"status"> | null;
  /** The last state of its health; null where nobody watched. */
  readonly health: RunEventOf<"health"> | null;
}

/** Reads a run's log: what its supervisor would know, had it just happened. What a remedy or a resumption took back does not count. */
export function runHistory(events: Iterable<RunEvent>): RunHistory {
  let history = emptyHistory();
  let moments: TimedStep[] = [];
  const better: Record<string, "small" | "large"> = {};
  const [findings, remedies]: [RunEventOf<"finding">[], RunEventOf<"remedy">[]] = [[], []];
  let [status, health]: [RunHistory["status"], RunHistory["health"]] = [null, null];
  let [seconds, before]: [number, number | null] = [0, null];
  for (const event of events) {
    const { step } = event;
    const now = Date.parse(event.time) / 1000;
    if (event.type !== "resume" && before !== null && now > before) seconds += now - before;
    before = now;
    const occurrence = occurrencesOf(event);
    if (occurrence !== null) history = remember(history, occurrence);
    switch (event.type) {
      case "scalars":
      case "probe":
        if (step > (moments.at(-1)?.step ?? -1)) moments.push({ step, seconds });
        break;
      case "metric":
        Object.assign(better, sidesOf(event));
        break;
      case "finding":
        findings.push(event);
        break;
      case "remedy":
        remedies.push(event);
        moments = moments.filter((moment) => moment.step <= event.backTo);
        break;
      case "resume":
        history = withoutBroken(upTo(history, step));
        moments = moments.filter((moment) => moment.step <= step);
        break;
      case "status":
        status = event;
        break;
      case "health":
        health = event;
        break;
      default:
        break;
    }
  }
  return { history, better, moments, findings, remedies, status, health };
}

/** Which way the figures of a metric are good, where that is known. */
function sidesOf(event: RunEventOf<"metric">): Record<string, "small" | "large"> {
  const sides = Object.keys(figuresOf(event)).flatMap((name, i) => {
    // A look back asks for a side: of what is good near a number, it is that of its name, or none.
    const own = i === 0 && typeof event.better === "string" ? event.better : undefined;
    const side = own ?? directionOf(name);
    return side === null ? [] : [[name, side] as const];
  });
  return Object.fromEntries(sides);
}

/** A step that was broken ended its session: one that goes on is before it again. */
const withoutBroken = (history: History): History => ({
  ...history,
  scalars: history.scalars.filter(({ values }) => values[BROKEN_STEP] === undefined),
});
