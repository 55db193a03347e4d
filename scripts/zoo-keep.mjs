// Keeps what `gantry zoo detect --json` and `gantry zoo remedy --json` printed, in docs/benchmarks/zoo-runs.jsonl and zoo-remedies.jsonl.
//
//     npm run build && gantry zoo detect --json > runs.json && gantry zoo remedy --json > arms.json
//     node scripts/zoo-keep.mjs runs.json arms.json && node scripts/zoo-tables.mjs
//
// A program and a seed are kept whole: their lines take the place of those there were. One that lacks a case, or an arm of a failing run, is
// left out with a word, so that no table is of what happened to be done; then it exits with 1.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readLines } from "../dist/benchmarks/record-file.js";
import { causeName, zooCases } from "../dist/benchmarks/zoo/cases.js";
import { ARMS } from "../dist/benchmarks/zoo/remedy-arms.js";

const path = (name) => fileURLToPath(new URL(`../docs/benchmarks/${name}`, import.meta.url));
const lines = (name) =>
  readLines(path(name), "line of the zoo", (value) => typeof value === "object" && value !== null);

const CASES = zooCases().map((one) => `${one.program.name} ${causeName(one)}`);
const PROGRAMS = [...new Set(zooCases().map(({ program }) => program.name))];
const caseOf = ({ program, cause }) => `${program} ${cause}`;
const keyOf = (line) => `${caseOf(line)} ${line.seed} ${line.arm ?? ""}`;

/** By program, then seed by seed, then the cases and arms in their order. */
const place = (line) => [
  PROGRAMS.indexOf(line.program),
  line.seed,
  CASES.indexOf(caseOf(line)),
  line.arm ? ARMS.indexOf(line.arm) : 0,
];
function byPlace(a, b) {
  const [x, y] = [place(a), place(b)];
  const first = x.findIndex((value, i) => value !== y[i]);
  return first < 0 ? 0 : x[first] - y[first];
}

/** Puts the given lines of each program and seed that lacks none of `expected` in the place of those there were. */
function keep(name, given, expected) {
  const groups = new Map();
  for (const one of given) {
    const key = `${one.program} ${one.seed}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const whole = [...groups.entries()].filter(([key, mine]) => {
    const there = new Set(mine.map(keyOf));
    const lacking = expected(mine[0]).filter((one) => !there.has(one));
    if (lacking.length === 0) return true;
    process.exitCode = 1;
    console.log(`left out ${key}: ${lacking.length} missing, such as ${lacking[0].trim()}`);
    return false;
  });
  const replaced = new Set(whole.map(([key]) => key));
  const before = lines(name);
  const stay = before.filter((one) => !replaced.has(`${one.program} ${one.seed}`) && CASES.includes(caseOf(one)));
  // The last of two lines of the same run stands.
  const after = [...new Map([...stay, ...whole.flatMap(([, mine]) => mine)].map((one) => [keyOf(one), one])).values()];
  after.sort(byPlace);
  writeFileSync(path(name), after.map((one) => `${JSON.stringify(one)}\n`).join(""));
  console.log(
    `${name}: ${after.length} lines, of which ${after.length - stay.length} are new; ${before.length} before`,
  );
}

const printed = process.argv.slice(2).flatMap((file) => JSON.parse(readFileSync(file, "utf8")).runs);
const [runs, arms] = [printed.filter(({ arm }) => !arm), printed.filter(({ arm }) => arm)];
if (printed.length === 0) {
  console.error("name files of what `gantry zoo detect --json` or `gantry zoo remedy --json` printed");
  process.exitCode = 2;
}
if (runs.length > 0) {
  keep("zoo-runs.jsonl", runs, ({ program, seed }) =>
    CASES.filter((one) => one.startsWith(`${program} `)).map((one) => `${one} ${seed} `),
  );
}
if (arms.length > 0) {
  const known = lines("zoo-runs.jsonl");
  // Those whose data are at fault have no arms.
  const isAsked = ({ outcome, truth }) => outcome === "failing" && !truth.codes.includes("data-fault");
  keep("zoo-remedies.jsonl", arms, ({ program, seed }) =>
    known
      .filter((run) => run.program === program && run.seed === seed && isAsked(run))
      .flatMap((run) => ARMS.map((arm) => `${caseOf(run)} ${seed} ${arm}`)),
  );
}
