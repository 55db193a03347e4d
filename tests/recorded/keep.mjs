/**
 * @file Keeps the log of a run of the zoo for `tests/zoo.test.ts`: what the supervisor is told, with five digits, packed.
 *
 *     node tests/recorded/keep.mjs zoo-runs/grid-relativistic/eight-reals/seed-0/00000-mlp-grid/events.jsonl grid-eight-reals
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const [log, name] = process.argv.slice(2);
const TOLD = new Set(["start", "baseline", "scalars", "probe", "metric"]);
const short = (_key, value) => (typeof value === "number" ? Number(value.toPrecision(5)) : value);

const lines = readFileSync(log, "utf8").trim().split("\n");
const kept = lines
  .filter((line) => TOLD.has(JSON.parse(line).type))
  .map((line) => JSON.stringify(JSON.parse(line), short));
const file = fileURLToPath(new URL(`${name}.jsonl.gz`, import.meta.url));
writeFileSync(file, gzipSync(`${kept.join("\n")}\n`, { level: 9 }));
