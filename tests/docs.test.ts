/**
 * @file The documentation is true as far as a test can tell: generated pages are current, links resolve, snippets compile,
 * commands and keys exist, and counted numbers are what the code counts.
 */

import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { parseConfig } from "../src/config/config.ts";
import { mergeConfig, presetConfig, setKey } from "../src/config/layers.ts";
import { SYNTHETIC } from "../src/data/synthetic.ts";
import { models } from "../src/models/models.ts";
import { declareNetwork, type NetworkSpec } from "../src/nn/module.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const node = (...args: readonly string[]) => promisify(execFile)(process.execPath, args, { cwd: root });

const SKIPPED = new Set(["node_modules", "dist", "runs", "coverage"]);

function markdownFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith(".") || SKIPPED.has(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? markdownFiles(path) : entry.name.endsWith(".md") ? [path] : [];
  });
}

/** A page: its text, and what is left of it without code. */
interface Page {
  readonly path: string;
  readonly name: string;
  readonly text: string;
  readonly prose: string;
}

const pages: readonly Page[] = markdownFiles(root).map((path) => {
  const text = readFileSync(path, "utf8");
  const prose = text.replace(/^ *```[\s\S]*?^ *```$/gm, "").replace(/^ {4}.*$/gm, "");
  return { path, name: relative(root, path), text, prose };
});
const guides = pages.filter(({ name }) => /^(docs\/(guide\/|tutorial|recipes)|README)/.test(name));
const pageAt = (path: string) => pages.find((page) => page.path === path);

test("docs/reference is what the code says", async () => {
  await expect(node("scripts/reference.mjs", "--check")).resolves.toMatchObject({ stderr: "" });
});

test("the tables of docs/benchmarks.md are those of the recorded trials", async () => {
  await expect(node("scripts/benchmark-tables.mjs", "--check")).resolves.toMatchObject({ stderr: "" });
});

test("the tables of the zoo are those of the recorded runs", async () => {
  await expect(node("scripts/zoo-tables.mjs", "--check")).resolves.toMatchObject({ stderr: "" });
});

test("docs/failures is what the catalogue says", async () => {
  await expect(node("scripts/failures.mjs", "--check")).resolves.toMatchObject({ stderr: "" });
});

/** The anchors of a page's headings, as Git hosts make them. */
function anchors({ prose }: Page): string[] {
  return [...prose.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replaceAll(" ", "-"),
  );
}

test("every relative link leads to a file, and to a heading in it", () => {
  const broken = pages.flatMap((page) =>
    [...page.prose.replace(/`[^`\n]*`/g, "``").matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link]) => {
      if (/^[a-z]+:/.test(link!)) return [];
      const [file, anchor] = link!.split("#") as [string, string?];
      const target = file === "" ? page.path : resolve(dirname(page.path), decodeURI(file));
      if (!existsSync(target)) return [`${page.name}: ${link}`];
      const to = pageAt(target);
      return anchor === undefined || to === undefined || anchors(to).includes(anchor) ? [] : [`${page.name}: ${link}`];
    }),
  );
  expect(broken).toEqual([]);
});

test("no page names a path of somebody's machine", () => {
  const found = pages.flatMap(({ name, text }) =>
    [...text.matchAll(/(?<![\w.~-])\/(?:work|tmp|home|root|Users|mnt)\b\S*/g)].map(([path]) => `${name}: ${path}`),
  );
  expect(found).toEqual([]);
});

test("the TypeScript of the guides compiles", async () => {
  const folder = join(root, ".cache", "docs-snippets");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const snippets = guides.flatMap(({ name, text }) =>
    [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code], i) => ({
      file: `${name}-${i + 1}.ts`,
      code: code!,
    })),
  );
  expect(snippets.length).toBeGreaterThan(5);
  for (const { file, code } of snippets)
    writeFileSync(join(folder, file.replaceAll(/[\\/]/g, "-")), `${code}export {};\n`);
  const compilerOptions = {
    noEmit: true,
    noUnusedLocals: false,
    paths: { gantry: ["../../src/index.ts"], "gantry/*": ["../../src/*.ts"] },
  };
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ extends: "../../tsconfig.base.json", compilerOptions, include: ["*.ts"] }),
  );
  const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
  const { stdout } = await node(tsc, "-p", folder).catch((error: { stdout: string }) => error);
  expect(stdout).toBe("");
});

/** The lines of the guides that call the command, with continued lines joined and comments taken off. */
const calls = guides.flatMap(({ name, text }) =>
  [...text.replaceAll(/ \\\n\s*/g, " ").matchAll(/^(?: {4}|`)(?:npx )?gantry ((?:(?! {2,}#|`).)+)/gm)].map(
    ([, call]) => ({
      name,
      words: [...call!.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!),
    }),
  ),
);

describe("the commands of the guides", () => {
  const help = new Map<string, Promise<string>>();
  const helpOf = (...command: readonly string[]) => {
    const key = command.join(" ");
    const known = help.get(key) ?? node("bin/gantry.js", ...command, "--help").then(({ stdout }) => stdout);
    help.set(key, known);
    return known;
  };

  test("exist, with their flags", async () => {
    expect(calls.length).toBeGreaterThan(15);
    const unknown: string[] = [];
    for (const { name, words } of calls) {
      const text = await helpOf(...words.slice(0, ["data", "runs"].includes(words[0]!) ? 2 : 1));
      for (const flag of words.filter((word) => word.startsWith("--"))) {
        if (!new RegExp(`(^|[\\s,])${flag}\\b`, "m").test(text))
          unknown.push(`${name}: gantry ${words.join(" ")}: ${flag}`);
      }
    }
    expect(unknown).toEqual([]);
  });

  test("set keys that exist", () => {
    for (const { words } of calls.filter(({ words: [command] }) => command === "train")) {
      const given = (flag: string) => words.flatMap((word, i) => (word === flag ? [words[i + 1]!] : []));
      const data = { source: given("--data")[0] ?? "mnist" };
      const points = Object.hasOwn(SYNTHETIC, data.source);
      const size = Number(given("--size")[0] ?? 28);
      const shape = points ? [2] : [1, size, size];
      const described = { kind: points ? "points" : "images", shape, count: 10_000 } as const;
      const base = mergeConfig(presetConfig(given("--preset")[0] ?? "recommended", described), { data });
      expect(() => parseConfig(given("--set").reduce(setKey, base)), words.join(" ")).not.toThrow();
    }
  });
});

describe("the numbers of the tutorial", () => {
  const text = readFileSync(join(root, "docs", "tutorial.md"), "utf8");
  const grouped = (n: number) => n.toLocaleString("en-US");
  const sizeOf = (spec: NetworkSpec, part = "") =>
    spec.params
      .filter(({ name }) => name.startsWith(part))
      .reduce((sum, { shape }) => sum + shape.reduce((n, k) => n * k, 1), 0);

  test.each([32, 64])("at %i pixels are what the networks declare", (size) => {
    const entry = models.tutorial!;
    const { latent, generator, discriminator } = entry.create(entry.options.parse({}))({
      kind: "images",
      shape: [3, size, size],
    });
    const g = declareNetwork("generator", generator, [2, latent]);
    const d = declareNetwork("discriminator", discriminator, [2, 3, size, size]);
    const ratio = (sizeOf(g) / sizeOf(d)).toFixed(1);
    expect(text).toContain(`| ${size}×${size} | ${grouped(sizeOf(g))} | ${grouped(sizeOf(d))} | ${ratio} : 1 |`);
    expect(text).toContain(`${grouped(sizeOf(g, "dense"))} are in its four dense layers`);
    for (const [spec, part] of [g, d].flatMap((net) =>
      net.params.map(({ name }) => [net, name.split("/")[0]!] as const),
    )) {
      expect(text, part).toContain(grouped(sizeOf(spec, `${part}/`)));
    }
  });
});

test("every scalar of the log is explained in the guide", () => {
  const events = pages.find(({ name }) => name === join("docs", "reference", "events.md"))!.text;
  const names = /^## Names of scalars\n\n(.*)$/m.exec(events)![1]!.matchAll(/`([^`]+)`/g);
  const guide = pages.find(({ name }) => name === join("docs", "guide", "reading-a-run.md"))!.text;
  expect([...names].map(([, name]) => name!).filter((name) => !guide.includes(`\`${name}\``))).toEqual([]);
});
