/** @file What remedies are worth: how many failing runs were healthy at the end, by what was done about them. Pure. */

import { HALVES, type Half } from "../../health/zoo/program.ts";
import { table, withInterval } from "./markdown.ts";
import { truthOf } from "./record.ts";
import { ARMS, type ArmRecord } from "./remedy-arms.ts";
import type { Truth } from "./truth.ts";

/** What came of an arm in a word: what is kept where the figures stand. */
export interface ArmOutcome extends Pick<ArmRecord, "v" | "program" | "half" | "cause" | "seed" | "arm" | "remedies"> {
  readonly outcome: Truth["outcome"];
}

/** What came of an arm, by the definitions of today. @throws DataError when it is of a program that there is not. */
export function outcomeOf(record: ArmRecord): ArmOutcome {
  const { v, program, half, cause, seed, arm, remedies } = record;
  return { v, program, half, cause, seed, arm, remedies, outcome: truthOf(record).outcome };
}

/** How one arm did. */
export interface ArmScore {
  readonly half: Half;
  readonly arm: string;
  readonly runs: number;
  readonly healthy: number;
  /** Runs in which a remedy was applied at all: where no failure is seen, none is. */
  readonly acted: number;
}

/** How one remedy did, where it was the first: whether the run ended healthy without another one. */
export interface RemedyScore {
  readonly name: string;
  /** The failure that it was to answer, as it was called. */
  readonly finding: string;
  readonly runs: number;
  readonly healthy: number;
}

/** Healthy at the end, whatever it went through. */
const isHealthy = ({ outcome }: ArmOutcome): boolean => outcome === "healthy" || outcome === "recovered";

/** Scores of the arms. */
export const scoreArms = (records: readonly ArmOutcome[]): ArmScore[] =>
  HALVES.flatMap((half) =>
    ARMS.map((arm) => {
      const mine = records.filter((record) => record.half === half && record.arm === arm);
      return {
        half,
        arm,
        runs: mine.length,
        healthy: mine.filter(isHealthy).length,
        acted: mine.filter(({ remedies }) => remedies.length > 0).length,
      };
    }),
  );

/** Scores of the remedies that were applied first, whichever arm chose them, by what they were to answer. A run that needed another counts against them. */
export function scoreRemedies(records: readonly ArmOutcome[]): RemedyScore[] {
  const scores = new Map<string, { name: string; finding: string; runs: number; healthy: number }>();
  for (const record of records) {
    const first = record.remedies[0];
    if (first === undefined) continue;
    const helped = isHealthy(record) && record.remedies.length === 1;
    const key = `${first.finding}|${first.name}`;
    const score = scores.get(key) ?? { name: first.name, finding: first.finding, runs: 0, healthy: 0 };
    scores.set(key, { ...score, runs: score.runs + 1, healthy: score.healthy + (helped ? 1 : 0) });
  }
  return [...scores.values()].sort((a, b) => (a.finding + a.name < b.finding + b.name ? -1 : 1));
}

/** Everything as Markdown. */
export function remediesMarkdown(records: readonly ArmOutcome[]): string {
  const arms = scoreArms(records)
    .filter(({ runs }) => runs > 0)
    .map(({ half, arm, runs, healthy, acted }) => [
      half,
      arm,
      String(runs),
      String(acted),
      withInterval(healthy, runs, 0),
    ]);
  const remedies = scoreRemedies(records).map(({ name, finding, runs, healthy }) => [
    `\`${finding}\``,
    `\`${name}\``,
    String(runs),
    withInterval(healthy, runs, 0),
  ]);
  return [
    ...table(["programs", "what was done", "failing runs", "in which something was done", "healthy at the end"], arms),
    "",
    ...table(["called", "first remedy", "runs", "healthy at the end, without another remedy"], remedies),
    "",
  ].join("\n");
}
