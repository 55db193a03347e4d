// Results, one JSON line a run, as Markdown tables.
import { digitRecipes, pointRecipes } from "./recipes.mjs";
import { summary } from "./scores.mjs";

const SETS = ["ring", "grid", "spiral"];
const percent = (x) => `${(100 * x).toFixed(1)} %`;

function table(header, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n");
}

/** `mean (least to most)`, or the one value that all have. */
function range(values, format) {
  const { mean, min, max } = summary(values);
  return format(min) === format(max) ? format(mean) : `${format(mean)} (${format(min)} to ${format(max)})`;
}

/** Results in groups by a key, in the order of their first occurrence. */
function groups(results, key) {
  const found = new Map();
  for (const result of results) found.set(key(result), [...(found.get(key(result)) ?? []), result]);
  return found;
}

/** Modes, share of high quality, reverse KL and cost of each recipe on each set; `weights` is `ema` or `raw`. */
export function pointTable(results, weights = "ema") {
  const order = Object.keys(pointRecipes);
  const sorted = [...results].sort(
    (a, b) => SETS.indexOf(a.data) - SETS.indexOf(b.data) || order.indexOf(a.recipe) - order.indexOf(b.recipe),
  );
  const rows = [...groups(sorted, ({ data, recipe, steps }) => `${data} ${recipe} ${steps}`).values()].map((runs) => {
    const [{ data, recipe, steps }] = runs;
    const of = (name) => runs.map((run) => run[weights][name]);
    const complete = runs.filter((run) => run[weights].modes === run[weights].of).length;
    return [
      data,
      pointRecipes[recipe].title,
      runs.length,
      steps.toLocaleString("en-US"),
      `${complete} of ${runs.length}`,
      range(of("modes"), (x) => String(Number(x.toFixed(1)))),
      range(of("quality"), percent),
      range(of("kl"), (x) => x.toFixed(4)),
      of("spread")[0] === undefined ? "" : range(of("spread"), (x) => x.toFixed(2)),
      `${summary(runs.map((run) => run.processorSeconds)).mean.toFixed(0)} s`,
    ];
  });
  const header = [
    "set",
    "recipe",
    "seeds",
    "steps",
    "all modes in",
    "modes",
    "high quality",
    "reverse KL",
    "spread",
    "CPU",
  ];
  return table(header, rows);
}

/** Classes, sureness, diversity and cost of each recipe on the digits. */
export function digitTable(results) {
  const [{ reals }] = results;
  const row = (name, { kl, sureness, distance, counts }, cost) => [
    name,
    ...cost,
    kl.toFixed(3),
    Math.min(...counts),
    sureness.toFixed(3),
    distance.toFixed(2),
    (distance / reals.distance).toFixed(2),
  ];
  const rows = results.map(({ recipe, seed, steps, processorSeconds, ema }) =>
    row(`${digitRecipes[recipe].title}, seed ${seed}`, ema, [
      steps.toLocaleString("en-US"),
      `${processorSeconds.toFixed(0)} s`,
    ]),
  );
  return table(
    ["recipe", "steps", "CPU", "KL of classes", "rarest class", "sureness", "distance", "of the reals'"],
    [row("real test digits", reals, ["", ""]), ...rows],
  );
}
