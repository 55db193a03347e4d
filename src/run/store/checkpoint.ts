/** @file Checkpoints: one safetensors file per saved step, with a checksum that is verified whenever it is loaded. */

import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync, readdirSync, readSync, rmSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { ConfigError, DataError, invariant } from "../../util/errors.ts";
import { didYouMean } from "../../util/suggest.ts";
import { diskFileSystem, ioCode, ioError, makeDirectories, removeLeftovers, writeFileAtomic } from "./atomic-file.ts";
import {
  byName,
  bytesOf,
  decodeMetadata,
  decodeSafetensors,
  dtypeOf,
  encodeSafetensors,
  headerSize,
  type StateArray,
  type TensorFile,
} from "./safetensors.ts";

/** Version of the layout below; another major version is refused on load. */
export const CHECKPOINT_FORMAT = "gantry-checkpoint/1";

const EXTENSION = ".safetensors";
const EXTRA = "extra.";
const STEP_NAME = /^step-(\d{8,})$/;
/** File names of checkpoints that {@link setAsideAfter} put aside with an attempt: the name, and the attempt's number. */
export const ASIDE = /^(step-\d{8,})\.safetensors\.attempt-(\d+)$/;
const MAX_READ = 1024 * 1024 * 1024;

/** Everything a run needs to go on from where it was. */
export interface Snapshot {
  /** Training steps done. */
  readonly step: number;
  /** Images shown so far. */
  readonly images: number;
  /** Samples drawn from the data set so far. */
  readonly cursor: number;
  /** Fingerprint of the config that made this state. */
  readonly fingerprint: string;
  /** Weights, moments, averages and the rest, by name. */
  readonly state: ReadonlyMap<string, StateArray>;
  /** Small text the trainer wants back. Default: none. */
  readonly extra?: Readonly<Record<string, string>>;
}

/** A checkpoint that was read and whose checksum matched. */
export interface LoadedCheckpoint extends Snapshot {
  readonly name: string;
  readonly path: string;
  readonly extra: Readonly<Record<string, string>>;
}

/** One checkpoint file of a run; nothing but its name, size and perhaps header has been read. */
export interface CheckpointEntry {
  /** File name without extension, such as `step-00000400`. */
  readonly name: string;
  readonly path: string;
  /** From the name, or from the header of a file named otherwise; null when that cannot be read. */
  readonly step: number | null;
  readonly bytes: number;
}

/** What {@link saveCheckpoint} wrote. */
export interface SavedCheckpoint {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
}

/** How events name a checkpoint: its path below the run directory. */
export const checkpointPath = (name: string): string => `checkpoints/${name}${EXTENSION}`;

/** The step in the name of a checkpoint, or NaN. */
export const stepOfCheckpoint = (name: string): number => Number(STEP_NAME.exec(name)?.[1] ?? Number.NaN);

/** The name of the checkpoint of a step: `step-00000400`. */
export function checkpointName(step: number): string {
  return `step-${String(step).padStart(8, "0")}`;
}

/**
 * Writes `dir/name.safetensors` atomically: after a crash or on a full disk, what was there before is still there.
 *
 * @param dir The run's checkpoint directory; made when missing.
 * @param name Usually {@link checkpointName}`(step)`.
 * @throws DataError when it cannot be written.
 */
export function saveCheckpoint(dir: string, name: string, snapshot: Snapshot, fs = diskFileSystem): SavedCheckpoint {
  for (const key of ["step", "images", "cursor"] as const) {
    invariant(isCount(snapshot[key]), `a checkpoint's ${key} is ${snapshot[key]}`);
  }
  const facts: Record<string, string> = {
    format: CHECKPOINT_FORMAT,
    step: String(snapshot.step),
    images: String(snapshot.images),
    cursor: String(snapshot.cursor),
    fingerprint: snapshot.fingerprint,
  };
  for (const [key, text] of Object.entries(snapshot.extra ?? {})) facts[EXTRA + key] = text;
  const metadata = { ...facts, sha256: checksum({ tensors: snapshot.state, metadata: facts }) };
  const chunks = encodeSafetensors({ tensors: snapshot.state, metadata });
  const path = join(dir, name + EXTENSION);
  try {
    makeDirectories(dir);
  } catch (error) {
    throw ioError("write", path, error);
  }
  writeFileAtomic(path, chunks, fs);
  return { name, path, bytes: chunks.reduce((sum, chunk) => sum + chunk.length, 0) };
}

/**
 * Reads a checkpoint and verifies its checksum. Arrays are views of one buffer that belongs to the result.
 *
 * @throws DataError when the file is missing, unreadable, not a checkpoint, or was altered or truncated.
 */
export function loadCheckpoint(path: string): LoadedCheckpoint {
  const bytes = readWhole(path);
  let file: TensorFile;
  try {
    file = decodeSafetensors(bytes, path);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw damaged(path, `the checksum does not match and the layout is broken (${error.message})`, error);
  }
  const { format, sha256, ...rest } = file.metadata;
  if (format === undefined || !format.startsWith("gantry-checkpoint/")) {
    throw new DataError(`${path} is a safetensors file but not a Gantry checkpoint`, {
      help: "Name a file from the checkpoints folder of a run.",
    });
  }
  if (format !== CHECKPOINT_FORMAT) {
    throw new DataError(`${path} has the checkpoint format ${format}; this version reads ${CHECKPOINT_FORMAT}`, {
      help: "Use the version of Gantry that wrote it (environment.json of the run names it).",
    });
  }
  const expected = checksum({ tensors: file.tensors, metadata: { format, ...rest } });
  if (sha256 !== expected) throw damaged(path, "the checksum does not match");
  return {
    name: basename(path, EXTENSION),
    path,
    step: count(path, "step", rest.step),
    images: count(path, "images", rest.images),
    cursor: count(path, "cursor", rest.cursor),
    fingerprint: rest.fingerprint ?? "",
    state: file.tensors,
    extra: extraOf(rest),
  };
}

/** Names of the files in a directory; none of a missing one. */
export function filesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (ioCode(error) === "ENOENT") return [];
    throw ioError("read", dir, error);
  }
}

/** The checkpoints in a directory by rising step, without loading them. A missing directory has none. */
export function listCheckpoints(dir: string): CheckpointEntry[] {
  const entries: CheckpointEntry[] = [];
  for (const file of filesIn(dir)) {
    if (!file.endsWith(EXTENSION) || file.startsWith(".")) continue;
    const path = join(dir, file);
    const bytes = statSync(path, { throwIfNoEntry: false })?.size;
    if (bytes === undefined) continue;
    const name = file.slice(0, -EXTENSION.length);
    const step = STEP_NAME.exec(name)?.[1];
    entries.push({ name, path, step: step === undefined ? stepInHeader(path) : Number(step), bytes });
  }
  return entries.sort((a, b) => (a.step ?? -1) - (b.step ?? -1) || byName(a.name, b.name));
}

/**
 * The best checkpoint by the record of the latest good one.
 * @throws ConfigError when the run keeps none.
 */
function findBest(dir: string, entries: readonly CheckpointEntry[]): CheckpointEntry {
  const record: unknown = JSON.parse(loadLatest(dir).checkpoint?.extra.best ?? "null");
  const name = typeof record === "object" && record !== null && "name" in record ? record.name : undefined;
  const found = entries.find((entry) => entry.name === name);
  if (found !== undefined) return found;
  throw new ConfigError(
    name === undefined ? `no checkpoint in ${dir} is the best: the run keeps none` : `${dir} has no "${name}" any more`,
    { help: "train with --set checkpoint.best.scalar=NAME to keep one; `gantry runs show` lists those that there are" },
  );
}

/** One that was set aside with an attempt, by its file's name. */
function findAside(dir: string, file: string): CheckpointEntry | undefined {
  const name = ASIDE.exec(file)?.[1];
  const path = join(dir, file);
  const bytes = name === undefined ? undefined : statSync(path, { throwIfNoEntry: false })?.size;
  return bytes === undefined ? undefined : { name: file, path, step: stepOfCheckpoint(name!), bytes };
}

/**
 * Finds a checkpoint by what a user writes: `latest` (the highest step, not verified), `best`, a step number, or a name; of those that were set
 * aside with an attempt the whole file's name.
 *
 * @throws ConfigError when there is none, suggesting the nearest name.
 */
export function findCheckpoint(dir: string, wanted: string): CheckpointEntry {
  const entries = listCheckpoints(dir);
  const name = wanted.endsWith(EXTENSION) ? wanted.slice(0, -EXTENSION.length) : wanted;
  const found =
    entries.find((entry) => entry.name === name) ??
    (name === "latest" ? entries.at(-1) : undefined) ??
    (name === "best" && entries.length > 0 ? findBest(dir, entries) : undefined) ??
    (/^\d+$/.test(name) ? entries.find((entry) => entry.step === Number(name)) : undefined) ??
    findAside(dir, wanted);
  if (found !== undefined) return found;
  const names = entries.map((entry) => entry.name);
  throw new ConfigError(`there is no checkpoint "${wanted}" in ${dir}.${didYouMean(name, names)}`, {
    help: names.length === 0 ? "The folder has no checkpoints." : `There are: ${names.slice(-8).join(", ")}.`,
  });
}

/**
 * Loads the checkpoint of the highest step that is good, passing over damaged ones.
 *
 * @returns The checkpoint (null when none is good) and, newest first, what was wrong with those passed over.
 */
export function loadLatest(dir: string): { checkpoint: LoadedCheckpoint | null; problems: string[] } {
  const problems: string[] = [];
  for (const entry of listCheckpoints(dir).reverse()) {
    try {
      return { checkpoint: loadCheckpoint(entry.path), problems };
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      problems.push(error.message);
    }
  }
  return { checkpoint: null, problems };
}

/**
 * Renames the checkpoints of steps after `step`, for a run that goes on from there: they are kept to be looked at, and no longer
 * count among the latest.
 *
 * @param ending What is appended to their names: `damaged` where they could not be read, `attempt-0` where they are those of an
 *   attempt that a remedy took back.
 * @returns The names set aside.
 */
export function setAsideAfter(dir: string, step: number, ending: string): string[] {
  const later = listCheckpoints(dir).filter((entry) => entry.step !== null && entry.step > step);
  for (const { path } of later) {
    try {
      diskFileSystem.rename(path, `${path}.${ending}`);
    } catch (error) {
      throw ioError("rename", path, error);
    }
  }
  return later.map(({ name }) => name);
}

/**
 * Removes the `step-*` checkpoints but for the last `keepLast` and the names in `keep`, and what killed processes left
 * half-written. Files named otherwise are never removed.
 *
 * @returns The names removed.
 */
export function pruneCheckpoints(dir: string, rule: { keepLast: number; keep: readonly string[] }): string[] {
  invariant(Number.isInteger(rule.keepLast) && rule.keepLast >= 1, "at least one checkpoint must be kept");
  removeLeftovers(dir);
  const numbered = listCheckpoints(dir).filter((entry) => STEP_NAME.test(entry.name));
  const old = numbered.slice(0, -rule.keepLast).filter((entry) => !rule.keep.includes(entry.name));
  for (const entry of old) {
    try {
      rmSync(entry.path, { force: true });
    } catch (error) {
      throw ioError("remove", entry.path, error);
    }
  }
  return old.map((entry) => entry.name);
}

/** SHA-256 over names, types, shapes and bytes of all arrays and over the metadata, each in the order of the names. */
function checksum(file: TensorFile): string {
  const hash = createHash("sha256");
  hash.update(`${JSON.stringify(Object.entries(file.metadata).sort(([a], [b]) => byName(a, b)))}\n`);
  for (const [name, array] of [...file.tensors].sort(([a], [b]) => byName(a, b))) {
    hash.update(`${JSON.stringify([name, dtypeOf(array), array.shape])}\n`);
    hash.update(bytesOf(array));
  }
  return hash.digest("hex");
}

function damaged(path: string, what: string, cause?: unknown): DataError {
  return new DataError(`checkpoint ${path} is damaged: ${what}`, {
    help: "It was altered or truncated. Use the previous checkpoint of the run.",
    cause,
  });
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function count(path: string, key: string, text: string | undefined): number {
  const value = text === undefined || !/^\d+$/.test(text) ? Number.NaN : Number(text);
  if (!isCount(value)) throw damaged(path, `its ${key} is ${JSON.stringify(text)}`);
  return value;
}

/** The metadata of a checkpoint file, without its arrays; empty where they cannot be read. */
function metadataOf(path: string): Readonly<Record<string, string>> {
  try {
    const size = headerSize(readWhole(path, 8));
    return size === undefined ? {} : decodeMetadata(readWhole(path, size), path);
  } catch (error) {
    if (error instanceof DataError) return {};
    throw error;
  }
}

function stepInHeader(path: string): number | null {
  const { step } = metadataOf(path);
  return step !== undefined && /^\d+$/.test(step) ? Number(step) : null;
}

const extraOf = (metadata: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(metadata).flatMap(([key, text]) => (key.startsWith(EXTRA) ? [[key.slice(EXTRA.length), text]] : [])),
  );

/** What the trainer had a checkpoint remember, see {@link Snapshot.extra}; nothing where its header cannot be read. */
export const checkpointExtra = (path: string): Readonly<Record<string, string>> => extraOf(metadataOf(path));

/** The first `limit` bytes of a file (default: all) in a buffer of their own, also when it is over the 2 GiB of readFile. */
function readWhole(path: string, limit = Number.POSITIVE_INFINITY): Uint8Array {
  let fd: number | undefined;
  try {
    fd = openSync(path, "r");
    const bytes = new Uint8Array(Math.min(fstatSync(fd).size, limit));
    let offset = 0;
    while (offset < bytes.length) {
      const got = readSync(fd, bytes, offset, Math.min(bytes.length - offset, MAX_READ), offset);
      if (got === 0) break;
      offset += got;
    }
    return bytes.subarray(0, offset);
  } catch (error) {
    throw ioError("read", path, error);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
