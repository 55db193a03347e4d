/**
 * @file The supervisor: from what happens in a training, in order, to how it stands and what to do.
 *
 * A pure fold over the events of a log. Fed the same events it says the same, so a training that resumes feeds it the log that
 * was kept and goes on where it was, and `gantry zoo detect` feeds it finished runs.
 */

import type { Counterfactual, FailureCode, HealthState } from "../codes.ts";
import { DIAGNOSES, diagnosisOf, type Explained, findFailures } from "../diagnoses.ts";
import type { Suspicion } from "../diagnosis.ts";
import { plain } from "../evidence/evidence.ts";
import { isWarm, takesLooks } from "../evidence/warm-up.ts";
import { emptyHistory, type History } from "../history.ts";
import { FRESH, forgetAbsent, lowered, type Memory, UNANSWERED } from "./memory.ts";
import { findPlateau, plateauText } from "./plateau.ts";
import type { Finding, Occurrence, Response } from "./protocol.ts";
import { remember } from "./remember.ts";

/** How a training stands. */
export interface Supervision {
  readonly state: HealthState;
  readonly history: History;
  /** What the supervisor remembers beside the history. */
  readonly memory: Memory;
}

/** Looks that are not failing until a failure is over; and looks without a finding until a watch is. */
const [RELIEF, CALM] = [3, 2];

/** Looks after a remedy in which samples are not judged. */
const COOLING = 5;

/** Looks that an answer is waited for; and after which a counterfactual that spoke against a suspicion is asked again. */
const [PATIENCE, ASK_AGAIN] = [2, 10];

/**
 * Looks of failure, after a remedy was asked for and none came, until it is given up, and share of the planned training that must have passed,
 * too: both twice what a remedy may have to wait for the one before it. Ticks, when numbers are not finite: that remedy comes at once.
 */
const [GIVE_UP, GIVE_UP_SHARE, GIVE_UP_NUMBERS] = [20, 0.04, 3];

/** A finding is said again when it is so much surer. */
const SURER = 0.25;

/** Before anything has happened. */
export const openSupervision = (): Supervision => ({
  state: "warming-up",
  history: emptyHistory(),
  memory: FRESH,
});

/** How a training stands after one more occurrence, and what is asked for. Pure. */
export function supervise(
  before: Supervision,
  occurrence: Occurrence,
): { readonly supervision: Supervision; readonly responses: readonly Response[] } {
  const history = remember(before.history, occurrence);
  const next = { ...before, history };
  switch (occurrence.kind) {
    case "baseline":
      return { supervision: next, responses: [] };
    case "remedy":
      return afterRemedy(next, occurrence);
    case "trial":
      return hear(next, occurrence.of);
    case "broken":
      return judge(next, diagnoseNumbers(next), "numbers");
    case "scalars": {
      // Where looks are taken they are what counts, and ticks, also those before the first, can only show that numbers are not finite.
      if (!takesLooks(history)) return beat(next);
      const numbers = diagnoseNumbers(next);
      return numbers.length > 0 ? judge(next, numbers, "numbers") : { supervision: next, responses: [] };
    }
    case "metric":
      return takesLooks(history) || history.scalars.length > 0 ? judge(next, diagnoseAll(next), "news") : beat(next);
    case "look":
      return beat(next);
  }
}

/** One more look, or tick where there are no looks: what waits, waits less. */
function beat(now: Supervision) {
  const { memory, history } = now;
  const warm = memory.warm || isWarm(history);
  const cooling = warm ? Math.max(0, memory.cooling - 1) : memory.cooling;
  const pairs = Object.entries(memory.asked).map(([code, { answer, waited }]) => [
    code,
    { answer: answer ?? (waited + 1 >= PATIENCE ? "unclear" : null), waited: waited + 1 },
  ]);
  const asked = Object.fromEntries(pairs) as Memory["asked"];
  const ready = { ...now, memory: { ...memory, warm, cooling, asked } };
  return judge(ready, diagnoseAll(ready), "beat");
}

/** All that may be said. What a counterfactual spoke against explains nothing else. */
function diagnoseAll({ history, memory: { warm, cooling, asked } }: Supervision): readonly Explained[] {
  const refuted = DIAGNOSES.flatMap(({ code }) => (asked[code]?.answer === "refuted" ? [code] : []));
  return findFailures(history, { warm: warm && cooling === 0, diagnoses: DIAGNOSES, refuted });
}

/** What may be said at any time: that numbers are not finite. */
const diagnoseNumbers = ({ history }: Supervision): readonly Explained[] =>
  findFailures(history, { warm: false, diagnoses: DIAGNOSES });

function hear(now: Supervision, of: Counterfactual) {
  const heard = { ...now, memory: hearTrial(now, of) };
  return judge(heard, diagnoseAll(heard), "news");
}

function hearTrial({ history, memory }: Supervision, of: Counterfactual): Memory {
  const asked = { ...memory.asked };
  for (const finding of findFailures(history, { warm: true, diagnoses: DIAGNOSES })) {
    const { confirmation } = diagnosisOf(finding.code);
    const known = asked[finding.code];
    if (known?.answer !== null || confirmation?.trial !== of) continue;
    asked[finding.code] = { ...known, answer: confirmation.read(history, finding) };
  }
  return { ...memory, asked };
}

const byCode = (findings: readonly Finding[]): Memory["said"] =>
  Object.fromEntries(findings.map((finding) => [finding.code, finding]));

/** What a failing suspicion comes to, once its counterfactual has been heard, or is asked for. */
type Verdict = {
  readonly level: "watch" | "failing";
  readonly confirmed: boolean | null;
  readonly ask?: Counterfactual;
};

function verdictOn({ history, memory }: Supervision, { code, level }: Suspicion): Verdict {
  const trial = diagnosisOf(code).confirmation?.trial;
  const isPossible = history.looks.length > 0 && !(trial === "average-weights" && history.facts.average !== true);
  if (level === "watch" || trial === undefined || !isPossible) return { level, confirmed: null };
  const asked = memory.asked[code];
  if (asked === undefined || (asked.answer === "refuted" && asked.waited >= ASK_AGAIN)) {
    return { level: "watch", confirmed: null, ask: trial };
  }
  if (asked.answer === null) return { level: "watch", confirmed: null };
  if (asked.answer === "refuted") return { level: "watch", confirmed: false };
  return { level: "failing", confirmed: asked.answer === "confirmed" ? true : null };
}

/**
 * Decides on what was found.
 *
 * @param on What was looked at: a look, or what stands for one; only whether numbers are finite; or other news, after which no time has passed.
 */
function judge(now: Supervision, all: readonly Explained[], on: "beat" | "numbers" | "news") {
  const { history, state: was } = now;
  const memory = on === "beat" ? forgetAbsent(now.memory, all) : now.memory;
  const counts = on !== "news";
  const step = lastStep(history);
  const own = all.filter(({ explainedBy }) => explainedBy === null);
  const verdicts = own.map((suspicion) => ({ suspicion, verdict: verdictOn(now, suspicion) }));
  // The first failure that is confirmed, or may yet be; one that a counterfactual spoke against makes way for the next.
  const main = verdicts.find(({ verdict, suspicion }) => suspicion.level === "failing" && verdict.confirmed !== false);
  const ask = main?.verdict.ask;
  const isFailing = main?.verdict.level === "failing";
  const findings = verdicts
    .filter((each) => each === main || each.verdict.ask === undefined)
    .map(({ suspicion, verdict }) => toFinding(suspicion, verdict, all));

  const passed = counts && memory.cooling === 0 ? 1 : 0;
  const calm = findings.length > 0 ? 0 : memory.calm + passed;
  const relief = isFailing ? 0 : memory.relief + passed;
  const code = (isFailing ? main?.suspicion.code : own[0]?.code) ?? null;
  const asksAnew = memory.acted === null || isOvertaken(memory.acted.code, code, all, verdicts);
  const act = isFailing && asksAnew ? findings.find((each) => each.code === code) : undefined;
  const acted = act ? { code: act.code, step } : memory.acted;
  const passing = memory.failingFor + (isFailing && counts ? 1 : 0);
  // A look in which it does not show, or a question is asked, does not make it new: only when the failure is over it is.
  const failingFor = act || !isFailure(was) ? 0 : passing;
  const isGivenUp = isFailing && isHopeless({ code, failingFor, since: step - (acted?.step ?? step), history });
  // What a counterfactual is asked about is said with its answer, which comes in the same look; or without one in the next.
  const state = ask ? was : stateAfter({ was, memory: { ...memory, calm, relief }, isFailing, isGivenUp, code });
  const news = findings.filter((finding) => isNews(memory, finding) && !(ask && finding.code === main?.suspicion.code));

  const isHealthy = (state === "healthy" || state === "recovered") && own.length === 0;
  const found = isHealthy && counts ? findPlateau(history) : null;
  const plateau = found !== null && found.since !== memory.plateauFrom ? found : null;
  const isOver = findings.length === 0 && (state === "healthy" || state === "recovered");
  // What is still watched was said to be failing: should it fail again, that is news.
  const hasEnded = isFailure(was) && !isFailure(state);
  const said = { ...(hasEnded ? lowered(memory.said) : memory.said), ...byCode(news) };
  const nowAsked = ask && main ? { ...memory.asked, [main.suspicion.code]: UNANSWERED } : memory.asked;
  const supervision: Supervision = {
    state,
    history,
    memory: {
      ...memory,
      calm,
      relief,
      failingFor,
      hasFailed: memory.hasFailed || isFailing,
      acted: isOver || hasEnded ? null : acted,
      said: isOver ? {} : said,
      asked: isOver ? {} : nowAsked,
      plateauFrom: plateau?.since ?? memory.plateauFrom,
    },
  };
  const responses: Response[] = [
    ...news.map((finding) => ({ kind: "finding", finding }) as const),
    ...(state === was ? [] : [{ kind: "health", state, ...reasonFor(state, code, findings) } as const]),
    ...(ask ? [{ kind: "try", trial: ask } as const] : []),
    ...(act ? [{ kind: "act", finding: act } as const] : []),
    ...(plateau === null ? [] : [{ kind: "plateau", reason: plateauText(plateau) } as const]),
  ];
  return { supervision, responses };
}

/**
 * Whether the failure that a remedy was asked for is not what is to be answered any more, but `now`: numbers that are not finite, which cannot
 * wait; what the other is found to follow from; or what is left when a counterfactual has spoken against the other.
 */
function isOvertaken(
  acted: FailureCode,
  now: FailureCode | null,
  all: readonly Explained[],
  verdicts: readonly { readonly suspicion: Suspicion; readonly verdict: Verdict }[],
): boolean {
  if (now === acted) return false;
  const follows = all.some(({ code, explainedBy }) => code === acted && explainedBy === now);
  const isRefuted = verdicts.some(({ suspicion, verdict }) => suspicion.code === acted && verdict.confirmed === false);
  return now === "numerical-divergence" || follows || isRefuted;
}

/** Whether a failure has gone on for so long, in looks and in steps since a remedy was asked for, that none will come. */
function isHopeless(given: {
  readonly code: FailureCode | null;
  readonly failingFor: number;
  readonly since: number;
  readonly history: History;
}): boolean {
  const { code, failingFor, since, history } = given;
  if (code === "numerical-divergence") return failingFor >= GIVE_UP_NUMBERS;
  return failingFor >= GIVE_UP && since >= GIVE_UP_SHARE * (history.facts.steps ?? 0);
}

const isFailure = (state: HealthState): boolean => state === "failing" || state === "failed";

function stateAfter(given: {
  readonly was: HealthState;
  readonly memory: Memory;
  readonly isFailing: boolean;
  readonly isGivenUp: boolean;
  readonly code: FailureCode | null;
}): HealthState {
  const { was, memory, isFailing, isGivenUp, code } = given;
  const well = memory.hasFailed ? "recovered" : "healthy";
  // A new failure, of which a remedy was only just asked for, is not given up yet.
  if (isFailing) return isGivenUp || was === "failed" ? "failed" : "failing";
  const wasFailing = isFailure(was);
  if (wasFailing && memory.relief < RELIEF) return was;
  // Where a remedy begins the training again nothing is well before samples are judged again, either.
  if (!memory.warm || (was === "warming-up" && memory.cooling > 0)) return "warming-up";
  if (code !== null) return "watch";
  if (was === "watch") return memory.calm >= CALM ? well : was;
  if (wasFailing) return well;
  return was === "warming-up" ? well : was;
}

const lastStep = ({ looks, scalars, metrics }: History): number =>
  Math.max(0, ...[looks, scalars, metrics].map((readings) => readings.at(-1)?.step ?? 0));

function isNews({ said }: Memory, { code, level, confidence, confirmed }: Finding): boolean {
  const known = said[code];
  if (known === undefined) return true;
  if (known.level === "watch" && level === "failing") return true;
  return (
    known.level === level &&
    (confidence >= known.confidence + SURER || (confirmed === true && known.confirmed !== true))
  );
}

function toFinding({ explainedBy: _, ...suspicion }: Explained, verdict: Verdict, all: readonly Explained[]): Finding {
  const { code, onset, evidence } = suspicion;
  const { title } = diagnosisOf(code);
  const followers = all.filter(({ explainedBy }) => explainedBy === code).map((each) => diagnosisOf(each.code).title);
  const also = followers.length > 0 ? ` From it follows: ${followers.join(", ").toLowerCase()}.` : "";
  const says = evidence.slice(0, 2).map((row) => row.says);
  const { level, confirmed } = verdict;
  const message = `${title} since step ${plain(onset.step)}: ${says.join("; ")}.${also}`;
  return { ...suspicion, level, confirmed, message };
}

function reasonFor(state: HealthState, code: FailureCode | null, findings: readonly Finding[]) {
  const main = findings.find((finding) => finding.code === code);
  const reasons: { readonly [K in HealthState]: string } = {
    "warming-up": "it is too early to judge samples",
    healthy: "nothing is outside of what is normal",
    watch: main ? `it may be: ${diagnosisOf(main.code).summary.toLowerCase()}` : "it is too early after the remedy",
    failing: main?.message ?? "",
    recovered: "nothing is outside of what is normal any more",
    failed: `it does not get better by itself: ${main?.message ?? ""}`,
  };
  return {
    code: state === "healthy" || state === "recovered" || state === "warming-up" ? null : code,
    reason: reasons[state],
  };
}

function afterRemedy(now: Supervision, { name, finding, backTo }: Extract<Occurrence, { kind: "remedy" }>) {
  const warm = backTo > 0 && now.memory.warm;
  const state: HealthState = warm ? "watch" : "warming-up";
  const memory: Memory = { ...FRESH, warm, cooling: COOLING, hasFailed: true };
  const supervision = { ...now, state, memory };
  const reason = `${name} was applied, from step ${backTo} on`;
  const responses: Response[] = [{ kind: "health", state, code: finding, reason }];
  return { supervision, responses };
}
