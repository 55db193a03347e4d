/** @file The text form of events: one line of JSON each, checked when it is read. Runs in Node and in a browser. */

import { COUNTERFACTUALS, HEALTH_STATES } from "../../health/codes.ts";
import { DataError, invariant } from "../../util/errors.ts";
import { EVENT_VERSION, type EventBase, type RunEvent, type RunEventInput, type RunEventOf } from "./events.ts";
import {
  encodeNumbers,
  type Fields,
  isMeasured,
  isObject,
  isResults,
  restoreNumbers,
  restoreResults,
} from "./json-numbers.ts";

/** What each type must hold beyond the common fields: its fields, and the test each must pass. */
const FIELDS: { readonly [T in RunEvent["type"]]: { readonly [K in OwnField<T>]: (value: unknown) => boolean } } = {
  start: { run: isText, fingerprint: isText },
  resume: { checkpoint: isTextOrNull },
  scalars: { values: isValues },
  sample: { path: isText, kind: isText },
  checkpoint: { path: isText },
  metric: {
    metric: isText,
    results: isResults,
    better: (value) => value === "small" || value === "large" || (isObject(value) && Number.isFinite(value.near)),
    samples: isCount,
    reference: isObject,
    real: (value) => value === null || isObject(value),
    seed: isCount,
    weights: oneOf("ema", "raw"),
    seconds: isMeasured,
  },
  baseline: { facts: isObject, nulls: isResults },
  probe: { of: oneOf("look", ...Object.keys(COUNTERFACTUALS)), values: isValues, vectors: isVectors },
  health: { state: oneOf(...HEALTH_STATES), code: isTextOrNull, reason: isText },
  finding: {
    code: isText,
    severity: oneOf("info", "warning", "error"),
    confidence: isMeasured,
    onset: (value) => isObject(value) && isCount(value.step) && isCount(value.images),
    message: isText,
    evidence: (value) => Array.isArray(value) && value.every(isEvidence),
    next: isTextOrNull,
  },
  remedy: {
    name: isText,
    finding: isText,
    why: isText,
    changes: Array.isArray,
    attempt: isCount,
    backTo: isCount,
  },
  note: { level: oneOf("info", "warning"), message: isText },
  status: { status: oneOf("running", "finished", "interrupted", "failed"), reason: isText },
};

type OwnField<T extends RunEvent["type"]> = Exclude<keyof RunEventOf<T>, keyof EventBase<T>>;

/** Adds version and time to an event. */
export function stampEvent(input: RunEventInput, now: Date = new Date()): RunEvent {
  const { type, step, images, ...rest } = input;
  return { v: EVENT_VERSION, type, step, images, time: now.toISOString(), ...rest } as RunEvent;
}

/** An event as one line of JSON, without the line break. NaN and the infinities become `"NaN"`, `"Infinity"`, `"-Infinity"`. */
export function encodeEvent(event: RunEvent): string {
  invariant(isCount(event.step) && isCount(event.images), `event at step ${event.step}, image ${event.images}`);
  return encodeNumbers(event);
}

/**
 * Reads one line of a log.
 *
 * @param where Name for error messages, such as `events.jsonl line 7`.
 * @throws DataError when it is not a valid event of version 1.
 */
export function decodeEvent(line: string, where = "the event"): RunEvent {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch (cause) {
    throw invalid(where, "it is not valid JSON", cause);
  }
  if (!isObject(event)) throw invalid(where, "it is not a JSON object");
  if (event.v !== EVENT_VERSION) {
    throw new DataError(`${where} has event version ${JSON.stringify(event.v)}; this version reads ${EVENT_VERSION}`, {
      help: "Read it with the version of Gantry that wrote it.",
    });
  }
  if (!isEventType(event.type)) throw invalid(where, `it has the unknown type ${JSON.stringify(event.type)}`);
  const tests = { step: isCount, images: isCount, time: isText, ...FIELDS[event.type] };
  for (const [field, test] of Object.entries(tests)) {
    if (!test(event[field])) throw invalid(where, `its ${field} is ${JSON.stringify(event[field])}`);
  }
  if (isObject(event.values)) event.values = restoreNumbers(event.values);
  if (isObject(event.vectors)) event.vectors = restoreNumbers(event.vectors);
  if (Array.isArray(event.evidence)) event.evidence = event.evidence.map(restoreEvidence);
  for (const field of ["results", "nulls"]) {
    const held = event[field];
    if (isResults(held)) event[field] = restoreResults(held);
  }
  return event as unknown as RunEvent;
}

/** A signal's name and what the row says are text whatever they are; only numbers were written as text. */
function restoreEvidence(row: Fields): Fields {
  return { ...row, ...restoreNumbers({ value: row.value, low: row.low, high: row.high }) };
}

function invalid(where: string, what: string, cause?: unknown): DataError {
  return new DataError(`${where} cannot be read: ${what}`, {
    help: "The log was altered. Remove the line, or restore the file from a copy.",
    cause,
  });
}

function isTextOrNull(value: unknown): boolean {
  return value === null || isText(value);
}

function isValues(value: unknown): boolean {
  return isObject(value) && Object.values(value).every(isMeasured);
}

function isVectors(value: unknown): boolean {
  return isObject(value) && Object.values(value).every((list) => Array.isArray(list) && list.every(isMeasured));
}

function isEvidence(value: unknown): boolean {
  return (
    isObject(value) &&
    isText(value.signal) &&
    isText(value.says) &&
    [value.value, value.low, value.high].every(isMeasured)
  );
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isEventType(value: unknown): value is RunEvent["type"] {
  return isText(value) && Object.hasOwn(FIELDS, value);
}

function oneOf(...texts: string[]): (value: unknown) => boolean {
  return (value) => isText(value) && texts.includes(value);
}
