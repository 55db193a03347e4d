/** @file Running the real command in a folder of its own. */

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../../bin/gantry.js", import.meta.url));

/** The built command line, as the process of a command runs it. */
const MAIN = new URL("../../dist/cli/main.js", import.meta.url);

/** How a command ended. */
export interface CommandResult {
  /** Exit code as a shell reports it: 128 + n after signal n. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that is running. */
export interface RunningCommand {
  readonly process: ChildProcess;
  readonly ended: Promise<CommandResult>;
  /** Resolves when stderr or stdout has shown `text`; rejects when the command ends without. */
  shows(text: string): Promise<void>;
}

/** A folder for one test file. Remove it with {@link Workspace.remove}. */
export class Workspace {
  readonly dir = mkdtempSync(join(tmpdir(), "gantry-cli-"));

  /** A path in the folder. */
  path(...parts: readonly string[]): string {
    return join(this.dir, ...parts);
  }

  /** Starts `gantry ...args`. `limitBlocks`: the largest file it may write, in KiB, to play a full disk. `stdout`: a file that takes the results. */
  start(
    args: readonly string[],
    { limitBlocks, stdout: file }: { readonly limitBlocks?: number; readonly stdout?: string } = {},
  ): RunningCommand {
    const env = { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined, NODE_OPTIONS: undefined };
    const words = [process.execPath, BIN, ...args];
    const limit = limitBlocks === undefined ? "" : `ulimit -f ${limitBlocks};`;
    const shell = ["-c", `${limit} exec "$@"${file === undefined ? "" : ` > ${file}`}`, "bash", ...words];
    const plain = limitBlocks === undefined && file === undefined;
    const child = spawn(plain ? process.execPath : "bash", plain ? words.slice(1) : shell, {
      cwd: this.dir,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [stdout, stderr] = ["", ""];
    const watchers = new Set<() => void>();
    const wake = () => {
      for (const watcher of watchers) watcher();
    };
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
      wake();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
      wake();
    });
    const ended = new Promise<CommandResult>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code, signal) => {
        resolve({ code: code ?? 128 + constants.signals[signal!], stdout, stderr });
      });
    });
    const shows = (text: string) =>
      new Promise<void>((resolve, reject) => {
        const look = () => {
          if (!stdout.includes(text) && !stderr.includes(text)) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
        void ended.then(() => reject(new Error(`the command ended without showing "${text}":\n${stdout}\n${stderr}`)));
      });
    return { process: child, ended, shows };
  }

  /** Runs `gantry ...args` to its end. */
  run(...args: readonly string[]): Promise<CommandResult> {
    return this.start(args).ended;
  }

  /**
   * What `gantry ...args` says, run within this process: for the many commands that are refused before they do anything, a tenth of
   * the time of a process of their own. One at a time.
   */
  async call(...args: readonly string[]): Promise<CommandResult> {
    const { main } = (await import(MAIN.href)) as { main(argv: readonly string[]): Promise<void> };
    const said = { stdout: "", stderr: "" };
    const before = { dir: process.cwd(), code: process.exitCode, noColor: process.env.NO_COLOR };
    const streams = ["stdout", "stderr"] as const;
    const writes = streams.map((name) => process[name].write);
    const listeners = streams.map((name) => process[name].listeners("error") as (() => void)[]);
    for (const name of streams) {
      process[name].write = (text: string | Uint8Array) => {
        said[name] += String(text);
        return true;
      };
    }
    process.chdir(this.dir);
    process.env.NO_COLOR = "1";
    process.exitCode = undefined;
    try {
      await main(args);
      return { code: Number(process.exitCode ?? 0), ...said };
    } finally {
      process.chdir(before.dir);
      process.exitCode = before.code;
      if (before.noColor === undefined) delete process.env.NO_COLOR;
      else process.env.NO_COLOR = before.noColor;
      for (const [i, name] of streams.entries()) {
        process[name].write = writes[i]!;
        process[name].removeAllListeners("error");
        for (const listener of listeners[i]!) process[name].on("error", listener);
      }
    }
  }

  /** Names in a folder, sorted; none when it does not exist. */
  names(...parts: readonly string[]): string[] {
    const dir = this.path(...parts);
    return existsSync(dir) ? readdirSync(dir).sort() : [];
  }

  /** A JSON file. */
  json(...parts: readonly string[]): Record<string, unknown> {
    return JSON.parse(readFileSync(this.path(...parts), "utf8")) as Record<string, unknown>;
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** The objects in NDJSON; every line must be one. */
export function parseLines(text: string): Record<string, unknown>[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
