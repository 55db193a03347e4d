/** @file Config files: finding gantry.config.* and reading TypeScript, JavaScript or JSON. */

import { existsSync, readFileSync } from "node:fs";
import { extname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { RawConfig } from "../../config/layers.ts";
import { ConfigError } from "../../util/errors.ts";
import { ioError } from "../store/atomic-file.ts";

const EXTENSIONS = [".ts", ".mts", ".js", ".mjs", ".json"] as const;

/** The config file of a folder, `gantry.config.{ts,mts,js,mjs,json}`; the first of them that exists, or null. */
export function findConfigFile(folder: string): string | null {
  const paths = EXTENSIONS.map((extension) => join(folder, `gantry.config${extension}`));
  return paths.find((path) => existsSync(path)) ?? null;
}

/**
 * Reads a config file: the default export of a module, or a JSON object.
 * @throws ConfigError naming the file and, where it is known, the line.
 */
export async function readConfigFile(path: string): Promise<RawConfig> {
  const extension = extname(path);
  if (!(EXTENSIONS as readonly string[]).includes(extension)) {
    throw new ConfigError(`${path} is not a config file`, { help: `a config file ends in ${EXTENSIONS.join(", ")}` });
  }
  const text = readText(path);
  const value = extension === ".json" ? parseJson(path, text) : await importModule(path, text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const found = value === undefined ? "nothing" : Array.isArray(value) ? "a list" : `a ${typeof value}`;
    throw new ConfigError(`${path} should give a config object, it gives ${found}`, {
      help: extension === ".json" ? "write { … }" : "write `export default defineConfig({ … })`",
    });
  }
  return value as RawConfig;
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const reason = ioError("read", path, error);
    if (!(reason instanceof Error)) throw error;
    throw new ConfigError(reason.message, {
      help: "name a config file, or leave it out to use a preset",
      cause: error,
    });
  }
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const before = text.slice(0, errorPosition(text, message));
    const line = before.split("\n").length;
    const column = before.length - before.lastIndexOf("\n");
    const reason = message
      .replace(/ in JSON at position.*$/s, "")
      .replace(/^Unexpected token '(.)',.*$/s, 'unexpected "$1"');
    throw new ConfigError(`${path}:${line}:${column} is not valid JSON: ${reason}`, { cause });
  }
}

/** Where JSON.parse gave up. It says so for all mistakes but an unexpected token. */
function errorPosition(text: string, message: string): number {
  const given = /position (\d+)/.exec(message)?.[1];
  if (given !== undefined) return Number(given);
  if (!message.startsWith("Unexpected token")) return text.length;
  const complains = (length: number): boolean => {
    try {
      JSON.parse(text.slice(0, length));
      return false;
    } catch (error) {
      return error instanceof Error && error.message.startsWith("Unexpected token");
    }
  };
  // The shortest beginning with that complaint ends with the token.
  let [low, high] = [1, text.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (complains(middle)) high = middle;
    else low = middle + 1;
  }
  return low - 1;
}

/** Runs a module through jiti, which knows TypeScript. `gantry` is this package, also where it is not installed. */
async function importModule(path: string, text: string): Promise<unknown> {
  const file = resolve(path);
  try {
    const { createJiti } = await import("jiti");
    const ours = /["']gantry["']/.test(text)
      ? { gantry: (await import(new URL("../../index.js", import.meta.url).href)) as unknown }
      : {};
    const jiti = createJiti(pathToFileURL(file).href, { fsCache: false, moduleCache: false, virtualModules: ours });
    return await jiti.import(file, { default: true });
  } catch (cause) {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    const place = placeIn(error, file);
    const reason = error.message
      .split("\n")[0]!
      .replace(/\s*\(\d+:\d+\)$/, "")
      .replaceAll(file, path);
    throw new ConfigError(`${path}${place} cannot be loaded: ${reason}`, {
      help: "--debug shows where",
      cause,
    });
  }
}

/** `:line:column` where an error names a place in `file`, else nothing. */
function placeIn(error: Error, file: string): string {
  const text = `${error.message}\n${error.stack ?? ""}`;
  for (const name of [file, pathToFileURL(file).href, fileURLToPath(pathToFileURL(file))]) {
    for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
      const place = /^:(\d+):(\d+)/.exec(text.slice(at + name.length));
      if (place !== null) return place[0];
    }
  }
  const inMessage = /\((\d+):(\d+)\)/.exec(error.message);
  return inMessage === null ? "" : `:${inMessage[1]}:${inMessage[2]}`;
}
