/**
 * @file After the fact: when a training was at its best, when it went wrong, what was spent after that, and what its log
 * cannot tell.
 */

import type { FailureCode } from "./codes.ts";
import { TIMES } from "./diagnoses/quality-regression.ts";
import { diagnose, diagnosisOf, type Explained, type Missing } from "./diagnoses.ts";
import { type History, type Point, type Reading, series } from "./history.ts";
import { thinned } from "./supervisor/remember.ts";

/** How long a training had taken, at a step. */
export interface TimedStep {
  readonly step: number;
  readonly seconds: number;
}

/** What is looked back at. */
export interface PostMortemInputs {
  readonly history: History;
  /** Which way each metric is good. Metrics that are not named are not judged. */
  readonly better: Readonly<Record<string, "small" | "large">>;
  /** Empty where nobody knows how long it took. */
  readonly moments: readonly TimedStep[];
}

/** A time in which a metric was far from its best. */
export interface Episode {
  /** The first of three evaluations in a row that are all worse than {@link WORSE} times the best so far. */
  readonly from: Point;
  /** The first evaluation after it that is not; null where it lasts. */
  readonly until: Point | null;
}

/** One metric of a training. */
export interface MetricCourse {
  readonly metric: string;
  readonly better: "small" | "large";
  readonly evaluations: number;
  readonly best: Point;
  readonly last: Point;
  /** How many times worse the last is than the best, at least 1; null where the best is not above 0, or no ratio says it. */
  readonly decline: number | null;
  readonly episodes: readonly Episode[];
}

/** A failure that a training showed. */
export interface PastFinding {
  /** As it was when it was last seen. */
  readonly suspicion: Explained;
  /** The step up to which the log had been read when it was first said of this time; what a supervisor would have known. */
  readonly saidAt: number;
  /** Whether it is still there at the end. */
  readonly atEnd: boolean;
}

/** What a training spent after a point of it. */
export interface Spent {
  readonly steps: number;
  /** 0..1, of all steps. */
  readonly share: number;
  /** null where the log does not say how long the training took. */
  readonly hours: number | null;
}

/** That something is wrong from a point on, and what says so. */
interface Sign {
  readonly step: number;
  readonly images: number;
  readonly by: string;
}

/** What is known of a training that is over. */
export interface PostMortem {
  /** Last point of the log. */
  readonly end: { readonly step: number; readonly images: number; readonly hours: number | null };
  /** The one it is judged by first. */
  readonly metrics: readonly MetricCourse[];
  /** Failures, those that are there at the end first. */
  readonly findings: readonly PastFinding[];
  /** The earliest sign of what is still wrong at the end: an episode of the first metric, or the onset of a finding. */
  readonly wentWrong: (Sign & { readonly after: Spent }) | null;
  /** What came after the best step of the first metric, the first where several are as good; null without metrics. */
  readonly afterBest: Spent | null;
  readonly evidence: Evidence;
}

/** What the log holds, and so what can be said. */
export interface Evidence {
  /** Groups of signals, and metrics. */
  readonly has: readonly string[];
  /** Groups of signals that are not there, and what cannot be said without them. */
  readonly lacks: readonly string[];
  /** Failures that cannot be seen in this log, however bad they are. */
  readonly missing: readonly Missing[];
  /** Whether it ends before samples can be judged: that nothing is found then says nothing. */
  readonly tooShort: boolean;
}

/** Three evaluations in a row, each this many times worse than the best so far, are a metric that went wrong. */
export const WORSE = TIMES;
const IN_A_ROW = 3;
/** At most so many ends are tried: how far the log had been read when a failure was said is known to within one of them. */
const MOST_ENDS = 60;

/** Looks back at a training. Pure. */
export function postMortem({ history, better, moments }: PostMortemInputs): PostMortem {
  const metrics = coursesOf(history, better);
  const findings = replay(history);
  const last = lastOf(history);
  const [first] = metrics;
  const wrong = earliest(metrics, findings);
  const total = moments.at(-1)?.seconds ?? null;
  const spentSince = (step: number): Spent => {
    const seconds = secondsAt(moments, step);
    return {
      steps: last.step - step,
      share: last.step === 0 ? 0 : (last.step - step) / last.step,
      hours: seconds === null || total === null ? null : (total - seconds) / 3600,
    };
  };
  return {
    end: { ...last, hours: total === null ? null : total / 3600 },
    metrics,
    findings,
    wentWrong: wrong && { ...wrong, after: spentSince(wrong.step) },
    afterBest: first === undefined ? null : spentSince(first.best.step),
    evidence: evidenceOf(history),
  };
}

/** Every metric whose direction is known, Frechet distances first. */
function coursesOf(history: History, better: PostMortemInputs["better"]): MetricCourse[] {
  return Object.entries(better)
    .flatMap(([metric, direction]) => {
      const course = courseOf(metric, direction, series(history.metrics, metric));
      return course === null ? [] : [course];
    })
    .sort((a, b) => rankOf(a.metric) - rankOf(b.metric));
}

const RANKS = [/^fid/, /fid/, /frechet/, /^kid/];

function rankOf(metric: string): number {
  const rank = RANKS.findIndex((pattern) => pattern.test(metric));
  return rank < 0 ? RANKS.length : rank;
}

/** The course of one metric; null when no evaluation of it is finite. */
export function courseOf(metric: string, better: "small" | "large", points: readonly Point[]): MetricCourse | null {
  const beats = (a: number, b: number) => (better === "small" ? a < b : a > b);
  let best: Point | undefined;
  const bad = points.map((point) => {
    if (Number.isFinite(point.value) && (best === undefined || beats(point.value, best.value))) best = point;
    return best !== undefined && isWorse(point.value, best.value, better);
  });
  const last = points.at(-1);
  if (best === undefined || last === undefined) return null;
  const times = Math.max(1, ratio(last.value, best.value, better));
  const decline = best.value > 0 && Number.isFinite(times) ? times : null;
  return { metric, better, evaluations: points.length, best, last, decline, episodes: episodesOf(points, bad) };
}

const ratio = (value: number, best: number, better: "small" | "large") =>
  better === "small" ? value / best : best / value;

/** A value that is not finite is worse; beside a best that is not above 0 no ratio means anything. */
function isWorse(value: number, best: number, better: "small" | "large"): boolean {
  if (!Number.isFinite(value)) return true;
  return best > 0 && (ratio(value, best, better) > WORSE || value < 0);
}

function episodesOf(points: readonly Point[], bad: readonly boolean[]): Episode[] {
  const episodes: Episode[] = [];
  for (let i = 0; i < points.length; i++) {
    if (!bad[i]) continue;
    let end = i;
    while (end < points.length && bad[end]) end++;
    if (end - i >= IN_A_ROW) episodes.push({ from: points[i] as Point, until: points[end] ?? null });
    i = end;
  }
  return episodes;
}

/**
 * What diagnoses say as the log grows. Failures that pass are found too, and for each how much of the log was needed.
 */
function replay(history: History): PastFinding[] {
  const found = new Map<FailureCode, PastFinding>();
  const seenAt = new Map<FailureCode, number>();
  for (const end of endsOf(history)) {
    const now = failuresOf(upTo(history, end));
    for (const [code, past] of found) if (!now.has(code)) found.set(code, { ...past, atEnd: false });
    for (const [code, suspicion] of now) {
      const before = found.get(code);
      // What began after it was last seen is another time of it. (The onset of what lasts may be reckoned later as the log grows.)
      const isAnother = before !== undefined && suspicion.onset.step > seenAt.get(code)!;
      found.set(code, { suspicion, saidAt: isAnother ? end : (before?.saidAt ?? end), atEnd: true });
      seenAt.set(code, end);
    }
  }
  return [...found.values()].sort((a, b) => Number(b.atEnd) - Number(a.atEnd) || a.saidAt - b.saidAt);
}

/** What is failing as of the end of a history, without what a counterfactual spoke against: that explains nothing else, either. */
function failuresOf(history: History): Map<FailureCode, Explained> {
  const failing = (refuted: readonly FailureCode[]) =>
    diagnose(history, { refuted }).findings.filter(({ level }) => level === "failing");
  const refuted = failing([]).flatMap((suspicion) => {
    const answer = history.trials.length > 0 && diagnosisOf(suspicion.code).confirmation?.read(history, suspicion);
    return answer === "refuted" ? [suspicion.code] : [];
  });
  const standing = failing(refuted).filter(({ code }) => !refuted.includes(code));
  return new Map(standing.map((suspicion) => [suspicion.code, suspicion]));
}

/** The steps up to which the log is read: those of evaluations, looks and the end, or of all readings, thinned to {@link MOST_ENDS}. */
function endsOf({ metrics, looks, scalars }: History): number[] {
  const readings =
    metrics.length + looks.length >= MOST_ENDS / 4 ? [...metrics, ...looks] : [...metrics, ...looks, ...scalars];
  // A training that ended between two looks, as numbers were not finite, shows it in its last scalars.
  const steps = [...new Set([...readings, ...scalars.slice(-1)].map(({ step }) => step))].sort((a, b) => a - b);
  if (steps.length <= MOST_ENDS) return steps;
  return Array.from(
    { length: MOST_ENDS },
    (_, i) => steps[Math.ceil(((i + 1) * steps.length) / MOST_ENDS) - 1] as number,
  );
}

/** What was known of a training at a step, as much as a supervisor would remember. */
export function upTo(history: History, step: number): History {
  const cut = <T extends Reading>(readings: readonly T[]) => thinned(readings.slice(0, countUpTo(readings, step)));
  const { scalars, looks, metrics, trials } = history;
  return { ...history, scalars: cut(scalars), looks: cut(looks), metrics: cut(metrics), trials: cut(trials) };
}

function countUpTo(readings: readonly Reading[], step: number): number {
  let [low, high] = [0, readings.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((readings[middle] as Reading).step <= step) low = middle + 1;
    else high = middle;
  }
  return low;
}

function lastOf({ scalars, looks, metrics }: History): { readonly step: number; readonly images: number } {
  const ends = [scalars, looks, metrics].flatMap((readings) => readings.at(-1) ?? []);
  const { step, images } = ends.reduce((a, b) => (b.step > a.step ? b : a), { step: 0, images: 0, values: {} });
  return { step, images };
}

/** How long it had taken at the first moment from `step` on. */
function secondsAt(moments: readonly TimedStep[], step: number): number | null {
  return moments.find((moment) => moment.step >= step)?.seconds ?? moments.at(-1)?.seconds ?? null;
}

function earliest(metrics: readonly MetricCourse[], findings: readonly PastFinding[]): Sign | null {
  const lasting = metrics
    .slice(0, 1)
    .flatMap(({ metric, episodes }) =>
      episodes.filter(({ until }) => until === null).map(({ from }) => ({ ...from, by: metric })),
    );
  const present = findings.filter(({ atEnd }) => atEnd);
  const signs = [...lasting, ...present.map(({ suspicion: { onset, code } }) => ({ ...onset, by: code as string }))];
  const [first, ...others] = signs;
  if (first === undefined) return null;
  const { step, images, by } = others.reduce((a, b) => (b.step < a.step ? b : a), first);
  return { step, images, by };
}

/** Groups of signals, and what can be said without each. */
const GROUPS: readonly { readonly name: string; readonly signals: RegExp; readonly without: string }[] = [
  {
    name: "losses",
    signals: /^loss\//,
    without: "no losses: exploding losses and values that are not finite do not show",
  },
  {
    name: "gradients",
    signals: /^(gradient|signal)\//,
    without: "no gradients: a vanished gradient cannot be told from a discriminator that is merely good",
  },
  {
    name: "scores of the discriminator",
    signals: /^(score|auc|sign|overfit)\//,
    without: "no scores: that the discriminator learned the data by heart, or learns nothing, does not show",
  },
  {
    name: "diversity of samples",
    signals: /^(diversity|duplicates|rank|bins|energy)\//,
    without: "no diversity signal: mode collapse shows only where a metric gets worse, and then not by its name",
  },
  {
    name: "copying",
    signals: /^copying\//,
    without: "no distances to the data: memorised samples do not show, and look good to metrics",
  },
];

function evidenceOf(history: History): Evidence {
  const names = new Set([...history.scalars, ...history.looks].flatMap(({ values }) => Object.keys(values)));
  const has = (pattern: RegExp) => [...names].some((name) => pattern.test(name));
  const metrics = [...new Set(history.metrics.flatMap(({ values }) => Object.keys(values)))];
  const { missing, warmingUp } = diagnose(upTo(history, Number.POSITIVE_INFINITY));
  const present = GROUPS.filter(({ signals }) => has(signals));
  return {
    has: [...present.map(({ name }) => name), ...metrics],
    lacks: [
      ...GROUPS.filter(({ signals }) => !has(signals)).map(({ without }) => without),
      ...(metrics.length === 0
        ? ["no metrics: which step was best is not known, nor whether the samples got worse"]
        : []),
    ],
    missing,
    tooShort: warmingUp,
  };
}
