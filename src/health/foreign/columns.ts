/** @file Which columns of a table, or tags of TensorBoard, are which signals: by their names, or as a person says. */

import { ConfigError, DataError } from "../../util/errors.ts";
import { didYouMean } from "../../util/suggest.ts";
import { type Direction, metricOf } from "../evidence/metric-names.ts";
import { signalOf, trackOf } from "./names.ts";
import type { LogBook, Track } from "./series.ts";

/** What a column is for. */
export type Target =
  | { readonly kind: "step" | "images" | "seconds"; readonly name: string; readonly better: null }
  | { readonly kind: Track; readonly name: string; readonly better: Direction | null };

/** A column, and what it is. */
export interface Chosen {
  readonly target: Target;
  readonly column: string;
}

/** Columns to read, and what is to be said of others. */
export interface Choice {
  readonly chosen: readonly Chosen[];
  readonly notes: readonly string[];
  /** How many columns are nothing that is known. */
  readonly unknown: number;
}

/** What `--columns` says. */
export type ColumnMap = readonly Chosen[];

const AXES = ["step", "images", "seconds"] as const;

/**
 * Reads `step=iter,loss/discriminator=d_loss,fid=FID`: what it is, then the column's name or number.
 *
 * @throws ConfigError on an entry that is not of this form, or for what is neither an axis, a signal nor a metric.
 */
export function parseColumns(text: string): ColumnMap {
  const chosen = text.split(",").map((entry): Chosen => {
    const [, name, column] = /^\s*([^=]+?)\s*=\s*(.+?)\s*$/.exec(entry) ?? [];
    if (name === undefined || column === undefined) {
      throw new ConfigError(`--columns: "${entry}" is not of the form signal=column`, {
        help: "such as --columns step=iter,loss/discriminator=d_loss,fid=FID",
      });
    }
    return { target: targetOf(name), column };
  });
  const names = chosen.map(({ target }) => target.name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new ConfigError(`--columns names ${twice} twice`);
  return chosen;
}

function targetOf(name: string): Target {
  const axis = AXES.find((one) => one === name);
  if (axis !== undefined) return { kind: axis, name, better: null };
  const track = trackOf(name);
  if (track !== undefined) return { kind: track, name, better: null };
  const metric = metricOf(name);
  if (metric !== null) return { kind: "metrics", ...metric };
  const known = [
    ...AXES,
    "loss/generator",
    "loss/discriminator",
    "score/real",
    "score/fake",
    "fid",
    "kid",
    "inception-score",
    "precision",
    "recall",
  ];
  throw new ConfigError(`--columns: "${name}" is no signal and no metric.${didYouMean(name, known)}`, {
    help: `what can be named: ${known.join(", ")}, and every signal of docs/reference/signals.md`,
  });
}

/** Names of columns of steps, images and times, in lower case, letters only. */
const AXIS_NAMES: Readonly<Record<string, (typeof AXES)[number]>> = {
  ...axis("step", "step steps globalstep iter iters iteration iterations itr it niter trainerglobalstep"),
  ...axis("images", "images nimg curnimg img"),
  ...axis("seconds", "seconds elapsed time walltime timesec runtime relativetimeprocess"),
};

function axis(kind: (typeof AXES)[number], names: string): Record<string, (typeof AXES)[number]> {
  return Object.fromEntries(names.split(" ").map((name) => [name, kind]));
}

/** What a column is by its name, or undefined. */
function guess(column: string): Target | undefined {
  const kind = AXIS_NAMES[column.toLowerCase().replace(/[^a-z]/g, "")];
  if (kind !== undefined) return { kind, name: kind, better: null };
  const signal = signalOf(column);
  const track = signal === undefined ? undefined : trackOf(signal);
  if (signal !== undefined && track !== undefined) return { kind: track, name: signal, better: null };
  const metric = metricOf(column);
  return metric === null ? undefined : { kind: "metrics", ...metric };
}

/** What stands in a file, to be shown to a person: control characters of binary data would steer the terminal. */
const shown = (column: string): string => column.replace(/\p{Cc}/gu, "\ufffd");

/**
 * Which of `columns` to read, and what they are. What a person says comes first; the others are known by their names.
 *
 * @param what Such as `column`, for messages.
 * @throws ConfigError when a named column is not there; DataError when none is a signal or a metric.
 */
export function chooseColumns(columns: readonly string[], map: ColumnMap | undefined, what: string): Choice {
  const listed = columns.length === 0 ? "none" : columns.slice(0, 30).map(shown).join(", ");
  for (const { column } of map ?? []) {
    if (columns.includes(column)) continue;
    throw new ConfigError(`there is no ${what} "${column}".${didYouMean(column, columns)}`, {
      help: `there are: ${listed}`,
    });
  }
  const chosen = [...(map ?? [])];
  const notes: string[] = [];
  let unknown = 0;
  for (const [i, column] of columns.entries()) {
    const isRepeated = columns.indexOf(column) < i;
    if (chosen.some((one) => one.column === column) && !isRepeated) continue;
    const target = guess(column);
    if (target === undefined) {
      unknown++;
      continue;
    }
    const same = chosen.find((one) => one.target.name === target.name);
    if (same === undefined) chosen.push({ target, column });
    // An axis has often two names, and whoever names a column has chosen.
    else if (!AXES.some((one) => one === target.kind) && !map?.includes(same))
      notes.push(
        `${what} "${shown(column)}" was left out, as ${isRepeated ? "another of that name" : `"${shown(same.column)}"`} is ${shown(target.name)}, too: --columns says which to read`,
      );
  }
  if (chosen.every(({ target }) => AXES.some((one) => one === target.kind))) {
    throw new DataError(`no ${what} is a loss or a metric that is known; there are: ${listed}`, {
      help: "say which is which: --columns step=iter,loss/discriminator=d_loss,fid=FID",
    });
  }
  return { chosen, notes, unknown };
}

/** Adds a value to what is read, where its column stands for a signal or a metric. */
export function placeColumn(book: LogBook, { kind, name }: Target, step: number, value: number): void {
  if (kind === "scalars" || kind === "looks" || kind === "metrics") book.add(kind, name, step, value);
}

/** Which way the metrics of columns are good. */
export const betterOf =
  (chosen: readonly Pick<Chosen, "target">[]) =>
  (metric: string): Direction | null =>
    chosen.find(({ target }) => target.kind === "metrics" && target.name === metric)?.target.better ?? null;
