/** @file What remedies came to in the zoo: the benchmark behind their order. docs/benchmarks.md, "Putting them right", says how it was made. */

import type { FailureCode } from "../codes.ts";
import { ZOO_OUTCOMES } from "./zoo-outcomes.ts";

/** Of so many failing runs, so many were healthy at the end. */
export interface Share {
  readonly healthy: number;
  readonly runs: number;
}

/** What a remedy came to as the first that was tried. Null: it was in no run. */
export interface RemedyOutcomes {
  /** Against this failure, as it was called. */
  readonly against: Share | null;
  /** Against any. */
  readonly all: Share | null;
}

type Figure = Share & { readonly name: string; readonly finding: string };

function sum(figures: readonly Figure[]): Share | null {
  const total = (of: keyof Share) => figures.reduce((so, figure) => so + figure[of], 0);
  return figures.length === 0 ? null : { healthy: total("healthy"), runs: total("runs") };
}

/** What the remedy of a name came to, against `code` and against any failure. */
export function outcomesOf(name: string, code: FailureCode): RemedyOutcomes {
  const mine = ZOO_OUTCOMES.filter((figure: Figure) => figure.name === name);
  return { against: sum(mine.filter((figure: Figure) => figure.finding === code)), all: sum(mine) };
}

const ofAll = ({ healthy, runs }: Share): string => `${healthy} of ${runs}`;

/** The same in words: "6 of 6; against any failure 26 of 28". Empty where it was in no run. */
export function outcomesText(name: string, code: FailureCode): string {
  const { against, all } = outcomesOf(name, code);
  if (all === null) return "";
  const any = `against any failure ${ofAll(all)}`;
  return against === null ? any : against.runs === all.runs ? ofAll(against) : `${ofAll(against)}; ${any}`;
}
