/** @file Run directories: claiming a numbered one, finding one again, listing them, and the lock that keeps trainers apart. */

import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { basename, join, resolve } from "node:path";
import { ConfigError, DataError } from "../../util/errors.ts";
import { nearest } from "../../util/suggest.ts";
import {
  ioCode,
  ioError,
  makeDirectories,
  processExists,
  removeLeftovers,
  temporaryPath,
  writeFileAtomic,
} from "./atomic-file.ts";
import { readFirst, readTail } from "./event-log.ts";
import type { RunStatus, ScalarValues } from "./events.ts";
import { goesBackTo, standing } from "./standing.ts";

/** Where everything of one run lies. */
export interface RunPaths {
  /** The directory's name, such as `00003-dcgan-mnist`. */
  readonly name: string;
  readonly dir: string;
  readonly config: string;
  readonly environment: string;
  readonly events: string;
  readonly samples: string;
  readonly checkpoints: string;
  readonly log: string;
  readonly reals: string;
  readonly lock: string;
}

/** One line of a list of runs. What cannot be read is null. */
export interface RunRow {
  readonly name: string;
  readonly dir: string;
  /** As the log says, but a run that says running while no trainer holds it is interrupted. */
  readonly status: RunStatus;
  readonly step: number;
  readonly images: number;
  readonly lastScalars: ScalarValues | null;
  /** Time of the first event, ISO 8601. */
  readonly started: string | null;
  readonly preset: string | null;
  readonly model: string | null;
  readonly data: string | null;
}

/** Who holds a run. */
export interface LockOwner {
  readonly pid: number;
  readonly hostname: string;
  /** When the lock was taken, ISO 8601. */
  readonly started: string;
  /** When the process began, in the kernel's ticks, to tell it from a later one of the same number; null where unknown. */
  readonly ticks: number | null;
}

/** A held lock. */
export interface RunLock {
  /** Gives the run free. May be called more than once. */
  release(): void;
}

/** The paths of a run in `dir`. Nothing is read or made. */
export function runPaths(dir: string): RunPaths {
  return {
    name: basename(resolve(dir)),
    dir,
    config: join(dir, "config.json"),
    environment: join(dir, "environment.json"),
    events: join(dir, "events.jsonl"),
    samples: join(dir, "samples"),
    checkpoints: join(dir, "checkpoints"),
    log: join(dir, "log.txt"),
    reals: join(dir, "reals.png"),
    lock: join(dir, "lock"),
  };
}

/**
 * Makes the next numbered run directory, `root/00004-label/`, with its sub-directories. No two processes get the same
 * number: the bare number is claimed with mkdir, then renamed to its full name.
 *
 * @param root Made when missing.
 * @param label Describes the run, such as `dcgan-mnist`; other characters than letters, digits, `.`, `_`, `-` become `-`.
 * @throws ConfigError when `root` or a part of it is a file; DataError when it cannot be written.
 */
export function createRun(root: string, label: string): RunPaths {
  const suffix = label
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 80);
  try {
    makeDirectories(root);
    for (let number = nextNumber(root); ; number = Math.max(number + 1, nextNumber(root))) {
      const digits = String(number).padStart(5, "0");
      const claim = join(root, digits);
      if (!tryMkdir(claim)) continue;
      if (readdirSync(root).some((name) => name !== digits && runNumber(name) === number)) {
        rmdirSync(claim);
        continue;
      }
      const paths = runPaths(suffix === "" ? claim : `${claim}-${suffix}`);
      renameSync(claim, paths.dir);
      mkdirSync(paths.samples);
      mkdirSync(paths.checkpoints);
      return paths;
    }
  } catch (error) {
    const code = ioCode(error);
    if (code === "EEXIST" || code === "ENOTDIR") {
      throw new ConfigError(`cannot make runs in ${root}: it, or a part of its path, is a file`, {
        help: "Name a directory with --out.",
        cause: error,
      });
    }
    throw ioError("make a run directory in", root, error);
  }
}

/**
 * Finds a run by number (`3`, `00003`), by name or the beginning of one, or by path.
 *
 * @throws ConfigError when there is none (with the nearest name) or when several begin like that.
 */
export function openRun(wanted: string, root: string): RunPaths {
  const names = runNames(root);
  const exact = names.find((name) => name === wanted);
  const numbered = /^\d+$/.test(wanted) ? names.filter((name) => runNumber(name) === Number(wanted)) : [];
  const begun = names.filter((name) => wanted !== "" && name.startsWith(wanted));
  const found = exact !== undefined ? [exact] : numbered.length > 0 ? numbered : begun;
  if (found.length === 1) return runPaths(join(root, found[0] as string));
  if (found.length > 1) {
    throw new ConfigError(`"${wanted}" means several runs: ${found.slice(0, 8).join(", ")}`, {
      help: "Write more of the name, or its number.",
    });
  }
  if (wanted !== "" && statSync(wanted, { throwIfNoEntry: false })?.isDirectory()) {
    const paths = runPaths(wanted);
    if (isFile(paths.config) || isFile(paths.events)) return paths;
    throw new ConfigError(`${wanted} is not a run directory: it has neither config.json nor events.jsonl`, {
      help: "`gantry runs ls` lists the runs.",
    });
  }
  const labels = new Map(names.map((name) => [name.replace(/^\d+-/, ""), name]));
  const close = nearest(wanted, names) ?? labels.get(nearest(wanted, [...labels.keys()]) ?? "");
  const suggestion = close === undefined ? "" : ` Did you mean "${close}"?`;
  throw new ConfigError(`there is no run "${wanted}" in ${root}.${suggestion}`, {
    help: names.length === 0 ? `${root} has no runs.` : `The newest are ${names.slice(-3).reverse().join(", ")}.`,
  });
}

/** The runs in a directory by rising number, reading only a little of each. A missing directory has none. */
export function listRuns(root: string): RunRow[] {
  return runNames(root).map((name) => describeRun(runPaths(join(root, name))));
}

/** One row of {@link listRuns}. */
export function describeRun(paths: RunPaths): RunRow {
  const config = readConfig(paths.config);
  const log = summariseLog(paths.events);
  const held = (): boolean => {
    const owner = lockOwner(paths);
    return owner !== null && isAlive(owner);
  };
  const status = log.status !== null && log.status !== "running" ? log.status : held() ? "running" : "interrupted";
  return {
    name: paths.name,
    dir: paths.dir,
    status,
    step: log.step,
    images: log.images,
    lastScalars: log.scalars,
    started: readFirst(paths.events)?.time ?? null,
    preset: nameOf(config.preset),
    model: nameOf(config.model),
    data: nameOf(config.data),
  };
}

/**
 * Takes a run for this process, so that no second trainer writes to it, and removes what a killed trainer left half-written.
 * A lock whose process is dead (on this host) is taken over.
 *
 * @throws DataError when another trainer holds it, naming its process and host.
 */
export function lockRun(paths: RunPaths): RunLock {
  const owner: LockOwner = {
    pid: process.pid,
    hostname: hostname(),
    started: new Date().toISOString(),
    ticks: processFacts(process.pid)?.ticks ?? null,
  };
  const mine = `${JSON.stringify({ ...owner, token: Math.random().toString(36).slice(2) })}\n`;
  try {
    for (let tries = 0; !createExclusive(paths.lock, mine); tries++) {
      const found = readText(paths.lock);
      const other = parseOwner(found ?? "");
      if (tries > 100 || (other !== null && isAlive(other))) throw heldError(paths, other);
      if (found !== null && takeOver(paths.lock, found, mine)) break;
    }
  } catch (error) {
    throw ioError("lock", paths.dir, error);
  }
  for (const dir of [paths.dir, paths.samples, paths.checkpoints]) removeLeftovers(dir);
  return {
    release() {
      if (readText(paths.lock) === mine) rmSync(paths.lock, { force: true });
    },
  };
}

/** Who holds a run, dead or alive (see {@link isAlive}); null when nobody does. */
export function lockOwner(paths: RunPaths): LockOwner | null {
  const text = readText(paths.lock);
  return text === null ? null : parseOwner(text);
}

/** Whether the owner of a lock may still be at work. Owners on other hosts cannot be asked and count as alive. */
export function isAlive(owner: LockOwner): boolean {
  if (owner.hostname !== hostname()) return true;
  if (!processExists(owner.pid)) return false;
  const facts = processFacts(owner.pid);
  if (facts === null) return true;
  return !facts.zombie && (owner.ticks === null || owner.ticks === facts.ticks);
}

function heldError(paths: RunPaths, owner: LockOwner | null): DataError {
  const who = owner === null ? "" : ` (process ${owner.pid} on ${owner.hostname}, since ${owner.started})`;
  return new DataError(`the run ${paths.dir} is being trained by another process${who}`, {
    help: `Stop that process first. If you are sure that it is gone, delete ${paths.lock}.`,
  });
}

/** Replaces a lock whose owner is dead. Of several processes that try, one holds the claim and looks at the lock again. */
function takeOver(lock: string, stale: string, mine: string): boolean {
  const claim = `${lock}.claim`;
  if (!createExclusive(claim, mine)) {
    const claimant = parseOwner(readText(claim) ?? "");
    if (claimant !== null && !isAlive(claimant)) rmSync(claim, { force: true });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    return false;
  }
  try {
    if (readText(lock) !== stale) return false;
    writeFileAtomic(lock, [mine]);
    return true;
  } finally {
    rmSync(claim, { force: true });
  }
}

/** Makes a file with its whole content in one step; false when it exists. */
function createExclusive(path: string, content: string): boolean {
  const temporary = temporaryPath(path);
  try {
    writeFileSync(temporary, content, { flag: "wx" });
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if (ioCode(error) === "EEXIST") return false;
    if (ioCode(error) !== "EPERM" && ioCode(error) !== "ENOTSUP" && ioCode(error) !== "ENOSYS") throw error;
    return createWithoutLinks(path, content);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** For file systems without hard links. */
function createWithoutLinks(path: string, content: string): boolean {
  try {
    writeFileSync(path, content, { flag: "wx" });
    return true;
  } catch (error) {
    if (ioCode(error) === "EEXIST") return false;
    throw error;
  }
}

/** Start time and state of a process where /proc tells them (Linux); else null. */
function processFacts(pid: number): { ticks: number; zombie: boolean } | null {
  const text = readText(`/proc/${pid}/stat`);
  // The second field is the program's name in brackets, which may hold spaces and brackets.
  const fields = text?.slice(text.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields?.[19]);
  return Number.isFinite(ticks) ? { ticks, zombie: fields?.[0] === "Z" } : null;
}

function parseOwner(text: string): LockOwner | null {
  const { pid, hostname: host, started, ticks } = parseObject(text);
  if (typeof pid !== "number" || typeof host !== "string" || typeof started !== "string") return null;
  return { pid, hostname: host, started, ticks: typeof ticks === "number" ? ticks : null };
}

function nextNumber(root: string): number {
  return Math.max(-1, ...readdirSync(root).map((name) => runNumber(name) ?? -1)) + 1;
}

/** The number a run directory's name begins with, or undefined when it is no run. */
function runNumber(name: string): number | undefined {
  const digits = /^(\d{5,})(-|$)/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function runNames(root: string): string[] {
  try {
    const names = readdirSync(root, { withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [] : [entry.name]));
    const runs = names.filter((name) => runNumber(name) !== undefined);
    return runs.sort((a, b) => (runNumber(a) as number) - (runNumber(b) as number) || (a < b ? -1 : 1));
  } catch (error) {
    if (ioCode(error) === "ENOENT") return [];
    throw ioError("read", root, error);
  }
}

function tryMkdir(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if (ioCode(error) === "EEXIST") return false;
    throw error;
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function readConfig(path: string): Record<string, unknown> {
  return parseObject(readText(path) ?? "");
}

/** A config value that may be a name, or an object with one. */
function nameOf(value: unknown): string | null {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return null;
  const fields = value as Record<string, unknown>;
  return [fields.name, fields.source, fields.kind].find((field) => typeof field === "string") ?? null;
}

interface LogSummary {
  readonly status: RunStatus | null;
  readonly step: number;
  readonly images: number;
  readonly scalars: ScalarValues | null;
}

/** Reads ever more of the end of a log until it holds scalars that still count, at most 4 MiB. */
function summariseLog(path: string): LogSummary {
  for (let bytes = 8 * 1024; ; bytes *= 8) {
    const tail = readTail(path, bytes);
    const events = standing(tail.events);
    let status: RunStatus | null = null;
    let scalars: ScalarValues | null = null;
    for (const event of events) {
      if (event.type === "start" || event.type === "resume") status = "running";
      if (event.type === "status") status = event.status;
      if (event.type === "scalars") scalars = event.values;
    }
    if (scalars === null && !tail.whole && bytes < 4 * 1024 * 1024) continue;
    const last = events.at(-1);
    const step = last === undefined ? 0 : (goesBackTo(last) ?? last.step);
    // A remedy says how many images there were when it was applied.
    const images = events.findLast((event) => event.type !== "remedy" && event.step <= step)?.images ?? 0;
    return { status, step, images, scalars };
  }
}
