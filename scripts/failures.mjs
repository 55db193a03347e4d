// Writes docs/failures/ from the catalogue of failures: `npm run build && node scripts/failures.mjs`.
// With --check it writes nothing and exits with 1 when a committed page differs from what would be written.
//
// What remedies came to on runs of the zoo is in src/health/remedies/zoo-outcomes.ts: a remedy that was the first to be tried is credited with a run that
// ended healthy without another.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const folder = join(root, "docs", "failures");
const built = (path) => import(pathToFileURL(join(root, "dist", path)).href);

const { COUNTERFACTUALS, FAILURE_CODES } = await built("health/codes.js");
const { NOT_OF_THE_GAME } = await built("health/supervisor/ladder.js");
const { diagnosisOf } = await built("health/diagnoses.js");
const { outcomesText } = await built("health/remedies/outcomes.js");
const { remedyNamed } = await built("health/remedies.js");

const NOTICE = "<!-- Made by scripts/failures.mjs from src/health/diagnoses/. Do not edit. -->";

const cell = (text) => String(text).replaceAll("|", "\\|").replaceAll("\n", " ");
const line = (cells) => `| ${cells.map(cell).join(" | ")} |`;
const table = (header, rows) => [line(header), `|${header.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
const link = (code) => `[${diagnosisOf(code).title}](${code}.md)`;
const capital = (text) => text[0].toUpperCase() + text.slice(1);

function remedyTable({ code, remedies }) {
  const header = ["", "remedy", "what it does", "why", "how", "healthy afterwards, in the zoo"];
  const rows = remedies.map((name, i) => {
    const { title, why, kind } = remedyNamed(name);
    const how = kind === "hot" ? "goes on from the last healthy checkpoint" : "begins again";
    return [i + 1, `\`${name}\``, title, why, how, outcomesText(name, code) || "not tried"];
  });
  return table(header, rows);
}

function page(entry) {
  const { code, title, summary, symptom, cause, toldFrom, signals, references, confirmation, duringWarmUp } = entry;
  const trial = confirmation
    ? [
        "## What is tried before it is called a failure",
        `\`${confirmation.trial}\`. ${capital(COUNTERFACTUALS[confirmation.trial])}.`,
      ]
    : [];
  const when = duringWarmUp
    ? "It is said at any time."
    : "It is said only after the warm-up: samples that are still grey are no alarm.";
  return [
    NOTICE,
    `# ${title}`,
    `Code: \`${code}\`. ${summary}`,
    "## What is seen",
    symptom,
    "## Why",
    cause,
    "## How it is told from others",
    table(
      ["failure", "the difference"],
      toldFrom.map((other) => [link(other.code), capital(other.by)]),
    ),
    "## What is measured",
    `${signals.map((signal) => `\`${signal}\``).join(", ")}. ${when}`,
    ...trial,
    "## What to try, in this order",
    NOT_OF_THE_GAME.includes(code)
      ? "How the players move is seldom the cause: what the config does there is not looked at."
      : "Where the config has a plain fault, what takes that away comes first; and the whole recommended game after a remedy that did not help.",
    remedyTable(entry),
    "The last column counts failing runs of both halves of the [zoo](../zoo.md), one seed, in which the remedy was the first that was tried, by whichever order: how many the " +
      "oracle called healthy at the end, without another. [Benchmarks](../benchmarks.md#putting-them-right) say what was done when, with intervals.",
    "## Sources",
    references.map((reference) => `- ${reference}`).join("\n"),
    "",
  ]
    .join("\n\n")
    .trimEnd();
}

function index() {
  const rows = FAILURE_CODES.map((code) => [link(code), `\`${code}\``, diagnosisOf(code).summary]);
  return [
    NOTICE,
    "# Failures",
    "What Gantry can say of a training that goes wrong. Codes never change; `gantry explain CODE` prints the essence of a page.",
    table(["failure", "code", "in a sentence"], rows),
    "A diagnosis of samples speaks when a signal is farther from right than chance explains (reals compared with reals: one look in a " +
      "thousand), and by enough of an effect, and for several looks in a row. Losses alone never say that samples are alike.",
  ].join("\n\n");
}

const pages = new Map(FAILURE_CODES.map((code) => [`${code}.md`, page(diagnosisOf(code))]));
pages.set("README.md", index());

const there = existsSync(folder) ? readdirSync(folder) : [];
const stale = [...pages].filter(
  ([name, text]) => !there.includes(name) || readFileSync(join(folder, name), "utf8") !== `${text}\n`,
);
const extra = there.filter((name) => !pages.has(name));
if (stale.length + extra.length === 0) {
  console.log("docs/failures is up to date");
} else if (process.argv.includes("--check")) {
  const names = [...stale.map(([name]) => name), ...extra].join(", ");
  console.error(`docs/failures is out of date (${names}): run \`npm run build && node scripts/failures.mjs\``);
  process.exitCode = 1;
} else {
  mkdirSync(folder, { recursive: true });
  for (const name of extra) rmSync(join(folder, name));
  for (const [name, text] of stale) writeFileSync(join(folder, name), `${text}\n`);
  console.log(`wrote ${stale.length} pages of docs/failures`);
}
