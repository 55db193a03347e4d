/** @file Tables in text: comma, semicolon or tab between the cells, names of the columns in the first row. */

import { ConfigError, DataError } from "../../util/errors.ts";
import { UNKNOWN_FACTS } from "../history.ts";
import { betterOf, type Chosen, chooseColumns, placeColumn } from "./columns.ts";
import { type Format, type LogFile, logFrom, PassedOver, type ReadOptions } from "./format.ts";
import { linesOf } from "./lines.ts";
import { numberOf } from "./numbers.ts";
import { LogBook } from "./series.ts";

const SEPARATORS = [",", ";", "\t"] as const;

/** A half written 0,5, or a thousand written 1,000: which of them, nobody can know. */
const WITH_COMMA = /^[+-]?[\d.]*\d,\d[\d,.]*(e[+-]?\d+)?$/i;

/** Seconds above this are a date, not a duration: three years, or a day in 1973. */
const EPOCH = 1e8;

export const csv: Format = {
  name: "csv",
  title: "a table in text, of any trainer",
  files: "a .csv or .tsv file",
  gives: ["losses, scores, gradients and metrics whose columns have names that are known; any column with --columns"],
  cannot: "what no column holds; mostly diversity of the samples, and how many images a step shows",
  manyFiles: false,
  fits: (name) => /\.(csv|tsv)$/i.test(name),
  recognises: (name, head) => csv.fits(name) && cellsOf(head.split(/\r\n|\n|\r/, 1)[0] ?? "").length > 1,
  read([file], options) {
    const { name, blocks } = file as LogFile;
    const book = new LogBook();
    const passed = new PassedOver();
    const notes: string[] = [];
    let columns: Columns | undefined;
    let rows = 0;
    let shown = false;
    let comma: string | undefined;
    let begun: number | undefined;
    const images = new Map<number, number>();
    for (const { text, number, ended } of linesOf(blocks())) {
      if (text.trim() === "") continue;
      const cells = cellsOf(text, columns?.separator);
      if (columns === undefined) {
        columns = columnsOf(text, options, name);
        notes.push(...columns.notes);
        if (!columns.headless) continue;
      }
      if (cells.length !== columns.count) {
        if (ended) passed.add(file as LogFile, number);
        else notes.push("the last row is torn and was left out");
        continue;
      }
      if (!ended) notes.push("the last row has no line break; should its last cell be torn, that is not seen");
      rows++;
      const step = columns.step === null ? rows : numberOf(cells[columns.step] as string);
      if (step === undefined || !Number.isFinite(step) || step < 0) {
        passed.add(file as LogFile, number);
        continue;
      }
      for (const { target, index } of columns.cells) {
        const value = numberOf(cells[index] as string);
        if (value === undefined && WITH_COMMA.test(cells[index] as string)) comma ??= cells[index];
        if (value === undefined) continue;
        if (target.kind === "seconds") {
          if (Number.isFinite(value)) begun ??= value > EPOCH ? value : 0;
          book.time(step, value - (begun ?? 0));
        } else if (target.kind === "images") {
          images.set(step, value);
          shown = true;
        } else placeColumn(book, target, step, value);
      }
    }
    if (columns === undefined) throw new DataError(`${name} is empty`);
    if (rows === 0) notes.push(`${name} has no row below the names of its columns`);
    if (comma !== undefined)
      notes.push(`numbers are written with commas, as in ${comma}, and not read: write them with points`);
    if (columns.step === null) notes.push("no column is the step, so rows are counted");
    requireRising(name, book, rows);
    return logFrom("csv", book, {
      facts: UNKNOWN_FACTS,
      imagesAt: shown ? between(images) : null,
      better: betterOf(columns.cells),
      files: [file as LogFile],
      notes: [...notes, ...passed.notes()],
    });
  },
};

/** Images at any step: between two rows that say them by as much as the step is between theirs; outside of all as at the nearest. */
function between(images: ReadonlyMap<number, number>): (step: number) => number {
  const known = [...images].filter(([, count]) => Number.isFinite(count)).sort(([a], [b]) => a - b);
  return (step) => {
    // How many of them are of earlier steps, by halving: a log may have rows by the ten thousand.
    let [low, high] = [0, known.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((known[middle] as [number, number])[0] < step) low = middle + 1;
      else high = middle;
    }
    const [before, after] = [known[low - 1], known[low]];
    if (after?.[0] === step || before === undefined) return after?.[1] ?? step;
    if (after === undefined) return before[1];
    const [[from, least], [to, most]] = [before, after];
    return least + ((step - from) / (to - from)) * (most - least);
  };
}

/** Rows that make a table, and the share of them that must be left when steps that are said twice count once. */
const [SOME_ROWS, LEFT] = [10, 0.5];

/** @throws DataError where steps begin anew again and again, as with steps of an epoch, or fall, as with the newest row first. */
function requireRising(name: string, book: LogBook, rows: number): void {
  const lengths = (["scalars", "looks", "metrics"] as const).flatMap((track) =>
    book.names(track).map((signal) => book.series(track, signal).length),
  );
  const left = Math.max(0, ...lengths);
  if (rows < SOME_ROWS || book.rewinds < 2 || left >= LEFT * rows) return;
  throw new DataError(
    `${name}: its steps go back ${book.rewinds} times, and of ${rows} rows only ${left} would count`,
    {
      help: "sort the rows, the oldest first; where steps begin anew in every epoch, name a column that counts through (--columns step=…), or take the column of steps out: rows are then counted",
    },
  );
}

interface Columns {
  readonly separator: string;
  readonly count: number;
  /** Where the step stands; null where rows are counted. */
  readonly step: number | null;
  readonly cells: readonly (Pick<Chosen, "target"> & { readonly index: number })[];
  /** Whether the first row holds numbers already; its columns are then named 1, 2, …. */
  readonly headless: boolean;
  /** What is to be said of columns that are not read. */
  readonly notes: readonly string[];
}

function columnsOf(first: string, { columns: map }: ReadOptions, name: string): Columns {
  const separator = separatorOf(first);
  const cells = cellsOf(first, separator);
  if (cells.length < 2) {
    throw new DataError(`${name} is no table: its first row has one cell`, {
      help: "cells stand between commas, semicolons or tabs, and the first row names the columns",
    });
  }
  const headless = cells.every((cell) => numberOf(cell) !== undefined);
  const names = headless ? cells.map((_, i) => String(i + 1)) : cells;
  const twice = map?.find(({ column }) => names.indexOf(column) !== names.lastIndexOf(column));
  if (twice !== undefined) throw new ConfigError(`${name} has several columns "${twice.column}"`);
  const { chosen, notes } = chooseColumns(names, map, "column");
  const at = chosen.map(({ target, column }) => ({ target, index: names.indexOf(column) }));
  return {
    separator,
    count: cells.length,
    step: at.find(({ target }) => target.kind === "step")?.index ?? null,
    cells: at.filter(({ target }) => target.kind !== "step"),
    headless,
    notes,
  };
}

function separatorOf(row: string): string {
  const counts = SEPARATORS.map((separator) => row.split(separator).length);
  return SEPARATORS[counts.indexOf(Math.max(...counts))] as string;
}

/** The cells of a row. Quotes hold separators; two quotes in quotes are one. */
function cellsOf(row: string, separator = separatorOf(row)): string[] {
  if (!row.includes('"')) return row.split(separator).map((cell) => cell.trim());
  const cells: string[] = [];
  let [cell, quoted] = ["", false];
  for (let i = 0; i < row.length; i++) {
    const char = row[i] as string;
    if (char === '"' && quoted && row[i + 1] === '"') cell += row[++i];
    else if (char === '"') quoted = !quoted;
    else if (char === separator && !quoted) {
      cells.push(cell.trim());
      cell = "";
    } else cell += char;
  }
  return [...cells, cell.trim()];
}
