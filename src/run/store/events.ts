/** @file The events of a run: what every line of events.jsonl may be, and its text form. Runs in Node and in a browser. */

import { COUNTERFACTUALS, type Counterfactual, HEALTH_STATES, type HealthState } from "../../health/codes.ts";
import type { EvidenceRow } from "../../health/diagnosis.ts";
import type { Facts, Null } from "../../health/history.ts";
import { DataError, invariant } from "../../util/errors.ts";

/** Version of the event format, in the `v` of every event. */
export const EVENT_VERSION = 1;

/** How a run stands. */
export type RunStatus = "running" | "finished" | "interrupted" | "failed";

/** Any value JSON can hold. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** Measured numbers by name; null means not measured this time. NaN and the infinities are kept. */
export type ScalarValues = Readonly<Record<string, number | null>>;

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
  /** Which values of the first figure are good: small or large ones, or those near a number. */
  readonly better: "small" | "large" | { readonly near: number };
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

/** What reals give in the place of fakes: written once, before the first look. */
export interface BaselineEvent extends EventBase<"baseline"> {
  readonly facts: Facts;
  /** By signal. */
  readonly nulls: Readonly<Record<string, Null>>;
}

/** What probes measured of the players as they are, or after a counterfactual. */
export interface ProbeEvent extends EventBase<"probe"> {
  readonly of: "look" | Counterfactual;
  readonly values: ScalarValues;
  /** Histograms and sketches by name. */
  readonly vectors: Readonly<Record<string, readonly number[]>>;
}

/** The state of the run's health changed. */
export interface HealthEvent extends EventBase<"health"> {
  readonly state: HealthState;
  /** Code of the finding behind it, or null. */
  readonly code: string | null;
  /** Why, in words. */
  readonly reason: string;
}

/** A diagnosis found a failure, or what it found before became worse. */
export interface FindingEvent extends EventBase<"finding"> {
  /** Permanent code from the catalogue, such as `mode-collapse`. */
  readonly code: string;
  readonly severity: "info" | "warning" | "error";
  /** 0..1: how sure. */
  readonly confidence: number;
  /** Since when, as far as the log shows; the event's own step and images say when it was found. */
  readonly onset: { readonly step: number; readonly images: number };
  readonly message: string;
  /** Strongest first. Numbers may be NaN or infinite. */
  readonly evidence: readonly EvidenceRow[];
  /** Name of the remedy to try next, or null where none is left or known. */
  readonly next: string | null;
}

/** A remedy was applied: training went back to a checkpoint, and goes on under another config. */
export interface RemedyEvent extends EventBase<"remedy"> {
  readonly name: string;
  /** Code of the finding it answers. */
  readonly finding: string;
  readonly why: string;
  /** Config keys it changed. A value that was or is left out is null. */
  readonly changes: readonly { readonly key: string; readonly from: JsonValue; readonly to: JsonValue }[];
  /** How many remedies this run has had, with this one. */
  readonly attempt: number;
  /** The step that training went back to; what was seen of later steps no longer counts. 0 is the beginning. */
  readonly backTo: number;
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
  | BaselineEvent
  | ProbeEvent
  | HealthEvent
  | FindingEvent
  | RemedyEvent
  | NoteEvent
  | StatusEvent;

/** The event of one type. */
export type RunEventOf<T extends RunEvent["type"]> = Extract<RunEvent, { type: T }>;

/** An event before it is stamped with version and time. */
export type RunEventInput = { [T in RunEvent["type"]]: Omit<RunEventOf<T>, "v" | "time"> }[RunEvent["type"]];

/** What an event says, before it is known where in the training it stands. */
export type EventBody = {
  [T in RunEvent["type"]]: Omit<RunEventOf<T>, "v" | "time" | "step" | "images">;
}[RunEvent["type"]];

type Fields = Record<string, unknown>;

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
  probe: { of: oneOf("look", ...COUNTERFACTUALS), values: isValues, vectors: isVectors },
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
  if (isObject(event.values)) event.values = restoreNumbers(event.values);
  if (isObject(event.vectors)) event.vectors = restoreNumbers(event.vectors);
  if (Array.isArray(event.evidence)) event.evidence = event.evidence.map(restoreEvidence);
  for (const field of ["results", "nulls"]) {
    const held = event[field];
    if (isResults(held)) event[field] = restoreResults(held);
  }
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

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
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
