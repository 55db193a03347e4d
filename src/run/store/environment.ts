/** @file What a run was made with: the content of environment.json. Names versions and hardware, and no path of the machine. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, availableParallelism, cpus, platform, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Versions and hardware of one run. */
export interface Environment {
  /** When it was described, as ISO 8601 in UTC. */
  readonly date: string;
  /** Version of Gantry. */
  readonly gantry: string;
  /** Version of Node, without the leading v. */
  readonly node: string;
  /** Version of onnxruntime-node, or null when it is not installed. */
  readonly onnxruntime: string | null;
  readonly platform: string;
  readonly arch: string;
  readonly cpu: string;
  /** Cores this process may use. */
  readonly cores: number;
  /** Memory of the machine in MiB. */
  readonly memoryMiB: number;
  /** Environment variables that set the number of threads; only those that are set. */
  readonly threads: Readonly<Record<string, string>>;
}

const THREAD_VARIABLES = ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "UV_THREADPOOL_SIZE", "GANTRY_THREADS"];

/** Describes this process and machine. */
export function describeEnvironment(now: Date = new Date()): Environment {
  const threads = THREAD_VARIABLES.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    date: now.toISOString(),
    gantry: packageVersion(),
    node: process.versions.node,
    onnxruntime: onnxruntimeVersion(),
    platform: platform(),
    arch: arch(),
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    threads: Object.fromEntries(threads),
  };
}

/** Gantry's own version, from the package.json above this file. */
export function packageVersion(): string {
  const folder = packageFolder();
  return (folder && readPackage(join(folder, "package.json")).version) ?? "unknown";
}

/** The folder of Gantry's package.json, above this file in src/, in dist/ and where it is installed; undefined when there is none. */
export function packageFolder(): string | undefined {
  let dir = dirname(fileURLToPath(import.meta.url));
  for (let parent = dirname(dir); ; dir = parent, parent = dirname(dir)) {
    if (readPackage(join(dir, "package.json")).name === "gantry") return dir;
    if (parent === dir) return undefined;
  }
}

/** The version of onnxruntime-node, without loading it; null when it is not installed. */
export function onnxruntimeVersion(): string | null {
  try {
    return readPackage(createRequire(import.meta.url).resolve("onnxruntime-node/package.json")).version ?? null;
  } catch {
    return null;
  }
}

function readPackage(path: string): { name?: string; version?: string } {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as { name?: string; version?: string };
  } catch {
    return {};
  }
}
