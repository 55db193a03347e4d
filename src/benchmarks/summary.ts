/** @file What all trials of a recipe say together: means with their standard errors, medians, and what failed. */

import { median } from "../util/averages.ts";
import type { Column, Protocol } from "./protocol.ts";
import type { PublishedFigure, PublishedRow } from "./published/published.ts";
import { plainName, publishedTables } from "./published.ts";
import { recipes } from "./recipes.ts";
import type { TrialRecord } from "./trial-record.ts";

/** A figure over trials. */
export interface Summary {
  /** Mean or median; null where no trial has the figure. */
  readonly value: number | null;
  /** Standard error of the mean; absent for medians and single trials. */
  readonly error?: number;
  /** Trials that have the figure. */
  readonly trials: number;
}

/** One recipe under one protocol. */
export interface RecipeRow {
  readonly recipe: string;
  readonly title: string;
  readonly trials: number;
  /** Of them, those that failed: their figures count nowhere. */
  readonly failed: number;
  /** By the column's figure. */
  readonly figures: Readonly<Record<string, Summary>>;
}

/** Everything there is to say of one protocol. */
export interface BenchmarkReport {
  readonly benchmark: string;
  /** The heading: the protocol's name, and what was changed in it. */
  readonly protocol: string;
  readonly summary: string;
  readonly paper: string;
  readonly code?: string;
  readonly differences: readonly string[];
  readonly columns: readonly Column[];
  readonly rows: readonly RecipeRow[];
  /** Figures of perfect samples in theory, and of reals judged by reals. */
  readonly ideal: Readonly<Record<string, number>>;
  readonly real: Readonly<Record<string, number>>;
  /** Published rows, their figures by our column's. */
  readonly published: readonly (Omit<PublishedRow, "figures"> & {
    readonly figures: Readonly<Record<string, PublishedFigure>>;
  })[];
  /** Machines and versions of the trials, each once. */
  readonly machines: readonly string[];
}

/** Mean and standard error (the sample's deviation over the root of its size). */
export function meanWithError(values: readonly number[]): Summary {
  const trials = values.length;
  if (trials === 0) return { value: null, trials };
  const mean = values.reduce((sum, x) => sum + x, 0) / trials;
  if (trials === 1) return { value: mean, trials };
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (trials - 1);
  return { value: mean, error: Math.sqrt(variance / trials), trials };
}

/** The middle value, or the mean of the two in the middle. */
export const medianOf = (values: readonly number[]): Summary => ({
  value: values.length === 0 ? null : median(values),
  trials: values.length,
});

function rowOf(recipe: string, records: readonly TrialRecord[], columns: readonly Column[]): RecipeRow {
  const finished = records.filter(({ status }) => status === "finished");
  const figures = columns.map(({ figure, statistic }) => {
    const values = finished.flatMap((record) => record.figures[figure] ?? []);
    return [figure, statistic === "median" ? medianOf(values) : meanWithError(values)] as const;
  });
  return {
    recipe,
    // Of a recipe that is gone the name is left.
    title: recipes.find(({ name }) => name === recipe)?.title ?? recipe,
    trials: records.length,
    failed: records.length - finished.length,
    figures: Object.fromEntries(figures),
  };
}

/** The figures that all records agree on, or nearly: a floor is the same for all, the mean of several judgements stands for them. */
function shared(
  records: readonly TrialRecord[],
  which: "ideal" | "real",
  columns: readonly Column[],
): Record<string, number> {
  const found = columns.flatMap(({ figure }) => {
    const { value } = meanWithError(records.flatMap((record) => record[which][figure] ?? []));
    return value === null ? [] : [[figure, value] as const];
  });
  return Object.fromEntries(found);
}

const machineOf = ({ cpu, threads, device, versions }: TrialRecord): string =>
  `${cpu}, ${threads === 1 ? "one thread" : `${threads} threads`}${device === undefined ? "" : `, steps on ${device}`}; Gantry ${versions.gantry}, Node ${versions.node}, onnxruntime-node ${versions.onnxruntime ?? "unknown"}`;

/** What a changed protocol was is not what it says of itself: it may have had another length, other data or networks. */
const describe = (protocol: Protocol, name: string): Pick<BenchmarkReport, "summary" | "differences"> =>
  name === protocol.name
    ? { summary: protocol.summary, differences: protocol.differences }
    : {
        summary: `${name}: these are not results of ${protocol.name}. What was not changed is as \`gantry bench\` says of ${protocol.name}.`,
        differences: [],
      };

/**
 * The report on the records of one protocol. Rows are in the order in which the recipes first occur.
 *
 * @param name The heading of the records: the protocol's name, with what was changed where it was not run as it is.
 */
export function reportOn(protocol: Protocol, name: string, records: readonly TrialRecord[]): BenchmarkReport {
  const { benchmark, source, columns } = protocol;
  const names = [...new Set(records.map(({ recipe }) => recipe))];
  const rows = protocol.published === undefined ? [] : (publishedTables[protocol.published] ?? []);
  return {
    benchmark,
    protocol: name,
    ...describe(protocol, name),
    paper: source.paper,
    ...(source.code !== undefined && { code: source.code }),
    columns,
    rows: names.map((recipe) =>
      rowOf(
        recipe,
        records.filter((record) => record.recipe === recipe),
        columns,
      ),
    ),
    ideal: shared(records, "ideal", columns),
    real: shared(records, "real", columns),
    published: rows.map((row) => ({
      ...row,
      figures: Object.fromEntries(
        columns.flatMap(({ figure }) => {
          const found = row.figures[plainName(figure)];
          return found === undefined ? [] : [[figure, found] as const];
        }),
      ),
    })),
    machines: [...new Set(records.map(machineOf))],
  };
}
