/** @file How well failures are seen: what was said of each run of the zoo against what the oracle knows. Pure. */

import type { FailureCode } from "../../health/codes.ts";
import { median } from "../../util/averages.ts";

/** What the oracle knows of a run. */
export type Known =
  | { readonly isFailing: false }
  | {
      readonly isFailing: true;
      /** The failures that it found, the most telling first; none where samples are bad and nothing says why. */
      readonly codes: readonly FailureCode[];
      /** The step from which on it saw it. */
      readonly onset: number;
    };

/** What a detector said of a run that it called failing: the first failure, and when. */
export interface Call {
  /** Null where the detector does not name failures: a rule that only says "this fails". */
  readonly code: FailureCode | null;
  readonly step: number;
  /** Every failure that it said was there before the run was over, each once. */
  readonly said: readonly FailureCode[];
}

/** One run, judged by both. */
export interface Judged {
  readonly truth: Known;
  /** Null where the run was not called failing. */
  readonly call: Call | null;
  /** Length of the run in steps. */
  readonly steps: number;
}

/** Figures of one code. A run may fail in several ways at once, and counts for each. A share of nothing is null. */
export interface CodeScore {
  readonly code: FailureCode;
  /** Runs that fail so by the oracle, before all else or beside it. */
  readonly runs: number;
  /** Runs of which it was said. */
  readonly said: number;
  /** Runs that fail so and of which it was said: out of `runs` that is the recall, out of `said` the precision. */
  readonly both: number;
}

/** Figures of a detector over some runs. */
export interface DetectionScore {
  readonly failing: number;
  readonly healthy: number;
  /** Share of failing runs that were called failing, by whatever name. */
  readonly sensitivity: number | null;
  /** Share of healthy runs that were not. */
  readonly specificity: number | null;
  /** Mean of both. */
  readonly balancedAccuracy: number | null;
  /** Healthy runs that were called failing. */
  readonly falseAlarms: number;
  /**
   * Share of the runs that were called failing and have a name by the oracle, whose name was right: the first that the oracle
   * gives, and any of them. Null for a detector that names none.
   */
  readonly named: { readonly first: number | null; readonly any: number | null } | null;
  /**
   * Median of (step of the call less onset) as a share of the run's length, over failing runs that were called. Negative:
   * called before the oracle, which looks at samples only every so often, saw it.
   */
  readonly delay: number | null;
  readonly codes: readonly CodeScore[];
  /** How many runs that are the first were called the second; `healthy` where there is no failure. */
  readonly confusion: readonly { readonly truth: string; readonly called: string; readonly runs: number }[];
}

const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

/** The failures that the oracle found in a run. */
const codesOf = ({ truth }: Judged): readonly FailureCode[] => (truth.isFailing ? truth.codes : []);

/** Scores one code over `runs`. */
function scoreCode(runs: readonly Judged[], code: FailureCode): CodeScore {
  const so = runs.filter((run) => codesOf(run).includes(code));
  const said = runs.filter(({ call }) => call?.said.includes(code));
  const both = so.filter((run) => said.includes(run)).length;
  return { code, runs: so.length, said: said.length, both };
}

function confusionOf(runs: readonly Judged[]): DetectionScore["confusion"] {
  const cells = new Map<string, { truth: string; called: string; runs: number }>();
  for (const run of runs) {
    const truth = run.truth.isFailing ? (run.truth.codes[0] ?? "no name") : "healthy";
    const called = run.call === null ? "healthy" : (run.call.code ?? "failing");
    const cell = cells.get(`${truth}|${called}`) ?? { truth, called, runs: 0 };
    cells.set(`${truth}|${called}`, { ...cell, runs: cell.runs + 1 });
  }
  return [...cells.values()];
}

function namesOf(caught: readonly Judged[]): DetectionScore["named"] {
  const known = caught.filter((run) => codesOf(run).length > 0);
  if (caught.length > 0 && caught.every(({ call }) => call?.code === null)) return null;
  const right = (test: (codes: readonly FailureCode[], called: FailureCode | null) => boolean) =>
    share(known.filter((run) => test(codesOf(run), run.call!.code)).length, known.length);
  return {
    first: right((codes, called) => codes[0] === called),
    any: right((codes, called) => called !== null && codes.includes(called)),
  };
}

/** Scores what a detector said of `runs`. */
export function scoreDetection(runs: readonly Judged[], codes: readonly FailureCode[]): DetectionScore {
  const failing = runs.filter(({ truth }) => truth.isFailing);
  const healthy = runs.filter(({ truth }) => !truth.isFailing);
  const caught = failing.filter(({ call }) => call !== null);
  const falseAlarms = healthy.filter(({ call }) => call !== null).length;
  const sensitivity = share(caught.length, failing.length);
  const specificity = share(healthy.length - falseAlarms, healthy.length);
  const named = namesOf(caught);
  const delays = caught.flatMap(({ truth, call, steps }) =>
    truth.isFailing ? [(call!.step - truth.onset) / steps] : [],
  );
  return {
    failing: failing.length,
    healthy: healthy.length,
    sensitivity,
    specificity,
    balancedAccuracy: sensitivity === null || specificity === null ? null : (sensitivity + specificity) / 2,
    falseAlarms,
    named,
    delay: delays.length === 0 ? null : median(delays),
    codes: named === null ? [] : codes.map((code) => scoreCode(runs, code)),
    confusion: confusionOf(runs),
  };
}

/**
 * Wilson's 95 % interval of a share: `part` of `whole`.
 * Wilson, "Probable Inference, the Law of Succession, and Statistical Inference" (1927).
 */
export function wilson(part: number, whole: number): { readonly low: number; readonly high: number } {
  if (whole === 0) return { low: 0, high: 1 };
  const z = 1.959964;
  const p = part / whole;
  const centre = p + (z * z) / (2 * whole);
  const half = z * Math.sqrt((p * (1 - p)) / whole + (z * z) / (4 * whole * whole));
  const scale = 1 + (z * z) / whole;
  return { low: Math.max(0, (centre - half) / scale), high: Math.min(1, (centre + half) / scale) };
}
