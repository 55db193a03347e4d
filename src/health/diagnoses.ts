/** @file The catalogue of failures, and what a history shows of them: which came first, what follows from it, and what cannot be said. */

import type { FailureCode } from "./codes.ts";
import { dataFault } from "./diagnoses/data-fault.ts";
import { discriminatorOverfitting } from "./diagnoses/discriminator-overfitting.ts";
import { discriminatorUnderfitting } from "./diagnoses/discriminator-underfitting.ts";
import { explodingGradient } from "./diagnoses/exploding-gradient.ts";
import { memorization } from "./diagnoses/memorization.ts";
import { modeCollapse } from "./diagnoses/mode-collapse.ts";
import { modeDropping } from "./diagnoses/mode-dropping.ts";
import { numericalDivergence } from "./diagnoses/numerical-divergence.ts";
import { oscillation } from "./diagnoses/oscillation.ts";
import { qualityRegression } from "./diagnoses/quality-regression.ts";
import { stalled } from "./diagnoses/stalled.ts";
import { vanishingGradient } from "./diagnoses/vanishing-gradient.ts";
import type { Diagnosis, Suspicion } from "./diagnosis.ts";
import { isWarm } from "./evidence/warm-up.ts";
import type { History, Reading } from "./history.ts";

/** Every diagnosis, in the order of decision: numbers, data, gradients, diversity, what is learned by heart, motion, and what is left. */
export const DIAGNOSES: readonly Diagnosis[] = [
  numericalDivergence,
  dataFault,
  explodingGradient,
  vanishingGradient,
  modeCollapse,
  modeDropping,
  discriminatorOverfitting,
  memorization,
  oscillation,
  discriminatorUnderfitting,
  stalled,
  qualityRegression,
];

/** The catalogue entry of a code. */
export const diagnosisOf = (code: FailureCode): Diagnosis =>
  DIAGNOSES.find((diagnosis) => diagnosis.code === code) as Diagnosis;

/** What may follow from each failure, so that it needs no remedy of its own. */
const CONSEQUENCES: Readonly<Record<FailureCode, readonly FailureCode[]>> = {
  "numerical-divergence": [
    "exploding-gradient",
    "vanishing-gradient",
    "mode-collapse",
    "mode-dropping",
    "stalled",
    "quality-regression",
  ],
  "data-fault": [
    "vanishing-gradient",
    "mode-collapse",
    "mode-dropping",
    "discriminator-underfitting",
    "stalled",
    "discriminator-overfitting",
    "quality-regression",
  ],
  "exploding-gradient": [
    "vanishing-gradient",
    "mode-collapse",
    "mode-dropping",
    "stalled",
    "oscillation",
    "quality-regression",
  ],
  "vanishing-gradient": ["mode-collapse", "mode-dropping", "stalled", "quality-regression"],
  "mode-collapse": [
    "mode-dropping",
    "memorization",
    "oscillation",
    "discriminator-underfitting",
    "vanishing-gradient",
    "stalled",
    "quality-regression",
  ],
  "mode-dropping": ["stalled", "quality-regression"],
  "discriminator-overfitting": [
    "vanishing-gradient",
    "memorization",
    "mode-collapse",
    "mode-dropping",
    "quality-regression",
  ],
  memorization: ["discriminator-overfitting", "quality-regression"],
  oscillation: ["mode-collapse", "mode-dropping", "quality-regression", "stalled"],
  "discriminator-underfitting": ["mode-collapse", "mode-dropping", "stalled", "quality-regression"],
  stalled: ["mode-collapse", "mode-dropping", "discriminator-underfitting", "vanishing-gradient"],
  "quality-regression": [],
};

/** A suspicion, and the failure that it follows from, if it does. */
export interface Explained extends Suspicion {
  readonly explainedBy: FailureCode | null;
}

/** What cannot be said, because nothing was measured that says it. */
export interface Missing {
  readonly code: FailureCode;
  /** The signals that would say it; none of them is in the history. */
  readonly signals: readonly string[];
  /** In words: "mode collapse cannot be seen: diversity/samples was not measured". */
  readonly says: string;
}

/** What a history shows. */
export interface Diagnosed {
  /** What is wrong: first what explains the others, in the order of decision. */
  readonly findings: readonly Explained[];
  readonly missing: readonly Missing[];
  /** Whether it was too early to say more than that numbers are finite. */
  readonly warmingUp: boolean;
}

/** Settings of {@link diagnose}. */
export interface DiagnoseOptions {
  /** Whether the warm-up counts as over. Default: what the history shows. */
  readonly warm?: boolean;
  /** The diagnoses that are asked, in the order of decision. Default all. */
  readonly diagnoses?: readonly Diagnosis[];
  /** What a counterfactual spoke against: it may be the cause of nothing. Default none. */
  readonly refuted?: readonly FailureCode[];
}

/** Says what `history` shows as of its end, and what it cannot show. Pure. */
export function diagnose(history: History, options: DiagnoseOptions = {}): Diagnosed {
  const warm = options.warm ?? isWarm(history);
  const diagnoses = options.diagnoses ?? DIAGNOSES;
  const findings = findFailures(history, { ...options, warm, diagnoses });
  return { findings, missing: missingOf(history, diagnoses), warmingUp: !warm };
}

/** The findings of {@link diagnose} alone. */
export function findFailures(
  history: History,
  { warm, diagnoses, refuted = [] }: DiagnoseOptions & Required<Pick<DiagnoseOptions, "warm" | "diagnoses">>,
): readonly Explained[] {
  const asked = diagnoses.filter(({ duringWarmUp }) => warm || duringWarmUp);
  const suspicions = asked.flatMap(({ decide }) => decide(history) ?? []);
  return explain(suspicions, history, refuted);
}

/** Looks by which an effect's beginning may seem to come before that of its cause: they are found at different speeds. */
const SLACK = 3;

/** Says of each suspicion which other it follows from. `suspicions` are in the order of decision. */
function explain(suspicions: readonly Suspicion[], history: History, refuted: readonly FailureCode[]): Explained[] {
  const slack = SLACK * spacing(history.looks.length > 1 ? history.looks : history.scalars);
  const follows = (effect: Suspicion, cause: Suspicion) => {
    if (cause.level !== "failing" || refuted.includes(cause.code) || !CONSEQUENCES[cause.code].includes(effect.code))
      return false;
    // That samples are worse is an effect of every failure: whichever is found explains it, and the order says nothing.
    if (effect.code === "quality-regression") return true;
    // The earlier in the order of decision is the cause, unless it plainly began later.
    return suspicions.indexOf(cause) < suspicions.indexOf(effect)
      ? cause.onset.step <= effect.onset.step + slack
      : cause.onset.step < effect.onset.step - slack;
  };
  const causes = new Map(
    suspicions.map((effect) => [effect, suspicions.find((other) => other !== effect && follows(effect, other))]),
  );
  const explained = suspicions.map((effect) => {
    const cause = isFirstOfCircle(effect, causes) ? undefined : causes.get(effect);
    return { ...effect, explainedBy: cause?.code ?? null };
  });
  const rank = ({ level, explainedBy }: Explained) => (explainedBy === null ? 0 : 2) + (level === "failing" ? 0 : 1);
  return explained.sort((a, b) => rank(a) - rank(b));
}

/** Whether suspicions follow from one another in a circle that comes back to `one`, and it began first of them: then it is the cause. */
function isFirstOfCircle(one: Suspicion, causes: ReadonlyMap<Suspicion, Suspicion | undefined>): boolean {
  const circle = [one];
  for (let cause = causes.get(one); cause !== one; cause = causes.get(cause)) {
    if (cause === undefined || circle.includes(cause)) return false;
    circle.push(cause);
  }
  const inOrder = [...causes.keys()].filter((suspicion) => circle.includes(suspicion));
  return one === inOrder.reduce((first, other) => (other.onset.step < first.onset.step ? other : first));
}

/** Mean number of steps between two readings. */
function spacing(readings: readonly Reading[]): number {
  const [first, last] = [readings[0], readings.at(-1)];
  return first && last && readings.length > 1 ? (last.step - first.step) / (readings.length - 1) : 0;
}

function missingOf(history: History, asked: readonly Diagnosis[]): Missing[] {
  const all = [...history.scalars, ...history.looks];
  const known = new Set(all.flatMap(({ values, vectors }) => [...Object.keys(values), ...Object.keys(vectors ?? {})]));
  const has = (signal: string) =>
    signal.endsWith("/*") ? [...known].some((name) => name.startsWith(signal.slice(0, -1))) : known.has(signal);
  return asked.flatMap(({ code, title, signals, enough = [[signals[0]]], byFigures }) => {
    if (enough.some((set) => set.every(has)) || (byFigures && history.metrics.length > 0)) return [];
    const sets = enough.map((set) => set.join(" and "));
    const what =
      sets.length > 1 ? `none of ${sets.join(", ")} was` : `${sets[0]} ${enough[0]!.length > 1 ? "were" : "was"} not`;
    return [{ code, signals: enough.flat(), says: `${title.toLowerCase()} cannot be seen: ${what} measured` }];
  });
}
