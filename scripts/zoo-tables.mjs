// Writes the tables of the zoo in docs/benchmarks.md and docs/zoo.md from what was recorded in docs/benchmarks/zoo-runs.jsonl and
// docs/benchmarks/zoo-remedies.jsonl; and src/health/remedies/zoo-outcomes.ts, which `gantry explain` tells remedies' figures from.
//
//     npm run build && node scripts/zoo-tables.mjs && npm run build && node scripts/failures.mjs
//
// The lines are the `runs` of `gantry zoo detect --json` and of `gantry zoo remedy --json`, one a line; scripts/zoo-keep.mjs puts them there.
// With --check it writes nothing and exits with 1 when a page differs from what would be written.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readLines } from "../dist/benchmarks/record-file.js";
import { scoreRuns } from "../dist/benchmarks/zoo/detect.js";
import { casesMarkdown, detectionMarkdown } from "../dist/benchmarks/zoo/detect-report.js";
import { remediesMarkdown, scoreRemedies } from "../dist/benchmarks/zoo/remedy-score.js";

const path = (name) => fileURLToPath(new URL(`../docs/${name}`, import.meta.url));
const lines = (name) =>
  readLines(path(name), "line of the zoo", (value) => typeof value === "object" && value !== null);

const runs = lines("benchmarks/zoo-runs.jsonl");
const arms = lines("benchmarks/zoo-remedies.jsonl");

const figures = scoreRemedies(arms).map(
  ({ finding, name, runs: count, healthy }) =>
    `  { finding: "${finding}", name: "${name}", runs: ${count}, healthy: ${healthy} },\n`,
);
const source = `/** @file What remedies came to in the zoo. Made by scripts/zoo-tables.mjs from docs/benchmarks/zoo-remedies.jsonl. Do not edit. */

/** Failing runs in which a remedy was the first, whoever chose it, and those that were healthy at the end without another one. */
export const ZOO_OUTCOMES = [
${figures.join("")}] as const;
`;

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
const code = fileURLToPath(new URL("../src/health/remedies/zoo-outcomes.ts", import.meta.url));
if (!existsSync(code) || readFileSync(code, "utf8") !== source) {
  stale++;
  if (process.argv.includes("--check")) {
    console.error(
      "src/health/remedies/zoo-outcomes.ts is out of date: run `npm run build && node scripts/zoo-tables.mjs`",
    );
    process.exitCode = 1;
  } else {
    writeFileSync(code, source);
    console.log("wrote src/health/remedies/zoo-outcomes.ts");
  }
}
if (stale === 0) console.log("the tables of the zoo are up to date");
