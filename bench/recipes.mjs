// Measures what recipes give: the figures of docs/recipes.md. Takes hours, so it is run by hand, a part at a time.
//
//     npm run build && node bench/recipes.mjs points --data ring,grid --recipes gan,r1,recommended --seeds 0-4
//     npm run build && node bench/recipes.mjs digits --recipes dcgan,recommended --set images=350000 --pictures docs/images
//     node bench/recipes.mjs tables
//
// Every run is a line of bench/recipes/results.jsonl (--out names another file); `tables` prints them as Markdown. Trainings use
// one thread, so that several commands can run side by side; wall time then says little, and processor time is what is recorded.
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { measureDigits, prepareDigits } from "./recipes/mnist.mjs";
import { measurePoints } from "./recipes/points.mjs";
import { digitTable, pointTable } from "./recipes/table.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: "string", default: "ring,grid" },
    recipes: { type: "string", default: "recommended" },
    seeds: { type: "string", default: "0-4" },
    set: { type: "string", multiple: true, default: [] },
    pictures: { type: "string" },
    out: { type: "string", default: fileURLToPath(new URL("./recipes/results.jsonl", import.meta.url)) },
  },
});

/** What the recommended recipe is compared with; the rest are ablations. */
const MAIN = ["gan", "r1", "recommended"];

const words = (list) => list.split(",");
/** `0-2,7` as numbers. */
const numbers = (list) =>
  words(list).flatMap((part) => {
    const [first, last = first] = part.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });

function record(result) {
  appendFileSync(values.out, `${JSON.stringify(result)}\n`);
  const { part, recipe, data = "mnist", seed, processorSeconds, ema } = result;
  console.log(part, recipe, data, `seed ${seed}`, `${processorSeconds.toFixed(0)} s`, JSON.stringify(ema));
}

async function points() {
  for (const seed of numbers(values.seeds)) {
    for (const data of words(values.data)) {
      for (const recipe of words(values.recipes)) {
        const run = { part: "points", recipe, data, seed };
        record({ ...run, ...(await measurePoints({ ...run, sets: values.set })) });
      }
    }
  }
}

async function digits() {
  const { classify, accuracy, reals } = await prepareDigits();
  for (const seed of numbers(values.seeds)) {
    for (const recipe of words(values.recipes)) {
      const picture = values.pictures && join(values.pictures, `recipe-${recipe}.png`);
      const run = { part: "digits", recipe, seed };
      const measured = await measureDigits({ ...run, sets: values.set, classify, picture });
      record({ ...run, accuracy, reals, ...measured });
    }
  }
}

function tables() {
  const lines = readFileSync(values.out, "utf8").trim().split("\n");
  const results = lines.map((line) => JSON.parse(line));
  const of = (part) => results.filter((result) => result.part === part);
  const points = of("points");
  const isMain = ({ recipe }) => MAIN.includes(recipe);
  console.log(`Moving average:\n\n${pointTable(points.filter(isMain))}\n`);
  console.log(`Weights as they are:\n\n${pointTable(points.filter(isMain), "raw")}\n`);
  console.log(`Ablations:\n\n${pointTable(points.filter((result) => !isMain(result)))}\n`);
  if (of("digits").length > 0) console.log(digitTable(of("digits")));
}

const commands = { points, digits, tables };
const command = commands[positionals[0]];
if (command === undefined) throw new Error(`say what to do: ${Object.keys(commands).join(", ")}`);
await command();
