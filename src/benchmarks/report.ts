/** @file A report as a table: cells as text, for a terminal or for Markdown. */

import type { Column } from "./protocol.ts";
import { findProtocol, protocols } from "./protocols.ts";
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

/** A value with its error, both to the decimals of the value, without zeros at the end. */
function written(value: number, error: number | undefined, format: Column["format"]): string {
  const plain = (x: number) => String(Number(x.toFixed(decimalsOf(value))));
  if (format === "number") return error === undefined ? plain(value) : `${plain(value)} ± ${plain(error)}`;
  const percent = (share: number) => (100 * share).toFixed(1);
  return `${percent(value)}${error === undefined ? "" : ` ± ${percent(error)}`} %`;
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
  return format === "count" ? `${Math.round(value * of)} of ${of}` : written(value, error, format);
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

const CHANGED = / \(changed\)$/;

/**
 * The reports on recorded trials, one for each benchmark and protocol, in the order of the registry. Of several records of one
 * trial the last one counts; those of a protocol that is gone are left out.
 */
export function reportsOn(records: readonly TrialRecord[]): BenchmarkReport[] {
  const last = new Map(
    records.map((record) => [[record.benchmark, record.protocol, record.recipe, record.trial].join("\n"), record]),
  );
  const kept = [...last.values()];
  return protocols.flatMap(({ benchmark, name }) =>
    [name, `${name} (changed)`].flatMap((recorded) => {
      const mine = kept.filter((record) => record.benchmark === benchmark && record.protocol === recorded);
      const protocol = findProtocol(benchmark, recorded.replace(CHANGED, ""));
      return mine.length === 0 ? [] : [reportOn(protocol, recorded, mine)];
    }),
  );
}
