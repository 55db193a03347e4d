/** @file The history of a run of ours, from its log, with what was found and done while it trained. */

import { directionOf } from "../../health/foreign/names.ts";
import { emptyHistory, type History, type Reading } from "../../health/history.ts";
import { type TimedStep, upTo } from "../../health/post-mortem.ts";
import { figuresOf } from "../evaluation/evaluation.ts";
import type { RunEvent, RunEventOf, ScalarValues } from "./events.ts";

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

/** Reads a run's log. What a remedy or a resumption took back does not count. */
export function runHistory(events: Iterable<RunEvent>): RunHistory {
  let history = emptyHistory();
  let moments: TimedStep[] = [];
  const better: Record<string, "small" | "large"> = {};
  const [findings, remedies]: [RunEventOf<"finding">[], RunEventOf<"remedy">[]] = [[], []];
  let [status, health]: [RunHistory["status"], RunHistory["health"]] = [null, null];
  let [seconds, before]: [number, number | null] = [0, null];
  let pending = emptyLists();
  const settle = () => {
    history = append(history, pending);
    pending = emptyLists();
  };
  for (const event of events) {
    const { step } = event;
    const now = Date.parse(event.time) / 1000;
    if (event.type !== "resume" && before !== null && now > before) seconds += now - before;
    before = now;
    switch (event.type) {
      case "baseline":
        settle();
        history = { ...history, facts: event.facts, nulls: event.nulls };
        break;
      case "scalars":
        pending.scalars.push(readingOf(event, event.values));
        if (step > (moments.at(-1)?.step ?? -1)) moments.push({ step, seconds });
        break;
      case "metric": {
        const values = figuresOf(event);
        for (const [i, name] of Object.keys(values).entries()) {
          // A look back asks for a side: of what is good near a number, it is that of its name, or none.
          const side = i === 0 && typeof event.better === "string" ? event.better : undefined;
          const direction = side ?? directionOf(name);
          if (direction !== null) better[name] = direction;
        }
        pending.metrics.push(readingOf(event, values));
        break;
      }
      case "probe": {
        const reading = { ...readingOf(event, event.values), vectors: event.vectors };
        if (event.of === "look") pending.looks.push(reading);
        else pending.trials.push({ ...reading, of: event.of });
        break;
      }
      case "finding":
        findings.push(event);
        break;
      case "remedy":
      case "resume": {
        settle();
        const back = event.type === "remedy" ? event.backTo : step;
        history = upTo(history, back);
        moments = moments.filter((moment) => moment.step <= back);
        if (event.type === "remedy") remedies.push(event);
        break;
      }
      case "status":
        status = event;
        break;
      case "health":
        health = event;
        break;
      case "start":
      case "sample":
      case "checkpoint":
      case "note":
        break;
    }
  }
  settle();
  return { history, better, moments, findings, remedies, status, health };
}

type Lists = { -readonly [K in "scalars" | "looks" | "metrics" | "trials"]: History[K][number][] };

const emptyLists = (): Lists => ({ scalars: [], looks: [], metrics: [], trials: [] });

function append(history: History, lists: Lists): History {
  return {
    ...history,
    scalars: [...history.scalars, ...lists.scalars],
    looks: [...history.looks, ...lists.looks],
    metrics: [...history.metrics, ...lists.metrics],
    trials: [...history.trials, ...lists.trials],
  };
}

function readingOf({ step, images }: RunEvent, values: ScalarValues): Reading {
  const measured = Object.entries(values).filter((pair): pair is [string, number] => pair[1] !== null);
  return { step, images, values: Object.fromEntries(measured) };
}
