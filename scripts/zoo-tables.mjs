// Writes the tables of the zoo in docs/benchmarks.md and docs/zoo.md from what was recorded in docs/benchmarks/zoo-runs.jsonl and
// docs/benchmarks/zoo-remedies.jsonl.
//
//     npm run build && node scripts/zoo-tables.mjs
//
// The lines are the `runs` of `gantry zoo detect --json` and of `gantry zoo remedy --json`, one a line.
// With --check it writes nothing and exits with 1 when a page differs from what would be written.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { scoreRuns } from "../dist/benchmarks/zoo/detect.js";
import { casesMarkdown, detectionMarkdown } from "../dist/benchmarks/zoo/detect-report.js";
import { remediesMarkdown } from "../dist/benchmarks/zoo/remedy-score.js";

const path = (name) => fileURLToPath(new URL(`../docs/${name}`, import.meta.url));
const lines = (name) =>
  existsSync(path(name))
    ? readFileSync(path(name), "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line))
    : [];

const runs = lines("benchmarks/zoo-runs.jsonl");
const arms = lines("benchmarks/zoo-remedies.jsonl");

const pages = [
  ["benchmarks.md", "detection", detectionMarkdown(scoreRuns(runs))],
  ["benchmarks.md", "remedies", remediesMarkdown(arms)],
  ["zoo.md", "cases", casesMarkdown(runs)],
];

let stale = 0;
for (const [name, what, table] of pages) {
  const [start, end] = [`<!-- zoo ${what}: made by scripts/zoo-tables.mjs -->`, `<!-- end of zoo ${what} -->`];
  const text = readFileSync(path(name), "utf8");
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/${name} lacks the lines ${start} and ${end}`);
  const wanted = `${text.slice(0, from + start.length)}\n\n${table.trimEnd()}\n\n${text.slice(to)}`;
  if (wanted === text) continue;
  stale++;
  if (process.argv.includes("--check")) {
    console.error(`docs/${name} is out of date: run \`npm run build && node scripts/zoo-tables.mjs\``);
    process.exitCode = 1;
  } else {
    writeFileSync(path(name), wanted);
    console.log(`wrote the ${what} of docs/${name}`);
  }
}
if (stale === 0) console.log("the tables of the zoo are up to date");
