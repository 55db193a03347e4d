/** @file An entry of the catalogue of failures as text and as JSON. Pure. */

import { COUNTERFACTUALS, FAILURE_CODES, isFailureCode } from "../health/codes.ts";
import { diagnosisOf } from "../health/diagnoses.ts";
import type { Diagnosis } from "../health/diagnosis.ts";
import { outcomesOf, outcomesText } from "../health/remedies/outcomes.ts";
import { remedyNamed } from "../health/remedies.ts";
import { ConfigError } from "../util/errors.ts";
import { didYouMean } from "../util/suggest.ts";
import { facts } from "./format.ts";

/** Longest line of running text. */
const WIDTH = 100;

/** `text` in lines of at most {@link WIDTH} characters, each after `indent`. */
export function wrapped(text: string, indent = ""): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= WIDTH) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(indent + word);
  }
  return lines;
}

/**
 * The entry of a code as a person wrote it.
 *
 * @throws ConfigError when nothing is called so.
 */
export function entryOf(text: string): Diagnosis {
  const code = text
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_]+/g, "-");
  if (isFailureCode(code)) return diagnosisOf(code);
  throw new ConfigError(`no failure is called "${text}".${didYouMean(code, FAILURE_CODES)}`, {
    help: "`gantry explain` lists all codes",
  });
}

/** Every code, with its summary. */
export const listLines = (): string[] => facts(FAILURE_CODES.map((code) => [code, diagnosisOf(code).summary] as const));

/** An entry in lines: what is seen, why, how it is told from others, what is measured, and what to try. */
export function entryLines(entry: Diagnosis): string[] {
  const { code, title, symptom, cause, toldFrom, signals, remedies, references, confirmation } = entry;
  const section = (name: string, lines: readonly string[]) => ["", name, ...lines];
  const tried = confirmation ? wrapped(`${confirmation.trial}: ${COUNTERFACTUALS[confirmation.trial]}`, "  ") : [];
  return [
    `${title} (${code})`,
    ...section("What is seen", wrapped(symptom, "  ")),
    ...section("Why", wrapped(cause, "  ")),
    ...section("How it is told from others", facts(toldFrom.map(({ code: other, by }) => [`  ${other}`, by] as const))),
    ...section("What is measured", wrapped(signals.join(", "), "  ")),
    ...(tried.length > 0 ? section("What is tried before it is called a failure", tried) : []),
    ...section(
      "What to try, in this order",
      remedies.flatMap((name) => [
        `  ${name}: ${remedyNamed(name)?.title ?? ""}`,
        `    healthy afterwards, of failing runs in the zoo: ${outcomesText(name, code) || "it was in none"}`,
      ]),
    ),
    ...section(
      "Sources",
      references.flatMap((reference) => wrapped(reference, "  ")),
    ),
  ];
}

/** An entry for programs. */
export function entryJson({ decide: _, confirmation, duringWarmUp = false, ...entry }: Diagnosis) {
  const remedies = entry.remedies.map((name) => {
    const { title = null, why = null, kind = null } = remedyNamed(name) ?? {};
    return { name, title, why, kind, zoo: outcomesOf(name, entry.code) };
  });
  return { ...entry, remedies, duringWarmUp, trial: confirmation?.trial ?? null };
}

/** What can be done about a training that failed for `reason`, whose run lies in `dir`. */
export function helpAfter(reason: string, dir: string, hasCheckpoint: boolean): string {
  const code = reason.slice(0, reason.indexOf(":"));
  if (isFailureCode(code) && code !== "numerical-divergence") {
    return `\`gantry explain ${code}\` says what else may help, \`gantry diagnose ${dir}\` what was seen`;
  }
  return hasCheckpoint
    ? `\`gantry resume ${dir}\` goes on from the last checkpoint; a lower learning rate needs a new run`
    : "there is no checkpoint to go on from: start anew, for example with a lower learning rate";
}
