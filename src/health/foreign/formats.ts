/** @file The formats of other trainers' logs that can be read, and how one is recognised. */

import { ConfigError, DataError } from "../../util/errors.ts";
import { didYouMean } from "../../util/suggest.ts";
import { biggan } from "./biggan.ts";
import { csv } from "./csv.ts";
import { baseName, type ForeignLog, type Format, HEAD_BYTES, type LogFile, type ReadOptions } from "./format.ts";
import { encodingOf } from "./lines.ts";
import { mimicry } from "./mimicry.ts";
import { studiogan } from "./studiogan.ts";
import { stylegan } from "./stylegan.ts";
import { isEventFile, tensorboard } from "./tensorboard.ts";

/** All formats. Those in front are preferred where a folder holds several: they say more. */
export const FORMATS: readonly Format[] = [stylegan, mimicry, biggan, studiogan, csv, tensorboard];

/** How to read another trainer's log. */
export interface ForeignOptions extends ReadOptions {
  /** Name of the format; default: it is recognised. */
  readonly format?: string | undefined;
}

/**
 * Reads the log of another trainer.
 *
 * @param files The file that was named, or those of the folder that was named and of the folders in it.
 * @param where What was named, for messages.
 * @throws ConfigError for an unknown format, or a file that is of another; DataError where no format is recognised, several
 * trainings are found, or nothing can be read.
 */
export function readForeign(files: readonly LogFile[], where: string, options: ForeignOptions = {}): ForeignLog {
  const format = options.format === undefined ? recognise(files, where) : formatNamed(options.format);
  if (options.columns !== undefined && format !== csv && format !== tensorboard) {
    throw new ConfigError(`${where} is a log of the format ${format.name}, whose columns are known`, {
      help: "leave out --columns, which is for tables and TensorBoard's event files",
    });
  }
  const own = files.filter((file) => belongs(format, file, files.length === 1 && options.format !== undefined));
  if (own.length === 0) {
    throw new DataError(`${where} holds no log of the format ${format.name}`, {
      help: `it reads ${format.files}; ${headline(files)}`,
    });
  }
  const chosen = format === csv && own.length > 1 ? own.filter((file) => hasSignals(file, options)) : own;
  if (!format.manyFiles && chosen.length !== 1) {
    throw new DataError(`${where} holds ${own.length} logs: ${listed(own)}`, { help: "name one of them" });
  }
  refuseSeveral(chosen, where);
  const log = format.read(chosen, options);
  const { scalars, looks, metrics } = log.history;
  if (scalars.length + looks.length + metrics.length > 0) return log;
  throw new DataError(`${where} was read as ${format.name}, and holds no number that is known`, {
    help: [...log.notes, `it should hold ${format.gives.join(", ")}`].join("; "),
  });
}

/** Files of one name in several folders, and several lists of BigGAN's metrics, are of several trainings. */
function refuseSeveral(files: readonly LogFile[], where: string): void {
  const folders = new Map<string, string[]>();
  for (const { name } of files) {
    if (isEventFile(name)) continue;
    const kind = name.endsWith("_log.jsonl") ? "_log.jsonl" : baseName(name);
    folders.set(kind, [...(folders.get(kind) ?? []), name]);
  }
  const several = [...folders.values()].find((names) => names.length > 1);
  if (several === undefined) return;
  throw new DataError(`${where} holds logs of ${several.length} trainings: ${several.slice(0, 8).join(", ")}`, {
    help: "name the folder of one",
  });
}

/** @throws ConfigError when there is none of this name. */
export function formatNamed(name: string): Format {
  const names = FORMATS.map((format) => format.name);
  const format = FORMATS.find((one) => one.name === name);
  if (format !== undefined) return format;
  throw new ConfigError(`there is no format "${name}".${didYouMean(name, names)}`, {
    help: `formats: ${names.join(", ")}; a run of Gantry needs none`,
  });
}

function recognise(files: readonly LogFile[], where: string): Format {
  const found = FORMATS.filter((format) => files.some((file) => belongs(format, file, false)));
  // Many trainers write event files beside their own logs, and those say less.
  const own = found.length > 1 ? found.filter((format) => format !== tensorboard) : found;
  // A table beside a log of its own format is of something else.
  const main = own.length > 1 ? own.filter((format) => format !== csv) : own;
  if (main.length === 1) return main[0] as Format;
  if (main.length > 1) {
    throw new DataError(`${where} holds logs of several formats: ${main.map(({ name }) => name).join(", ")}`, {
      help: "say which one is meant with --format, or name the file",
    });
  }
  throw new DataError(`${where} is no log that is known: ${headline(files)}`, {
    help: `formats are ${FORMATS.map(({ name, files: what }) => `${name} (${what})`).join("; ")}; and run directories of Gantry`,
  });
}

function headline(files: readonly LogFile[]): string {
  const [file] = files;
  if (file === undefined) return "the folder holds no file of a log";
  if (files.length > 1) return `it holds ${listed(files)}`;
  const head = headOf(file);
  if (head.length === 0) return "the file is empty";
  return head.includes("\0") && !isEventFile(file.name) ? "the file is not text" : "the file is text of another kind";
}

const listed = (files: readonly LogFile[]) =>
  `${files
    .slice(0, 8)
    .map(({ name }) => name)
    .join(", ")}${files.length > 8 ? `, … (${files.length} files)` : ""}`;

/** @param named Whether a person says that this very file is of the format: its name then does not count. */
function belongs(format: Format, file: LogFile, named: boolean): boolean {
  if (named) return true;
  if (!format.fits(file.name)) return false;
  return format.recognises(file.name, isEventFile(file.name) ? "" : headOf(file));
}

function headOf({ blocks }: LogFile): string {
  const head = new Uint8Array(HEAD_BYTES);
  let filled = 0;
  for (const block of blocks()) {
    const part = block.subarray(0, HEAD_BYTES - filled);
    head.set(part, filled);
    filled += part.length;
    if (filled === HEAD_BYTES) break;
  }
  const bytes = head.subarray(0, filled);
  return new TextDecoder(encodingOf(bytes)).decode(bytes);
}

/** Whether a table is of a training: a column of it is known. */
function hasSignals(file: LogFile, options: ReadOptions): boolean {
  try {
    const { history } = csv.read([file], options);
    return history.scalars.length + history.metrics.length > 0;
  } catch (error) {
    if (error instanceof DataError || error instanceof ConfigError) return false;
    throw error;
  }
}

/** Whether a file may be of any format by its name: the others of a folder need not be opened. */
export const mayBeLog = (name: string): boolean =>
  !/superseded/.test(baseName(name)) && FORMATS.some((format) => format.fits(name));
