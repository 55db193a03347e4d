/** @file The events of a run: what every line of events.jsonl may be, and its text form. Runs in Node and in a browser. */

import { DataError, invariant } from "../../util/errors.ts";

/** Version of the event format, in the `v` of every event. */
export const EVENT_VERSION = 1;

/** How a run stands. */
export type RunStatus = "running" | "finished" | "interrupted" | "failed";

/** Any value JSON can hold. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** Measured numbers by name; null means not measured this time. NaN and the infinities are kept. */
export type ScalarValues = Readonly<Record<string, number | null>>;

/** What a finding rests on. Numbers may be NaN or infinite; no text may be exactly `NaN`, `Infinity` or `-Infinity`. */
export type Evidence = Readonly<Record<string, number | string | boolean | null | readonly (number | null)[]>>;

/** A figure of a metric. */
export interface JudgedValue {
  readonly value: number;
  /** What theory says it is, on average, for perfect samples: a floor where small is good, else a ceiling. */
  readonly ideal?: number;
  readonly standardError?: number;
  /** The same figure for reals judged by other reals; absent where there were too few. */
  readonly real?: number;
}

/** Figures by name, the metric's own first. NaN and the infinities are kept. */
export type MetricResults = Readonly<Record<string, JudgedValue>>;

interface EventBase<T extends string> {
  readonly v: typeof EVENT_VERSION;
  readonly type: T;
  /** Training steps done. */
  readonly step: number;
  /** Images shown so far. */
  readonly images: number;
  /** When it was written, as ISO 8601 in UTC. */
  readonly time: string;
}

/** The run begins; the first event of a log. */
export interface StartEvent extends EventBase<"start"> {
  readonly run: string;
  /** Fingerprint of the resolved config. */
  readonly fingerprint: string;
}

/** The run goes on from a checkpoint. What a follower has seen of later steps no longer counts. */
export interface ResumeEvent extends EventBase<"resume"> {
  /** Name of the checkpoint; null when there was none and the run begins again. */
  readonly checkpoint: string | null;
}

export interface ScalarsEvent extends EventBase<"scalars"> {
  readonly values: ScalarValues;
}

/** A picture of samples was written. */
export interface SampleEvent extends EventBase<"sample"> {
  /** Path below the run directory, with forward slashes. */
  readonly path: string;
  /** Which weights drew it, such as `ema` or `raw`. */
  readonly kind: string;
}

export interface CheckpointEvent extends EventBase<"checkpoint"> {
  /** Path below the run directory, with forward slashes. */
  readonly path: string;
}

/** The samples of seeds 0, 1, … were judged by a metric. */
export interface MetricEvent extends EventBase<"metric"> {
  /** Full name: metric, number of samples, features; such as `fid-10k-lenet_mnist`. */
  readonly metric: string;
  /** The figures by name, the metric's own first. */
  readonly results: MetricResults;
  /** Whether small or large values of the first figure are good. */
  readonly better: "small" | "large";
  /** Samples judged. */
  readonly samples: number;
  /** The reals that judged: of which data, and how many. */
  readonly reference: { readonly name: string; readonly count: number | null };
  /** How many reals were judged by how many for the figures `real`; null where there were too few. */
  readonly real: { readonly samples: number; readonly reference: number } | null;
  /** Seed of subsets, directions and cells. */
  readonly seed: number;
  /** Which weights drew the samples. */
  readonly weights: "ema" | "raw";
  /** How long the evaluation took, all its metrics together: drawing, features and figures. */
  readonly seconds: number;
}

/** A diagnosis found a failure. */
export interface FindingEvent extends EventBase<"finding"> {
  /** Permanent code from the catalogue, such as `mode-collapse`. */
  readonly code: string;
  readonly severity: "info" | "warning" | "error";
  readonly message: string;
  readonly evidence: Evidence;
}

/** A remedy was applied. */
export interface RemedyEvent extends EventBase<"remedy"> {
  readonly name: string;
  /** Code of the finding it answers. */
  readonly finding: string;
  readonly why: string;
  /** Config keys it changed. */
  readonly changes: readonly { readonly key: string; readonly from: JsonValue; readonly to: JsonValue }[];
}

/** Something a person should know that is no finding. */
export interface NoteEvent extends EventBase<"note"> {
  readonly level: "info" | "warning";
  readonly message: string;
}

export interface StatusEvent extends EventBase<"status"> {
  readonly status: RunStatus;
  /** Why, in words; empty when there is nothing to add. */
  readonly reason: string;
}

/** One line of a run's log. */
export type RunEvent =
  | StartEvent
  | ResumeEvent
  | ScalarsEvent
  | SampleEvent
  | CheckpointEvent
  | MetricEvent
  | FindingEvent
  | RemedyEvent
  | NoteEvent
  | StatusEvent;

/** The event of one type. */
export type RunEventOf<T extends RunEvent["type"]> = Extract<RunEvent, { type: T }>;

/** An event before it is stamped with version and time. */
export type RunEventInput = { [T in RunEvent["type"]]: Omit<RunEventOf<T>, "v" | "time"> }[RunEvent["type"]];

type Fields = Record<string, unknown>;

/** What each type must hold beyond the common fields: its fields, and the test each must pass. */
const FIELDS: { readonly [T in RunEvent["type"]]: { readonly [K in OwnField<T>]: (value: unknown) => boolean } } = {
  start: { run: isText, fingerprint: isText },
  resume: { checkpoint: (value) => value === null || isText(value) },
  scalars: { values: (value) => isObject(value) && Object.values(value).every(isMeasured) },
  sample: { path: isText, kind: isText },
  checkpoint: { path: isText },
  metric: {
    metric: isText,
    results: isResults,
    better: oneOf("small", "large"),
    samples: isCount,
    reference: isObject,
    real: (value) => value === null || isObject(value),
    seed: isCount,
    weights: oneOf("ema", "raw"),
    seconds: isMeasured,
  },
  finding: { code: isText, severity: oneOf("info", "warning", "error"), message: isText, evidence: isObject },
  remedy: { name: isText, finding: isText, why: isText, changes: Array.isArray },
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

/** Any object as one line of JSON, with numbers as in an event. */
export function encodeNumbers(value: object): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === "number" && !Number.isFinite(part) ? String(part) : part,
  );
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
  for (const field of ["values", "evidence"]) {
    const held = event[field];
    if (isObject(held)) event[field] = restoreNumbers(held);
  }
  if (isResults(event.results)) event.results = restoreResults(event.results);
  return event as unknown as RunEvent;
}

/** Figures as they were before {@link encodeNumbers}. */
export function restoreResults(results: Readonly<Record<string, Fields>>): MetricResults {
  const pairs = Object.entries(results).map(([name, figure]) => [name, restoreNumbers(figure)]);
  return Object.fromEntries(pairs) as MetricResults;
}

/** Whether a parsed value is what {@link restoreResults} takes. */
export function isResults(value: unknown): value is Readonly<Record<string, Fields>> {
  return (
    isObject(value) &&
    Object.values(value).every((figure) => isObject(figure) && Object.values(figure).every(isMeasured))
  );
}

function restoreNumbers(fields: Fields): Fields {
  const pairs = Object.entries(fields).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.map(restoreNumber) : restoreNumber(value),
  ]);
  return Object.fromEntries(pairs) as Fields;
}

function restoreNumber(value: unknown): unknown {
  return isNonFiniteText(value) ? Number(value) : value;
}

function invalid(where: string, what: string, cause?: unknown): DataError {
  return new DataError(`${where} cannot be read: ${what}`, {
    help: "The log was altered. Remove the line, or restore the file from a copy.",
    cause,
  });
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isNonFiniteText(value: unknown): boolean {
  return value === "NaN" || value === "Infinity" || value === "-Infinity";
}

function isMeasured(value: unknown): boolean {
  return value === null || typeof value === "number" || isNonFiniteText(value);
}

function isEventType(value: unknown): value is RunEvent["type"] {
  return isText(value) && Object.hasOwn(FIELDS, value);
}

function oneOf(...texts: string[]): (value: unknown) => boolean {
  return (value) => isText(value) && texts.includes(value);
}
