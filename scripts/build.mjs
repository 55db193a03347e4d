// Compiles src/ to dist/ file by file (readable output, real stack traces, no bundler).
//
// Several processes may build at once (tests start the command in parallel): one of them compiles, into a folder of its
// own, and moves each file into place; the others wait for it. So dist/ never lacks a file that it had.
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { isFresh, newestSource } from "./freshness.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const dist = join(root, "dist");
const stamp = join(dist, ".built");
const work = join(root, "node_modules", ".cache", "gantry");
const lock = join(work, "build.lock");
/** A build takes seconds; a lock this old has lost its owner. */
const LOCK_MS = 120_000;

const filesBelow = (dir) =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)));

function ownerIsAlive() {
  try {
    process.kill(Number(readFileSync(join(lock, "pid"), "utf8")), 0);
    return Date.now() - statSync(lock).mtimeMs < LOCK_MS;
  } catch (error) {
    // The owner has not written its number yet, or has gone with the lock.
    return error.code === "ENOENT"
      ? existsSync(lock) && Date.now() - statSync(lock).mtimeMs < 1000
      : error.code === "EPERM";
  }
}

/** Runs `action` while no other process does. */
function locked(action) {
  mkdirSync(work, { recursive: true });
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
      try {
        if (!ownerIsAlive()) rmSync(lock, { recursive: true, force: true });
      } catch {
        // It was released in between.
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30);
    }
  }
  try {
    writeFileSync(join(lock, "pid"), String(process.pid));
    return action();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

/** A source map names its source relative to itself, so it must be told where it will lie. */
function moveMap(from, to) {
  const map = JSON.parse(readFileSync(from, "utf8"));
  map.sources = map.sources.map((source) => relative(dirname(to), resolve(dirname(from), source)));
  writeFileSync(from, JSON.stringify(map));
}

function compile() {
  const made = join(work, `dist-${process.pid}`);
  const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
  const newest = newestSource();
  try {
    // What the compiler says goes to stderr: stdout may be somebody's JSON.
    const options = ["-p", join(root, "tsconfig.build.json"), "--outDir", made];
    execFileSync(process.execPath, [tsc, ...options], { stdio: ["ignore", 2, 2], cwd: root });
    const files = filesBelow(made);
    for (const file of files) {
      const to = join(dist, file);
      mkdirSync(dirname(to), { recursive: true });
      if (file.endsWith(".map")) moveMap(join(made, file), to);
      renameSync(join(made, file), to);
    }
    const current = new Set(files);
    for (const file of filesBelow(dist)) if (!current.has(file)) rmSync(join(dist, file));
    writeFileSync(stamp, "");
    // As old as the sources it was made from: one that was edited meanwhile is newer.
    utimesSync(stamp, newest / 1000, newest / 1000 + 0.001);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

/** Builds unless another process has just done so. */
export function build({ force = false } = {}) {
  locked(() => {
    if (force || !isFresh()) compile();
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) build({ force: true });
