/** @file What a post-mortem says, in plain words. */

import type { Diagnosis } from "../health/diagnosis.ts";
import { type MetricCourse, type PastFinding, type PostMortem, type Spent, WORSE } from "../health/post-mortem.ts";
import { duration, facts, integer, kimg, short } from "./format.ts";

/** What is described. */
export interface Described {
  readonly postMortem: PostMortem;
  /** Whether `step` counts images, as in logs that know no batch. */
  readonly unit: "steps" | "images";
  /** Where the log is from, and its files. */
  readonly log: string;
  /** The entry of the catalogue for a failure. */
  readonly catalogue: (code: PastFinding["suspicion"]["code"]) => Diagnosis;
  /** Names of the remedies to try against a failure, in order. */
  readonly remedies: (code: PastFinding["suspicion"]["code"]) => readonly string[];
  /** A remedy's title, such as "Penalise the discriminator's gradient". */
  readonly remedyTitle: (name: string) => string;
  /** What was said and done while a run of ours trained. */
  readonly told: readonly string[];
  readonly notes: readonly string[];
}

/** The lines of a post-mortem. */
export function describeDiagnosis(described: Described): string[] {
  const { postMortem, unit, log, told, notes } = described;
  const { end, metrics, findings, wentWrong, afterBest, evidence } = postMortem;
  const length = [
    unit === "steps" ? `${integer(end.step)} steps` : undefined,
    unit === "images" || end.images !== end.step ? kimg(end.images) : undefined,
    end.hours === null ? undefined : hours(end.hours),
  ];
  const lines = facts([
    ["log", log],
    ["length", length.filter((part) => part !== undefined).join(", ")],
    ["verdict", verdict(described)],
    ...metrics.map((course, i) => [i === 0 ? "metrics" : "", courseText(course, unit)] as const),
    ["after best", afterBest === null ? undefined : `${spent(afterBest)} came after the best ${metrics[0]?.metric}`],
    [
      "went wrong",
      wentWrong === null
        ? undefined
        : `at ${at(wentWrong, unit)}, by ${wentWrong.by}: ${spent(wentWrong.after)} came after`,
    ],
    ...told.map((line, i) => [i === 0 ? "in training" : "", line] as const),
    ["log has", evidence.has.length === 0 ? "nothing that is known" : evidence.has.join(", ")],
    ...evidence.lacks.map((line, i) => [i === 0 ? "not told" : "", line] as const),
    ["cannot see", evidence.missing.length === 0 ? undefined : evidence.missing.map(({ code }) => code).join(", ")],
    ...notes.map((note, i) => [i === 0 ? "note" : "", note] as const),
  ]);
  return [...lines, ...findings.flatMap((finding) => ["", ...findingLines(finding, described)])];
}

/** Whether a failure is what another follows from. */
const isCause = ({ suspicion }: PastFinding, { explainedBy }: PastFinding["suspicion"]): boolean =>
  suspicion.code === explainedBy;

/** One sentence: what is wrong, since when; or that nothing is seen, and how far that can be trusted. */
export function verdict({ postMortem, unit, catalogue }: Described): string {
  const { findings, metrics, evidence } = postMortem;
  const present = findings.filter(({ atEnd }) => atEnd);
  const causes = present.filter(({ suspicion }) => !present.some((other) => isCause(other, suspicion)));
  if (causes.length > 0) {
    const names = causes.map(
      ({ suspicion: { code, onset } }) => `${catalogue(code).title.toLowerCase()} since ${at(onset, unit)}`,
    );
    return `failed: ${names.join("; ")}`;
  }
  const [course] = metrics;
  const lasting = course?.episodes.find(({ until }) => until === null);
  if (course !== undefined && lasting !== undefined) {
    return `worse than it was: ${course.metric} is far from its best since ${at(lasting.from, unit)}`;
  }
  if (findings.length > 0) {
    const names = findings.map(({ suspicion }) => catalogue(suspicion.code).title.toLowerCase());
    return `recovered: ${names.join(", ")} passed`;
  }
  if (evidence.tooShort) return "too early to say: the log ends before samples can be judged";
  const sees = evidence.has.some((name) => /diversity/.test(name)) || metrics.length > 0;
  return sees ? "nothing wrong is seen" : "nothing wrong is seen, but neither samples nor metrics are in this log";
}

const at = ({ step, images }: { readonly step: number; readonly images: number }, unit: Described["unit"]) =>
  unit === "steps" ? `step ${integer(step)}` : kimg(images);

const percent = (share: number) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;

const spent = ({ share, hours: took }: Spent) =>
  `${percent(share)} of the training${took === null ? "" : `, ${hours(took)},`}`;

const hours = (value: number) => (value < 1 ? duration(value * 3600) : `${short(value)} hours`);

function courseText({ metric, best, last, decline, episodes }: MetricCourse, unit: Described["unit"]): string {
  const worse = decline === null || decline < 1.05 ? "" : `, ${short(decline)} times worse`;
  const bad = episodes.map(({ from, until }) =>
    until === null ? `from ${at(from, unit)}` : `${at(from, unit)} to ${at(until, unit)}`,
  );
  const when = bad.length === 0 ? "" : `; more than ${WORSE} times worse ${bad.join(", ")}`;
  return `${metric}: best ${short(best.value)} at ${at(best, unit)}, last ${short(last.value)} at ${at(last, unit)}${worse}${when}`;
}

function findingLines(
  { suspicion, saidAt, atEnd }: PastFinding,
  { catalogue, remedies, remedyTitle, unit }: Described,
): string[] {
  const { code, onset, confidence, evidence, explainedBy } = suspicion;
  const { title, symptom } = catalogue(code);
  const names = remedies(code).map((name) => `${remedyTitle(name)} (${name})`);
  const left = names.length === 0 ? ["nothing is left that applies and was not tried"] : names;
  const said = unit === "steps" ? `step ${integer(saidAt)}` : kimg(saidAt);
  return [
    `${title} (${code}), confidence ${short(confidence)} of 1, since ${at(onset, unit)}${atEnd ? "" : "; it passed"}${explainedBy === null ? "" : `; it follows from ${explainedBy}`}`,
    `  what      ${symptom}`,
    ...evidence.map(({ says }, i) => `  ${i === 0 ? "evidence" : "        "}  ${says}`),
    `  known at  ${said}: the log up to there was enough`,
    ...(explainedBy !== null ? [`what helps against ${explainedBy}`] : left).map(
      (line, i) => `  ${i === 0 ? "to try  " : "        "}  ${line}`,
    ),
    `  more      gantry explain ${code}`,
  ];
}
