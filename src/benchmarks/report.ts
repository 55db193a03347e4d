/** @file A report as a table: cells as text, for a terminal or for Markdown. */

import { headingOf, unchangedName } from "./changes.ts";
import type { Column } from "./protocol.ts";
import { protocols } from "./protocols.ts";
import type { PublishedFigure } from "./published/published.ts";
import { PUBLISHED_REMARK } from "./published.ts";
import { type BenchmarkReport, reportOn, type Summary } from "./summary.ts";
import type { TrialRecord } from "./trial-record.ts";

/** Head and rows of a table, all cells as text. */
export interface TextTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const NOTHING = "–";

/** Decimals with which a number of this size has about three digits that count, at most four. */
function decimalsOf(value: number): number {
  const size = Math.abs(value);
  return size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 4;
}

/** A value alone, to the decimals of its size, without zeros at the end. */
const alone = (value: number): string => String(Number(value.toFixed(decimalsOf(value))));

/** Below this share of a value, its error is what rounding leaves of equal trials. */
const ROUNDING = 1e-12;

/** A value with its error: the error with two significant digits, the value with as many decimals. */
function withError(value: number, error: number): string {
  if (error <= ROUNDING * Math.abs(value)) return `${alone(value)} ± 0`;
  // Through the rounded error, since 0.0999 has its two digits as 0.10.
  const rounded = Number(error.toPrecision(2));
  const decimals = Math.min(15, Math.max(0, 1 - Math.floor(Math.log10(rounded))));
  return `${value.toFixed(decimals)} ± ${rounded.toFixed(decimals)}`;
}

/** A figure of ours; without ± where there is no error, as of one trial. */
function written(value: number, error: number | undefined, format: Column["format"]): string {
  if (format !== "percent") return error === undefined ? alone(value) : withError(value, error);
  return `${error === undefined ? (100 * value).toFixed(1) : withError(100 * value, 100 * error)} %`;
}

/** A published figure, with no more digits than were published. */
function writtenAsPublished(value: number, error: number | undefined, format: Column["format"]): string {
  const text = format === "percent" ? (x: number) => (100 * x).toFixed(1) : String;
  return `${text(value)}${error === undefined ? "" : ` ± ${text(error)}`}${format === "percent" ? " %" : ""}`;
}

/** A figure over trials; says over how many where not all have it. */
export function summaryText({ value, error, trials }: Summary, of: number, { format }: Column): string {
  if (value === null) return NOTHING;
  if (format === "count") return `${Math.round(value * trials)} of ${trials}`;
  return `${written(value, error, format)}${trials < of ? ` (${trials} of ${of})` : ""}`;
}

const publishedText = (found: PublishedFigure | undefined, { format }: Column): string => {
  if (found === undefined) return NOTHING;
  const { value, error, of = 1 } = found;
  return format === "count" ? `${Math.round(value * of)} of ${of}` : writtenAsPublished(value, error, format);
};

/** The table of a report: ours, theory, reals, and what was published. */
export function tableOf(report: BenchmarkReport): TextTable {
  const { columns } = report;
  const line = (label: string, trials: string, cell: (column: Column) => string) => [
    label,
    trials,
    ...columns.map(cell),
  ];
  const ours = report.rows.map(({ title, trials, failed, figures }) =>
    line(title, failed === 0 ? String(trials) : `${trials}, ${failed} failed`, (column) =>
      summaryText(figures[column.figure]!, trials - failed, column),
    ),
  );
  const fixed = (label: string, figures: Readonly<Record<string, number>>) => {
    const known = columns.some(({ figure }) => figures[figure] !== undefined);
    const cell = ({ figure, format }: Column) =>
      figures[figure] === undefined ? NOTHING : written(figures[figure], undefined, format);
    return known ? [line(label, "", cell)] : [];
  };
  const published = report.published.map(({ method, figures, secondHand, reimplemented }) =>
    line(`${method}${reimplemented ? "" : ", published"}${secondHand ? " (second-hand)" : ""}`, "", (column) =>
      publishedText(figures[column.figure], column),
    ),
  );
  return {
    head: ["recipe", "trials", ...columns.map(({ title }) => title)],
    rows: [
      ...ours,
      ...fixed("perfect samples, in theory", report.ideal),
      ...fixed("reals judged by reals", report.real),
      ...published,
    ],
  };
}

/** What must be read with the table. */
export function notesOf(report: BenchmarkReport): string[] {
  const { published } = report;
  const sources = [...new Set(published.map(({ source }) => source))].map((source) => {
    const rows = published.filter((row) => row.source === source);
    const note = rows.some(({ secondHand }) => secondHand) ? ", second-hand" : "";
    return `${rows.map(({ method }) => method).join(", ")}: ${source}${note}.`;
  });
  const remarks = published.flatMap(({ method, remark }) => (remark === undefined ? [] : [`${method}: ${remark}.`]));
  const code = report.code === undefined ? "" : ` (${report.code})`;
  return [
    report.summary,
    `Protocol after: ${report.paper}${code}.`,
    ...report.differences.map((text) => `Not as published: ${text}.`),
    "Ours: mean ± standard error over the trials; samples of the moving average where the recipe keeps one, else of the weights as they are.",
    ...sources,
    ...new Set(remarks),
    ...(published.some(({ reimplemented }) => !reimplemented) ? [PUBLISHED_REMARK] : []),
    ...report.machines,
  ];
}

/** The report as Markdown, under a heading. */
export function markdownOf(report: BenchmarkReport): string {
  const { head, rows } = tableOf(report);
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [
    `### ${report.benchmark}: ${report.protocol}`,
    "",
    line(head),
    line(head.map(() => "---")),
    ...rows.map(line),
    "",
    ...notesOf(report).map((note) => `- ${note}`),
  ].join("\n");
}

/**
 * The reports on recorded trials, one for each benchmark, protocol and set of changes: protocols in the order of the registry,
 * the unchanged one first. Of several records of one trial the last one counts; those of a protocol that is gone are left out.
 */
export function reportsOn(records: readonly TrialRecord[]): BenchmarkReport[] {
  const last = new Map(
    records.map((record) => [[record.benchmark, headingOf(record), record.recipe, record.trial].join("\n"), record]),
  );
  const kept = [...last.values()];
  return protocols.flatMap((protocol) => {
    const { benchmark, name } = protocol;
    const mine = kept.filter((record) => record.benchmark === benchmark && unchangedName(record.protocol) === name);
    return [...new Set([name, ...mine.map(headingOf)])].flatMap((heading) => {
      const under = mine.filter((record) => headingOf(record) === heading);
      return under.length === 0 ? [] : [reportOn(protocol, heading, under)];
    });
  });
}
