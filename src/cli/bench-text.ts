/** @file What `gantry bench` says: lists of what there is, records as they come, reports as tables. */

import { recipesFor } from "../benchmarks/benchmark-config.ts";
import { headingOf } from "../benchmarks/changes.ts";
import { protocols } from "../benchmarks/protocols.ts";
import { recipes } from "../benchmarks/recipes.ts";
import { notesOf, tableOf } from "../benchmarks/report.ts";
import type { BenchmarkReport } from "../benchmarks/summary.ts";
import type { TrialRecord } from "../benchmarks/trial-record.ts";
import { duration, short, table } from "./format.ts";

/** Benchmarks, protocols and recipes as data. */
export function listing() {
  return {
    v: 1,
    protocols: protocols.map((protocol) => {
      const { benchmark, name, summary, source, trials, differences } = protocol;
      return { benchmark, name, summary, source, trials, differences, recipes: recipesFor(protocol, recipes) };
    }),
    recipes: recipes.map(({ name, title, origin }) => ({ name, title, origin })),
  } as const;
}

/** The same as lines. */
export function listingLines(): string[] {
  const all = listing();
  return [
    ...table(
      ["benchmark", "protocol", "trials", "what"],
      all.protocols.map(({ benchmark, name, trials, summary }) => [benchmark, name, String(trials), summary]),
    ),
    "",
    ...table(
      ["recipe", "what"],
      all.recipes.map(({ name, origin }) => [name, origin]),
    ),
  ];
}

/** A record in one line: its first figures and its time. */
export function recordLine(record: TrialRecord, reused: boolean): string {
  const { recipe, trial, status, reason, figures, seconds } = record;
  const shown = Object.entries(figures)
    .filter(([name]) => name !== "minutes")
    .slice(0, 3)
    .map(([name, value]) => `${name} ${short(value)}`);
  const what = status === "failed" ? `failed ${reason}` : shown.join(", ");
  return `${headingOf(record)}  ${recipe} ${trial}  ${what}  ${duration(seconds)}${reused ? "  (recorded before)" : ""}`;
}

/** A report as lines: the table, and what must be read with it. */
export function reportLines(report: BenchmarkReport): string[] {
  const { head, rows } = tableOf(report);
  return [`${report.benchmark}, ${report.protocol}`, "", ...table(head, rows), "", ...notesOf(report)];
}

/** How far the running trials are. */
export const progressLine = (running: ReadonlyMap<string, number>): string =>
  [...running].map(([label, share]) => `${label}: ${Math.floor(100 * share)} %`).join("   ");
