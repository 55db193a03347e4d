// Keeps what `gantry zoo detect --json` and `gantry zoo remedy --json` printed, in docs/benchmarks/zoo-runs.jsonl and zoo-remedies.jsonl.
//
//     npm run build && gantry zoo detect --json > runs.json && gantry zoo remedy --json > arms.json
//     node scripts/zoo-keep.mjs runs.json arms.json && node scripts/zoo-tables.mjs
//
// A program and a seed are kept whole: their lines take the place of those there were. One that lacks a case, or an arm of a failing run, is
// left out with a word, so that no table is of the cases that happened to be done.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { zooCases } from "../dist/benchmarks/zoo/cases.js";

const path = (name) => fileURLToPath(new URL(`../docs/benchmarks/${name}`, import.meta.url));
const read = (text) =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
const lines = (name) => (existsSync(path(name)) ? read(readFileSync(path(name), "utf8")) : []);

const ORDER = zooCases().map(({ program, cause }) => `${program.name} ${cause?.name ?? "none"}`);
const ARMS = ["nothing", "again", "random", "playbook"];
const group = ({ program, seed }) => `${program} ${seed}`;
const caseOf = ({ program, cause }) => `${program} ${cause}`;
/** The programs of one half together, then seed by seed, then the cases and arms in their order. */
const place = (line) => [ORDER.indexOf(caseOf(line)), line.seed, ARMS.indexOf(line.arm ?? "nothing")];
const byPlace = (a, b) => {
  const [x, y] = [place(a), place(b)];
  const first = x.findIndex((value, i) => value !== y[i]);
  return first < 0 ? 0 : x[first] - y[first];
};
const isKnown = (line) => ORDER.includes(caseOf(line));

const printed = process.argv.slice(2).map((file) => JSON.parse(readFileSync(file, "utf8")).runs);
const [runs, arms] = [printed.flat().filter((line) => !line.arm), printed.flat().filter((line) => line.arm)];

function keep(name, given, lacks) {
  const groups = new Map();
  for (const line of given) groups.set(group(line), [...(groups.get(group(line)) ?? []), line]);
  for (const [key, mine] of groups) {
    const lacking = lacks(mine);
    if (lacking.length === 0) continue;
    console.log(`left out ${key}: ${lacking.length} missing, such as ${lacking[0]}`);
    groups.delete(key);
  }
  const before = lines(name).filter((line) => isKnown(line) && !groups.has(group(line)));
  const after = [...before, ...[...groups.values()].flat()].sort(byPlace);
  writeFileSync(path(name), after.map((line) => `${JSON.stringify(line)}\n`).join(""));
  console.log(`${name}: ${after.length} lines, of which ${after.length - before.length} are new`);
}

if (runs.length > 0) {
  keep("zoo-runs.jsonl", runs, (mine) => {
    const done = mine.map(caseOf);
    return ORDER.filter((one) => one.startsWith(`${mine[0].program} `) && !done.includes(one));
  });
}
if (arms.length > 0) {
  keep("zoo-remedies.jsonl", arms, (mine) => {
    const done = mine.map(({ cause, arm }) => `${cause} ${arm}`);
    const causes = [...new Set(mine.map(({ cause }) => cause))];
    return causes.flatMap((cause) => ARMS.map((arm) => `${cause} ${arm}`)).filter((one) => !done.includes(one));
  });
}
