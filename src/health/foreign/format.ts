/** @file What a format of another trainer's log is: how it is known, what is read from it, and what it cannot tell. */

import type { Direction } from "../evidence/metric-names.ts";
import type { Facts, History } from "../history.ts";
import type { ColumnMap } from "./columns.ts";
import type { LogBook, Moment } from "./series.ts";

/** A file of a log, wherever it is. */
export interface LogFile {
  /** Path below the folder that was named, with forward slashes; of a file that was named itself, its base name. */
  readonly name: string;
  /** The bytes from the beginning, in blocks; may be asked for more than once. */
  readonly blocks: () => Iterable<Uint8Array>;
}

/** What was read of another trainer's log. */
export interface ForeignLog {
  /** Name of the format. */
  readonly format: string;
  readonly history: History;
  /** What `step` counts. A log that says neither steps nor samples of a batch counts images. */
  readonly unit: "steps" | "images";
  /** Whether the log says how many images a step shows. Where it does not, the history counts one a step. */
  readonly imagesKnown: boolean;
  /** Which way each metric of the history is good. */
  readonly better: Readonly<Record<string, Direction>>;
  /** How long the training had taken; empty where the log has no times. */
  readonly moments: readonly Moment[];
  /** Names of the files that were read. */
  readonly files: readonly string[];
  /** What a reader should know: torn lines, lines that could not be read, what was left out. */
  readonly notes: readonly string[];
}

/** How to read. */
export interface ReadOptions {
  /** Which columns or tags are what, for formats in which they have any name. */
  readonly columns?: ColumnMap;
}

/** A format. */
export interface Format {
  /** For `--format`, such as `studiogan`. */
  readonly name: string;
  /** Which trainers write it. */
  readonly title: string;
  /** Which files it recognises. */
  readonly files: string;
  /** What is read. Signals, and metrics by the names they get. */
  readonly gives: readonly string[];
  /** What no log of this format tells. */
  readonly cannot: string;
  /** Whether a training is written into several files; else each file is a training. */
  readonly manyFiles: boolean;
  /** Whether a file may be one by its name, before it is opened. */
  readonly fits: (name: string) => boolean;
  /** Whether a file is one, by its name and its first 64 KiB as text. */
  readonly recognises: (name: string, head: string) => boolean;
  /**
   * Reads the files of one training.
   *
   * @throws DataError when there is nothing to read in them; ConfigError when columns are named that are not there.
   */
  readonly read: (files: readonly LogFile[], options: ReadOptions) => ForeignLog;
}

/** Bytes of a file by which it is recognised. */
export const HEAD_BYTES = 65536;

/** The last part of a path. */
export const baseName = (name: string): string => name.slice(name.lastIndexOf("/") + 1);

/** The part of a path before the last, or an empty text. */
export const folderOf = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf("/")));

/** Lines that were passed over. */
export class PassedOver {
  private count = 0;
  private first = "";

  add(file: LogFile, line: number): void {
    if (this.count++ === 0) this.first = `${file.name} line ${line}`;
  }

  notes(): string[] {
    if (this.count === 0) return [];
    return [
      this.count === 1
        ? `${this.first} cannot be read and was passed over`
        : `${this.count} lines cannot be read and were passed over, the first: ${this.first}`,
    ];
  }
}

/** What to say of a log whose training went back so many times. */
export function wentBack(times: number): string[] {
  if (times === 0) return [];
  const often = times === 1 ? "once" : `${times} times`;
  return [`the log goes back to an earlier step ${often}; of what it says twice, the later counts`];
}

/** A log from what was gathered. */
export function logFrom(
  format: string,
  book: LogBook,
  {
    facts,
    imagesAt,
    unit = "steps",
    better,
    files,
    notes,
  }: {
    readonly facts: Facts;
    /** Real images shown after so many steps; null where the log does not say. */
    readonly imagesAt: ((step: number) => number) | null;
    readonly unit?: ForeignLog["unit"];
    readonly better: (metric: string) => Direction | null;
    readonly files: readonly LogFile[];
    readonly notes: readonly string[];
  },
): ForeignLog {
  const directions = book.names("metrics").flatMap((name) => {
    const direction = better(name);
    return direction === null ? [] : [[name, direction] as const];
  });
  return {
    format,
    // Diagnoses need a count that rises with the steps.
    history: book.history(unit === "images" ? { ...facts, unit } : facts, imagesAt ?? ((step) => step)),
    imagesKnown: imagesAt !== null,
    unit,
    better: Object.fromEntries(directions),
    moments: book.moments(),
    files: files.map(({ name }) => name),
    notes: [...notes, ...wentBack(book.rewinds)],
  };
}
