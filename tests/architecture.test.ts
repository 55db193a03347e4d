/**
 * @file The house rules of src/, checked: layers, browser safety, no cycles, short files. Every import names its file with
 * extension, so reading the import lines is exact. Tests beside the code may import what they like.
 */

import { readdirSync, readFileSync } from "node:fs";
import { dirname, posix, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

/** Folders of src/ in order: each may import itself and what stands in an earlier row, but not its neighbours in a row. */
const LAYERS: readonly (readonly string[])[] = [
  ["util"],
  ["graph"],
  ["autodiff", "passes"],
  ["backend"],
  ["nn", "optim"],
  ["gan", "models", "data", "metrics"],
  ["config"],
  ["health"],
  ["run"],
  ["benchmarks"],
  ["cli", "server"],
];

/** Imports against the layer rule that are allowed, as `file -> file`, each with its reason. None today. */
const LAYER_EXCEPTIONS: ReadonlyMap<string, string> = new Map();

/** Layers that describe computations and must never run one: they do not import a backend. */
const NEVER_EXECUTES: readonly string[] = ["nn", "optim", "gan", "models", "data", "metrics", "config", "health"];

/** What may use Node. Everything else must run in a browser, and so must all that it imports. */
const NODE_ONLY: readonly { readonly prefix: string; readonly reason: string }[] = [
  { prefix: "run/", reason: "run directories are on disk and the trainer is a worker thread" },
  { prefix: "benchmarks/", reason: "they train, and keep their results on disk" },
  { prefix: "cli/", reason: "the command line" },
  { prefix: "server/", reason: "node:http" },
  { prefix: "backend/onnx/node.ts", reason: "onnxruntime-node is a native module" },
  { prefix: "data/", reason: "readers open files; the exceptions are in BROWSER_PARTS" },
  { prefix: "index.ts", reason: "the entry for Node; the one for browsers is browser.ts" },
];

/** Files in those folders that a browser gets all the same, so they are held to the rule like any other. */
const BROWSER_PARTS: ReadonlyMap<string, string> = new Map([
  ["data/dataset.ts", "the contract"],
  ["data/batches.ts", "batches of any data set"],
  ["data/synthetic.ts", "sets that are computed"],
  ["data/options.ts", "what the computed sets accept"],
  ["data/statistics.ts", "numbers about any data set"],
  ["data/duplicates.ts", "repeats in any data set"],
  ["data/frame.ts", "edges of any images"],
  ["data/outliers.ts", "points far from all others"],
  ["run/store/events.ts", "what a log holds, which a page reads"],
  ["run/store/event-codec.ts", "the format of a log"],
  ["run/store/json-numbers.ts", "numbers in the format of a log"],
  ["run/store/safetensors.ts", "the format of a checkpoint, which a page reads"],
]);

/** Packages that exist in Node only. */
const NODE_PACKAGES: readonly string[] = ["sharp", "onnxruntime-node"];

/** Longest file in src/, in lines: what one can read in a sitting. */
const MAX_LINES = 400;

interface Import {
  /** `graph/ops.ts` for ours, `node:fs` or a package name for the others. */
  readonly target: string;
  readonly ours: boolean;
  /** Whether only types are taken: such an import is gone at run time. */
  readonly typeOnly: boolean;
}

interface Source {
  /** Path below src/, with forward slashes. */
  readonly path: string;
  readonly folder: string;
  readonly isTest: boolean;
  readonly lines: number;
  readonly imports: readonly Import[];
}

const SRC = fileURLToPath(new URL("../src", import.meta.url));

function readImports(path: string, text: string): Import[] {
  const statement = /^(?:import|export)\s+(?:(type\s)?([\w*{][^;"]*?)\sfrom\s+)?"([^"]+)"/gm;
  const dynamic = /(typeof\s+)?\bimport\(\s*"([^"]+)"\s*\)/g;
  const found = [
    ...[...text.matchAll(statement)].map(([, type, names, target]) => ({
      target: target!,
      typeOnly: type !== undefined || isAllTypes(names ?? ""),
    })),
    ...[...text.matchAll(dynamic)].map(([, type, target]) => ({ target: target!, typeOnly: type !== undefined })),
  ];
  return found.map(({ target, typeOnly }) => {
    const ours = target.startsWith(".");
    return { target: ours ? posix.join(dirname(path), target) : target, ours, typeOnly };
  });
}

/** Whether every name in `{ type A, type B }` is a type. */
function isAllTypes(names: string): boolean {
  const inside = /^\{([^}]*)\}$/.exec(names.trim())?.[1];
  const list = inside?.split(",").filter((name) => name.trim() !== "");
  return list !== undefined && list.length > 0 && list.every((name) => name.trim().startsWith("type "));
}

const sources: readonly Source[] = readdirSync(SRC, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
  .map((entry) => {
    const file = `${entry.parentPath}${sep}${entry.name}`;
    const path = relative(SRC, file).split(sep).join("/");
    const text = readFileSync(file, "utf8");
    return {
      path,
      folder: path.includes("/") ? path.split("/")[0]! : "",
      isTest: path.endsWith(".test.ts"),
      lines: text.split("\n").length - (text.endsWith("\n") ? 1 : 0),
      imports: readImports(path, text),
    };
  })
  .sort((a, b) => a.path.localeCompare(b.path));

const code = sources.filter((source) => !source.isTest);
const byPath = new Map(sources.map((source) => [source.path, source]));
const rank = new Map(LAYERS.flatMap((row, i) => row.map((folder) => [folder, i] as const)));
const folderOf = (path: string) => (path.includes("/") ? path.split("/")[0]! : "");

/** Expects no violation, and prints each as `file -> import: why`. */
function expectNone(violations: readonly string[]): void {
  expect(violations.join("\n")).toBe("");
}

function violationsOf(check: (source: Source, imported: Import) => string | null): string[] {
  return code.flatMap((source) =>
    source.imports.flatMap((imported) => {
      const why = check(source, imported);
      return why === null ? [] : [`src/${source.path} -> ${imported.target}: ${why}`];
    }),
  );
}

function isNodeOnly(path: string): boolean {
  return !BROWSER_PARTS.has(path) && NODE_ONLY.some(({ prefix }) => path.startsWith(prefix));
}

test("the reader of imports sees every form", () => {
  const text = [
    'import a from "node:fs";',
    'import type { B } from "../graph/ops.ts";',
    "import {",
    "  type C,",
    "  type D,",
    '} from "./c.ts";',
    'import { type E, f } from "./e.ts";',
    'export * from "./g.ts";',
    'import "./h.ts";',
    'const lazy = await import("./i.ts");',
    'type J = typeof import("sharp");',
  ].join("\n");
  expect(readImports("nn/x.ts", text).map((x) => `${x.target}${x.typeOnly ? " (type)" : ""}`)).toEqual([
    "node:fs",
    "graph/ops.ts (type)",
    "nn/c.ts (type)",
    "nn/e.ts",
    "nn/g.ts",
    "nn/h.ts",
    "nn/i.ts",
    "sharp (type)",
  ]);
  expect(sources.length).toBeGreaterThan(20);
});

test("every folder of src/ has a place in the layers, and every import of ours names a file", () => {
  expectNone(code.filter((x) => x.folder !== "" && !rank.has(x.folder)).map((x) => `src/${x.path}: unknown layer`));
  expectNone(violationsOf((_, x) => (x.ours && !byPath.has(x.target) ? "no such file below src/" : null)));
});

test("layers: each folder imports only what stands before it", () => {
  expectNone(
    violationsOf((source, { target, ours }) => {
      const [from, to] = [source.folder, folderOf(target)];
      if (!ours || from === "" || from === to || LAYER_EXCEPTIONS.has(`${source.path} -> ${target}`)) return null;
      if (to === "") return null; // Entries have a rule of their own.
      return rank.get(to)! < rank.get(from)! ? null : `${from} may not import ${to}`;
    }),
  );
});

test("layers: what describes a computation never runs one", () => {
  expectNone(
    violationsOf((source, { target, ours }) =>
      ours && NEVER_EXECUTES.includes(source.folder) && folderOf(target) === "backend"
        ? `${source.folder} builds graphs and does not know backends`
        : null,
    ),
  );
});

test("entries: no folder imports a root-level file of src/", () => {
  expectNone(
    violationsOf((source, { target, ours }) =>
      ours && source.folder !== "" && folderOf(target) === "" ? "entries are for users, import the file itself" : null,
    ),
  );
});

test("browser safety: no Node module in what must run in a browser, nor in what that imports", () => {
  expectNone(
    violationsOf((source, { target, ours, typeOnly }) => {
      if (typeOnly || isNodeOnly(source.path)) return null;
      if (ours) return isNodeOnly(target) ? "runs in Node only, and this file must run in a browser" : null;
      const isNode = target.startsWith("node:") || NODE_PACKAGES.includes(target);
      return isNode ? "exists in Node only, and this file must run in a browser" : null;
    }),
  );
});

test("no import cycles, not even of types: a reader can begin somewhere", () => {
  const finished = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) cycles.push([...trail.slice(at), path].map((x) => `src/${x}`).join(" -> "));
    if (at >= 0 || finished.has(path)) return;
    for (const { target, ours } of byPath.get(path)?.imports ?? []) if (ours) visit(target, [...trail, path]);
    finished.add(path);
  };
  for (const { path } of sources) visit(path, []);
  expectNone(cycles);
});

test(`no file of src/ has more than ${MAX_LINES} lines`, () => {
  expectNone(sources.filter((x) => x.lines > MAX_LINES).map((x) => `src/${x.path}: ${x.lines} lines`));
});
