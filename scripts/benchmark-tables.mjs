// Writes the tables of docs/benchmarks.md from the recorded trials in docs/benchmarks/results.jsonl.
//
//     npm run build && node scripts/benchmark-tables.mjs
//
// New trials are lines of bench-runs/results.jsonl (`gantry bench`); append those that shall stand to the file in docs/.
// With --check it writes nothing and exits with 1 when the page differs from what would be written.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { markdownOf, reportsOn } from "../dist/benchmarks/report.js";
import { readRecords } from "../dist/benchmarks/trial-record.js";

const page = fileURLToPath(new URL("../docs/benchmarks.md", import.meta.url));
const results = fileURLToPath(new URL("../docs/benchmarks/results.jsonl", import.meta.url));
const [START, END] = ["<!-- tables: made by scripts/benchmark-tables.mjs -->", "<!-- end of tables -->"];

const text = readFileSync(page, "utf8");
const [start, end] = [text.indexOf(START), text.indexOf(END)];
if (start < 0 || end < start) throw new Error(`docs/benchmarks.md lacks the lines ${START} and ${END}`);
const tables = reportsOn(readRecords(results)).map(markdownOf).join("\n\n");
const wanted = `${text.slice(0, start + START.length)}\n\n${tables}\n\n${text.slice(end)}`;
if (wanted === text) {
  console.log("docs/benchmarks.md is up to date");
} else if (process.argv.includes("--check")) {
  console.error("docs/benchmarks.md is out of date: run `npm run build && node scripts/benchmark-tables.mjs`");
  process.exitCode = 1;
} else {
  writeFileSync(page, wanted);
  console.log("wrote docs/benchmarks.md");
}
