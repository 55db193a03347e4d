/** @file The events of a run: what every line of events.jsonl may be. Runs in Node and in a browser. */

import type { Counterfactual, HealthState } from "../../health/codes.ts";
import type { EvidenceRow } from "../../health/diagnosis.ts";
import type { Facts, Null } from "../../health/history.ts";

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

/** What every event holds. */
export interface EventBase<T extends string> {
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
